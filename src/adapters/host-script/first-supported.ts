import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import type { ActionKind, ActionResult, PlannedAction } from '../../domain/plan';
import type { ActContext, ContainmentDriver } from '../../ports/containment';

/**
 * Lets the first of these act that the host supports; only UNSUPPORTED_HOST leads to the next.
 * @throws FirebreakError UNSUPPORTED_HOST when none works
 */
export async function onFirstSupported<D, R>(rungs: readonly D[], act: (rung: D) => Promise<R>): Promise<R> {
  let unsupported = new FirebreakError('UNSUPPORTED_HOST');
  for (const rung of rungs) {
    try {
      return await act(rung);
    } catch (thrown) {
      if (!(thrown instanceof FirebreakError) || thrown.code !== 'UNSUPPORTED_HOST') throw thrown;
      unsupported = thrown;
    }
  }
  throw unsupported;
}

/**
 * Drivers for the same kinds of act as one: the first that the host supports does it (C1: nftables, then ipset, then iptables).
 * Only UNSUPPORTED_HOST leads to the next rung; any other failure is the act's own.
 *
 * The host's journal names the rung that holds an action; every other rung answers UNSUPPORTED_HOST for it, so `verify` and
 * `undo` reach the right one even when filters were installed or removed since.
 *
 * @throws FirebreakError UNSUPPORTED_HOST when no rung works
 */
export function firstSupported<A extends PlannedAction>(rungs: readonly ContainmentDriver<A>[]): ContainmentDriver<A> {
  const descend = (act: (driver: ContainmentDriver<A>) => Promise<ActionResult>): Promise<ActionResult> =>
    onFirstSupported(rungs, act);
  const kinds: readonly ActionKind[] = [...new Set(rungs.flatMap((driver) => driver.kinds))];
  return {
    kinds,
    perform: (host: Host, action: A, context: ActContext) => descend((driver) => driver.perform(host, action, context)),
    verify: (host: Host, action: A, context: ActContext) => descend((driver) => driver.verify(host, action, context)),
    reassert: (host: Host, action: A, context: ActContext) =>
      descend((driver) => driver.reassert(host, action, context)),
    undo: (host: Host, action: A, context: ActContext) => descend((driver) => driver.undo(host, action, context)),
  };
}
