import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import type { ActionKind, ActionResult, PlannedAction } from '../../domain/plan';
import type { ActContext, ContainmentDriver } from '../../ports/containment';

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
  async function descend(act: (driver: ContainmentDriver<A>) => Promise<ActionResult>): Promise<ActionResult> {
    let unsupported = new FirebreakError('UNSUPPORTED_HOST');
    for (const driver of rungs) {
      try {
        return await act(driver);
      } catch (thrown) {
        if (!(thrown instanceof FirebreakError) || thrown.code !== 'UNSUPPORTED_HOST') throw thrown;
        unsupported = thrown;
      }
    }
    throw unsupported;
  }

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
