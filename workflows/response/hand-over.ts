import { TIME_SHARES } from '../../src/domain/numbers';
import { evidence } from '../lib/activities';
import { shielded } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { completeResponse } from './complete-response';
import type { ResponseRun } from './run';

/**
 * B7: the deadline has passed or the run was cancelled. Waiting stops, what is done is kept and sealed, people take over,
 * and it is escalated; all of it inside its own bound, whatever else is cancelled.
 */
export async function handOver(run: ResponseRun, why: 'deadline' | 'cancelled'): Promise<void> {
  const step = 'hand over to people';
  const words = why === 'deadline' ? 'the time for the response is over' : 'the run was cancelled';
  run.enter(run.phase, step);
  run.failed(`${words}: what is not done yet is up to people`);
  run.raise('manual', words);
  run.tell('manual-response', `manual-${why}`, { facts: [words], nextAction: `firebreak take-over ${run.incident}` });
  run.raise('escalated', words);
  run.tell('escalation', `escalation-${why}`, {
    facts: [words, ...run.failures.slice(0, 2)],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  run.nextSteps.unshift(`Take over: ${words}. Open acts: ${openActs(run)}.`);
  try {
    await shielded(TIME_SHARES.handOver, 'hand over: seal what is there and report', async () => {
      run.bag ??= await evidence.sealBag('hand over: seal what is there', {
        incident: run.incident,
        planHash: run.plan?.planHash ?? null,
      });
      run.leave(step, 'done');
      await completeResponse(run);
    });
  } catch (thrown) {
    if (codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.failed(`hand-over incomplete: ${wordsOf(thrown)}`);
    run.leave(step, 'failed', wordsOf(thrown));
    run.raise('emergency', `hand-over incomplete: ${wordsOf(thrown)}`);
    run.tell('emergency', 'emergency-hand-over', { facts: [`hand-over incomplete: ${wordsOf(thrown)}`] });
  }
}

function openActs(run: ResponseRun): string {
  const open = (run.plan?.steps ?? [])
    .filter((step) => !run.results.some((result) => result.action === step.id))
    .map((step) => step.words);
  return open.length === 0 ? 'none' : open.join('; ');
}
