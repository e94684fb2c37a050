import { RangeSet } from '../../domain/range-set';
import { Pace } from '../host-script/pace';
import type { HostReply } from '../host-script/reply';
import type { IsolationOrder } from './isolation-order';

/** Whether an address lies in one of the prefixes. */
export function inside(prefixes: readonly string[], address: string): boolean {
  return new RangeSet(prefixes).has(address);
}

const LOOPBACK = new RangeSet(['127.0.0.0/8', '::1']);

/** How many TCP sessions an isolation would end: what is neither management's SSH nor within the machine itself (C12). */
export async function sessionsCut(order: IsolationOrder, reply: HostReply): Promise<number> {
  const ssh = new Set(order.ports.map(String));
  const allow = new RangeSet(order.allow);
  const cut = new RangeSet(order.cut);
  const ofHost = order.scope === 'host';
  const pace = new Pace();
  let count = 0;
  for (const line of reply.all(ofHost ? 'session' : 'flow')) {
    if (pace.due()) await pace.rest();
    const [first = '', second = '', third = ''] = line.split(' ', 3);
    if (ofHost ? endsSession(first, second, third) : endsFlow(first, second, third)) count += 1;
  }
  return count;

  function endsSession(port: string, own: string, peer: string): boolean {
    const withinItself = own === peer || LOOPBACK.has(peer);
    return !withinItself && !(ssh.has(port) && allow.has(peer));
  }

  function endsFlow(from: string, to: string, port: string): boolean {
    const touched = cut.has(from) || cut.has(to);
    return touched && !(allow.has(from) && cut.has(to) && ssh.has(port));
  }
}
