import { patched } from '@temporalio/workflow';
import { PLANNED } from '../../src/domain/numbers';
import type { PlanStep } from '../../activities';
import { codeOf, endsTheRun, faultOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { inShare } from './in-share';
import { isToldToStop, performStep } from './perform-step';
import type { ResponseRun } from './run';

const STEP = 'heighten monitoring';
/** Histories of before watch no host more closely whose controls failed. */
const WATCHES_WHAT_ANSWERS = 'watches-what-answers';

/**
 * 監視強化: on every host at once (B14); a host that cannot be watched more closely is reported, nothing else waits for it. One whose
 * controls failed is watched too where it still answers: where a means of its own cuts it off.
 */
export async function tightenMonitoring(run: ResponseRun): Promise<void> {
  const steps = (run.plan?.steps ?? []).filter(
    (step) =>
      step.kind === 'heighten-monitoring' &&
      (!run.failedHosts.has(step.host) || (answers(run, step.host) && patched(WATCHES_WHAT_ANSWERS))) &&
      !run.results.some((result) => result.action === step.id),
  );
  run.enter('tightening', STEP);
  if (steps.length === 0 || run.handsOff) {
    run.leave(STEP, 'skipped', run.handsOff ? { fact: 'by-order' } : { fact: 'nothing-to-do', what: 'no-host' });
    return;
  }
  const failed = (await sideBySide(steps, (step) => tighten(run, step))).flatMap((host) => host ?? []);
  if (failed.length === 0) run.leave(STEP, 'done');
  else run.leave(STEP, 'failed', { fact: 'failed-on', hosts: failed });
}

/** The gateway is asked for what is out of reach. */
function answers(run: ResponseRun, host: string): boolean {
  return run.results.some(
    ({ kind, host: on, verified, rung }) =>
      kind === 'forced-isolation' && on === host && verified && rung !== 'gateway' && rung !== 'none',
  );
}

async function tighten(run: ResponseRun, step: PlanStep): Promise<string | undefined> {
  const { host } = step;
  try {
    run.take(
      await inShare(run, { share: 'tighten', box: STEP, host, plannedMs: PLANNED.tighten }, () =>
        performStep(run, step),
      ),
    );
    return undefined;
  } catch (thrown) {
    run.missedBy(thrown);
    if (endsTheRun(codeOf(thrown), run.input.attempt)) throw thrown;
    if (await isToldToStop(run, codeOf(thrown))) return undefined;
    const fact = { fact: 'act-failed', act: step, fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('partial', fact);
    run.tell('failure', `failure-monitoring-${host}`, { facts: [fact] });
    return host;
  }
}
