import type { Fact } from '../../src/domain/fact';
import { PLANNED } from '../../src/domain/numbers';
import { evidence } from '../lib/activities';
import { handOverBound, shielded } from '../lib/deadline';
import { codeOf, faultOf } from '../lib/failure';
import { completeResponse } from './complete-response';
import { planned, tellLate } from './in-share';
import type { ResponseRun } from './run';

const STEP = 'hand over to people';

/**
 * B7: the deadline has passed or the run was cancelled. Waiting stops, what is done is kept and sealed, people take over,
 * and it is escalated; all of it inside its own bound, whatever else is cancelled.
 */
export async function handOver(run: ResponseRun, why: 'deadline' | 'cancelled'): Promise<void> {
  const fact = { fact: 'stopped', why } as const;
  run.askNothing();
  const stopped = run.steps.stopOpen(fact);
  run.enter(run.phase, STEP);
  run.failed({ fact: 'stopped-during', why, boxes: stopped });
  run.raise('manual', fact);
  run.tell('manual-response', `manual-${why}`, { facts: [fact], nextAction: `firebreak take-over ${run.incident}` });
  run.raise('escalated', fact);
  run.tell('escalation', `escalation-${why}`, {
    facts: [fact, ...run.firstFailures.slice(0, 2)],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  run.nextSteps.unshift(takeOver(run, why));
  const bound = handOverBound(run.deadlineAt);
  // Half of the time each: a bag that cannot be sealed does not cost the report.
  await part(run, bound / 2, 'hand over: seal what is there', async (step) => {
    run.bag ??= await evidence.sealBag(step, run.onBehalf);
  });
  run.leave(STEP, 'done');
  await part(run, bound / 2, 'hand over: report what is known', () => completeResponse(run));
}

async function part(
  run: ResponseRun,
  boundMs: number,
  step: string,
  work: (step: string) => Promise<void>,
): Promise<void> {
  try {
    const onLate = (left: number): void => tellLate(run, { box: STEP, key: 'hand-over' }, left);
    await shielded(boundMs, step, () => work(step), { ...planned(PLANNED.handOver), onLate });
  } catch (thrown) {
    if (codeOf(thrown) === 'UNEXPECTED' && run.input.attempt === 1) throw thrown;
    const fact = { fact: 'hand-over-incomplete', fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('emergency', fact);
    run.tell('emergency', 'emergency-hand-over', { facts: [fact] });
  }
}

/** As many acts as people read; the report has them all. */
const MOST_NAMED = 10;

function takeOver(run: ResponseRun, why: 'deadline' | 'cancelled'): Fact {
  const open = (run.plan?.steps ?? []).filter((step) => !run.results.some((result) => result.action === step.id));
  const named = open.slice(0, MOST_NAMED);
  return { fact: 'do-take-over', why, open: named, more: open.length - named.length };
}
