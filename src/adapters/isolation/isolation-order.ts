import { parseRange } from '../../domain/addresses';
import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import type { ActionId } from '../../domain/ids';
import { secondsUntil } from '../host-script/ends';
import { encodeHeader } from '../host-script/header';

/** What is cut off where. `host`: the machine itself; `forward/NAME`: what a gateway routes for NAME. */
export type IsolationScope = 'host' | `forward/${string}`;

export interface IsolationOrder {
  readonly action: ActionId;
  /** Tells a replay from another plan under the same id. */
  readonly planHash: string;
  readonly scope: IsolationScope;
  readonly policy: 'disarm' | 'keep';
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
  /** SSH ports that stay open for management. */
  readonly ports: readonly number[];
  /** Management prefixes. */
  readonly allow: readonly string[];
  /** Prefixes cut off; empty for the scope `host`. */
  readonly cut: readonly string[];
}

export type IsolationMode = 'perform' | 'reassert' | 'stage' | 'force' | 'check';

/** @throws FirebreakError BAD_INPUT when there is no management prefix, nothing to cut, or a word is no prefix */
export function isolationHeader(order: IsolationOrder, mode: IsolationMode, armedForS: number, now: Date): string {
  if (order.allow.length === 0) throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'management' });
  if (order.scope !== 'host' && order.cut.length === 0)
    throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'nothing-to-cut' });
  return encodeHeader({
    action: order.action,
    plan: order.planHash,
    scope: order.scope,
    mode,
    policy: order.policy,
    armed: armedForS,
    ttl: secondsUntil(order.expiresAt, now),
    ports: order.ports.join(','),
    allow: prefixes(order.allow),
    ...(order.cut.length === 0 ? {} : { cut: prefixes(order.cut) }),
  });
}

/** SSH ports of a host as the inventory has them. */
export function sshPorts(host: Host): number[] {
  return host.alternatePort === undefined ? [host.port] : [host.port, host.alternatePort];
}

function prefixes(texts: readonly string[]): string {
  return texts
    .map((text) => {
      const range = parseRange(text);
      if (range === undefined)
        throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'address', value: text });
      return range.text;
    })
    .join(',');
}
