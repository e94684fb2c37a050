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

type Verdict = { readonly by: string } | 'refused' | 'not judged';

/**
 * Takes what the incident passes on. A signal can be sent by anybody who reaches the Temporal server, so each order's grant is
 * verified here once more before it counts (B15). Every such signal is answered: it is also the question whether the run is alive.
 */
export function receiveOrders(run: ResponseRun): void {
  const judged = new Set<string>();
  setHandler(ordersSignal, async (all) => {
    run.changed();
    const listed: readonly GivenOrder[] = Array.isArray(all) ? all : [];
    for (const given of listed.filter(isGiven)) {
      if (judged.has(given.use) || run.given.some((known) => known.use === given.use)) continue;
      judged.add(given.use);
      const verdict = await CancellationScope.nonCancellable(() => judge(run, given));
      // Not judged: the incident passes its orders on again within a minute.
      if (verdict === 'not judged') judged.delete(given.use);
      else if (verdict !== 'refused') take(run, [...run.given, { ...given, by: verdict.by }]);
    }
  });
}

/**
 * What the run was started with is verified like what comes later. Where the tables are out of reach it stands meanwhile: an order
 * to stop must not be overheard, and acts ask for their grants themselves.
 */
export async function judgeOrdersSoFar(run: ResponseRun): Promise<void> {
  for (const given of run.given) {
    const verdict = isGiven(given) ? await judge(run, given) : 'refused';
    if (verdict === 'not judged') continue;
    take(
      run,
      run.given.flatMap((one) => (one !== given ? [one] : verdict === 'refused' ? [] : [{ ...one, by: verdict.by }])),
    );
  }
}

function take(run: ResponseRun, given: readonly GivenOrder[]): void {
  run.given = given;
  run.orders = ordersState(given);
  run.changed();
}

function isGiven(given: GivenOrder): boolean {
  return typeof given?.grantId === 'string' && typeof given.use === 'string' && typeof given.order?.action === 'string';
}

async function judge(run: ResponseRun, { order, grantId, use }: GivenOrder): Promise<Verdict> {
  try {
    if (!('incident' in order) || order.incident !== run.incident) return 'refused';
    const signed = await flow.authorise(`check the order again: ${order.action}`, { grantId, expected: order, use });
    const decides = order.action === 'approve' || order.action === 'reject';
    return decides && signed.operator === run.input.order.operator ? 'refused' : { by: signed.operator };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || ERRORS[code].retryable || code === 'SHARE_USED_UP') return 'not judged';
    run.tell('unauthorised', 'unauthorised-signal', {
      facts: [{ fact: 'order-unauthorised', action: order.action.slice(0, MOST_OF_AN_ACTION), code }],
    });
    return 'refused';
  }
}
