import { isCancellation } from '@temporalio/workflow';
import { outcomeOf } from '../../src/domain/outcome';
import type { Outcome } from '../../src/domain/words';
import type { ResponseResult } from '../messages';
import { beforeDeadline, minutes } from '../lib/deadline';
import { isForeseen, unexpected } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { ResponseRun } from './run';

interface Courses {
  readonly flow: () => Promise<void>;
  readonly atDeadline: () => Promise<void>;
  readonly whenCancelled: () => Promise<void>;
}

/**
 * The response's frame: deadline, cancellation and the error boundary. An ordinary error of workflow code becomes
 * ApplicationFailure(UNEXPECTED), which the incident answers with the second try (B6, B7, DESIGN §3).
 */
export async function withinResponse(run: ResponseRun, courses: Courses): Promise<ResponseResult> {
  try {
    const words = `response: work stops here, the hand-over fits before ${run.input.deadlineAt}`;
    const ended = await beforeDeadline(run.stopAt, words, courses.flow);
    if (ended.kind === 'deadline') await courses.atDeadline();
  } catch (thrown) {
    if (isCancellation(thrown)) await courses.whenCancelled();
    else if (isForeseen(thrown)) throw thrown;
    else throw unexpected(thrown);
  }
  const result = resultOf(run);
  await Promise.all([run.teller.started(), run.recorder.flushed()]);
  return result;
}

/** The one word for how a run stands. */
export function outcomeNow(run: ResponseRun): Outcome {
  const planned = run.plan?.steps.filter((step) => step.kind !== 'heighten-monitoring') ?? [];
  return outcomeOf({
    plan: run.plan === null ? undefined : { mode: run.plan.mode, refused: run.plan.refused },
    planned: planned.length,
    results: run.results,
    uncontained: [...run.uncontained],
    takenOver: run.orders.takenOverBy !== null,
    stoodDown: run.orders.ended?.how === 'stand-down',
  });
}

function resultOf(run: ResponseRun): ResponseResult {
  const endedAt = new Date().toISOString();
  const outcome = outcomeNow(run);
  setAttributes({ Phase: run.phase, Outcome: outcome, NeedsHuman: run.needsHuman });
  run.recorder.note({
    key: `response-ended:${run.input.attempt}`,
    entry: {
      at: endedAt,
      phase: run.phase,
      kind: 'step',
      text: `response ended: ${outcome}, ${minutes(Date.parse(endedAt) - Date.parse(run.input.order.declaredAt))} after the declaration`,
    },
  });
  return {
    ...run.carried(),
    outcome,
    securityState: run.securityState,
    bag: run.bag,
    report: run.report,
    deviations: run.plan?.deviations ?? [],
    nextSteps: run.nextSteps,
    uncontained: [...run.uncontained],
    startedAt: run.startedAt,
    endedAt,
    deadlineMet: Date.parse(endedAt) <= Date.parse(run.input.deadlineAt),
    readingsBefore: run.readingsBefore,
    unrecorded: run.unrecorded,
  };
}
