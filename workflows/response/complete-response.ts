import { PLANNED, TIME_SHARES } from '../../src/domain/numbers';
import { flow } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { recordLate } from './record-late';
import type { ResponseRun } from './run';
import { outcomeNow } from './within-response';

const STEP = 'write the completion report';

/** 完了報告: the report from stored data, then the completion notice to everyone involved (N1, P1). */
export async function completeResponse(run: ResponseRun): Promise<void> {
  run.enter('reporting', STEP);
  await recordLate(run);
  const outcome = outcomeNow(run);
  const endedAt = new Date().toISOString();
  try {
    run.report = await withinShare({ step: STEP, shareMs: TIME_SHARES.report, plannedMs: PLANNED.report }, () =>
      flow.writeReport(`write the report: ${outcome}`, {
        incident: run.incident,
        revision: 1,
        planHash: run.plan?.planHash ?? null,
        assessment: run.assessment,
        outcome,
        abnormal: run.abnormal,
        securityState: run.securityState,
        failures: run.failures,
        nextSteps: nextStepsOf(run),
        startedAt: run.input.order.declaredAt,
        endedAt,
        deadlineMet: Date.parse(endedAt) <= Date.parse(run.input.deadlineAt),
        lateLedger: run.lateLedger || run.recorder.lost > 0,
      }),
    );
    run.leave(STEP, 'done');
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED' || codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.leave(STEP, 'failed', wordsOf(thrown));
    run.failed(`the report could not be written: ${wordsOf(thrown)}`);
    run.raise('partial', 'the report could not be written');
    run.tell('failure', 'failure-report', { facts: [`the report could not be written: ${wordsOf(thrown)}`] });
  }
  run.tell('completion', 'completion', {
    facts: [`outcome: ${outcome}`, ...run.failures.slice(0, 3)],
    nextAction: run.abnormal === 'none' ? `firebreak report ${run.incident}` : `firebreak status ${run.incident}`,
  });
}

function nextStepsOf(run: ResponseRun): readonly string[] {
  return [
    ...run.nextSteps,
    ...(run.results.length > 0
      ? [`When it is over: firebreak release ${run.incident}. A false alarm: firebreak stand-down ${run.incident}.`]
      : []),
  ];
}
