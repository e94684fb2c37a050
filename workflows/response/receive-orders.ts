import { CancellationScope, setHandler } from '@temporalio/workflow';
import { ERRORS } from '../../src/domain/errors';
import { flow } from '../lib/activities';
import { codeOf } from '../lib/failure';
import { ordersState } from '../lib/orders-state';
import type { GivenOrder } from '../messages';
import { ordersSignal } from '../messages';
import type { ResponseRun } from './run';

/** A forged signal may call itself anything. */
const MOST_OF_AN_ACTION = 40;

/**
 * Takes what the incident passes on. A signal can be sent by anybody who reaches the Temporal server, so each order's grant is
 * verified here once more before it counts (B15). Every such signal is answered: it is also the question whether the run is alive.
 */
export function receiveOrders(run: ResponseRun): void {
  let valid: readonly GivenOrder[] = run.input.orders;
  const judged = new Set(valid.map((given) => given.use));
  setHandler(ordersSignal, async (all) => {
    run.changed();
    const listed: readonly GivenOrder[] = Array.isArray(all) ? all : [];
    for (const given of listed.filter(isGiven)) {
      if (judged.has(given.use)) continue;
      judged.add(given.use);
      const by = await verify(run, given, judged);
      if (by === undefined) continue;
      valid = [...valid, { ...given, by }];
      run.orders = ordersState(valid);
      run.changed();
    }
  });
}

function isGiven(given: GivenOrder): boolean {
  return typeof given?.grantId === 'string' && typeof given.use === 'string' && typeof given.order?.action === 'string';
}

/** @returns who gave the order; undefined when it does not count */
async function verify(run: ResponseRun, given: GivenOrder, judged: Set<string>): Promise<string | undefined> {
  const { order, grantId, use } = given;
  try {
    if (!('incident' in order) || order.incident !== run.incident) return undefined;
    const signed = await CancellationScope.nonCancellable(() =>
      flow.authorise(`check the order again: ${order.action}`, { grantId, expected: order, use }),
    );
    const decides = order.action === 'approve' || order.action === 'reject';
    return decides && signed.operator === run.input.order.operator ? undefined : signed.operator;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || ERRORS[code].retryable || code === 'SHARE_USED_UP') {
      // Not judged: the incident passes its orders on again within a minute.
      judged.delete(use);
      return undefined;
    }
    run.tell('unauthorised', 'unauthorised-signal', {
      facts: [{ fact: 'order-unauthorised', action: order.action.slice(0, MOST_OF_AN_ACTION), code }],
    });
    return undefined;
  }
}
