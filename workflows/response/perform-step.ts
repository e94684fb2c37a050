import type { ActOutput, PlanStep } from '../../activities';
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

/** One act of the plan, with its retries; in a drill it only checks. */
export function performStep(run: ResponseRun, step: PlanStep): Promise<ActOutput> {
  const words = run.drill ? `${step.words} (drill: check only)` : step.words;
  const input = { ...hostInput(run, step.host), actionId: step.id };
  return pastOutage(() => contain.performAction(words, input), goOnActing(run));
}
