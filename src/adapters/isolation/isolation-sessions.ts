import { contains, parseRange } from '../../domain/addresses';
import type { HostReply } from '../host-script/reply';
import type { IsolationOrder } from './isolation-order';

/** Whether an address lies in one of the prefixes. */
export function inside(prefixes: readonly string[], address: string): boolean {
  const range = parseRange(address);
  if (range === undefined) return false;
  return prefixes.some((text) => {
    const prefix = parseRange(text);
    return prefix !== undefined && contains(prefix, range);
  });
}

/** How many TCP sessions an isolation would end: what is neither management's SSH nor within the machine itself (C12). */
export function sessionsCut(order: IsolationOrder, reply: HostReply): number {
  const ssh = new Set(order.ports.map(String));
  const { allow, cut } = order;
  if (order.scope === 'host') {
    return words(reply, 'session').filter(([port = '', own = '', peer = '']) => {
      const withinItself = own === peer || inside(['127.0.0.0/8', '::1'], peer);
      return !withinItself && !(ssh.has(port) && inside(allow, peer));
    }).length;
  }
  return words(reply, 'flow').filter(([from = '', to = '', port = '']) => {
    const touched = inside(cut, from) || inside(cut, to);
    return touched && !(inside(allow, from) && inside(cut, to) && ssh.has(port));
  }).length;
}

function words(reply: HostReply, key: string): string[][] {
  return reply.all(key).map((line) => line.split(' '));
}
