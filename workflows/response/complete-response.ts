import type { Fact, Recorded } from '../../src/domain/fact';
import { PLANNED } from '../../src/domain/numbers';
import { flow } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wentWrong } from '../lib/failure';
import { inShare } from './in-share';
import { forcedSteps } from '../lib/forced-steps';
import { recordLate } from './record-late';
import type { ResponseRun } from './run';
import { ledgerIsLate, outcomeNow } from './within-response';

const STEP = 'write the completion report';

/** 完了報告: the report from stored data, then the completion notice to everyone involved (N1, P1). */
export async function completeResponse(run: ResponseRun): Promise<void> {
  run.enter('reporting', STEP);
  const outcome = outcomeNow(run);
  try {
    run.report ??= await inShare(run, { share: 'report', box: STEP, plannedMs: PLANNED.report }, async () => {
      await recordLate(run);
      const endedAt = new Date().toISOString();
      return flow.writeReport(`write the report: ${outcome}`, {
        ...run.onBehalf,
        revision: 1,
        outcome,
        abnormal: run.abnormal,
        securityState: run.securityState,
        failures: run.failures,
        nextSteps: nextStepsOf(run),
        startedAt: run.input.order.declaredAt,
        endedAt,
        deadlineMet: Date.parse(endedAt) <= run.deadlineAt,
        lateLedger: ledgerIsLate(run),
      });
    });
    run.leave(STEP, 'done');
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), run.input.attempt)) throw thrown;
    run.leave(STEP, 'failed', wentWrong(thrown));
    const fact = { fact: 'report-not-written', report: 'completion', fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('partial', fact);
    run.tell('failure', 'failure-report', { facts: [fact] });
  }
  run.tell('completion', 'completion', {
    facts: [{ fact: 'outcome', outcome }, ...notIsolated(run), ...run.firstFailures],
    nextAction: run.abnormal === 'none' ? `firebreak report ${run.incident}` : `firebreak status ${run.incident}`,
  });
}

/** Whoever orders an isolation must hear which hosts stay connected, by policy or because the inventory says so. */
function notIsolated({ plan, input }: ResponseRun): Fact[] {
  if (plan?.mode !== 'isolate') return [];
  const isolated = new Set(plan.steps.flatMap(({ kind, host }) => (kind === 'isolate-host' ? [host] : [])));
  const hosts = plan.hosts.map(({ name }) => name).filter((name) => input.order.hosts.includes(name));
  const left = hosts.filter((name) => !isolated.has(name));
  return left.length === 0 ? [] : [{ fact: 'not-isolated', hosts: left }];
}

function nextStepsOf(run: ResponseRun): readonly Recorded[] {
  return [
    ...run.nextSteps,
    ...forcedSteps(run.results),
    ...(run.results.length > 0 && !run.drill
      ? [
          { fact: 'when-over', command: `firebreak release ${run.incident}` } as const,
          { fact: 'false-alarm', command: `firebreak stand-down ${run.incident}` } as const,
        ]
      : []),
  ];
}
