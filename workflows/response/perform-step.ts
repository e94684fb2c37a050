import { condition } from '@temporalio/workflow';
import type { ActOutput, PlanStep } from '../../activities';
import type { ErrorCode } from '../../src/domain/errors';
import { contain } from '../lib/activities';
import { pastOutage } from '../lib/past-outage';
import { hostInput } from './prepare-hosts';
import type { ResponseRun } from './run';

/** An act is tried on until people tell the run to stop acting; what the ledger missed of a round is kept (L1). */
export function goOnActing(run: ResponseRun): (thrown: unknown) => void {
  return (thrown) => {
    if (run.handsOff) throw thrown;
    run.missedBy(thrown);
  };
}

/** The incident passes its orders on again when its response has been quiet for 70 s. */
const ORDERS_ARRIVE_WITHIN_MS = 90_000;

/**
 * A worker refuses an act because people have taken over or ended the incident, and this run has not heard of it yet.
 * @returns false when no such order comes
 */
export async function isToldToStop(run: ResponseRun, code: ErrorCode | 'CANCELLED'): Promise<boolean> {
  if (code !== 'ENDED_BY_ORDER') return false;
  return condition(() => run.handsOff, ORDERS_ARRIVE_WITHIN_MS, { summary: 'wait for the order to stop acting' });
}

/** One act of the plan, with its retries; in a drill the host says what would come of it. */
export function performStep(run: ResponseRun, step: PlanStep): Promise<ActOutput> {
  const words = run.drill ? `${step.words} (drill: check only)` : step.words;
  const input = { ...hostInput(run, step.host), actionId: step.id };
  return pastOutage(() => contain.performAction(words, input), goOnActing(run));
}
