import { PLANNED, TIME_SHARES } from '../../src/domain/numbers';
import type { PlanStep } from '../../activities';
import { contain } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { hostInput } from './prepare-hosts';
import type { ResponseRun } from './run';

const STEP = 'heighten monitoring';

/** 監視強化: on every host at once (B14); a host that cannot be watched more closely is reported, nothing else waits for it. */
export async function tightenMonitoring(run: ResponseRun): Promise<void> {
  const steps = (run.plan?.steps ?? []).filter(
    (step) =>
      step.kind === 'heighten-monitoring' &&
      !run.failedHosts.has(step.host) &&
      !run.results.some((result) => result.action === step.id),
  );
  run.enter('tightening', STEP);
  if (steps.length === 0 || run.orders.ended !== null) {
    run.leave(STEP, 'skipped');
    return;
  }
  const failed = (await Promise.all(steps.map((step) => tighten(run, step)))).flatMap((host) => host ?? []);
  run.leave(
    STEP,
    failed.length === 0 ? 'done' : 'failed',
    failed.length === 0 ? undefined : `failed on ${failed.join(', ')}`,
  );
}

async function tighten(run: ResponseRun, step: PlanStep): Promise<string | undefined> {
  try {
    const done = await withinShare(
      { step: `${STEP} on ${step.host}`, shareMs: TIME_SHARES.tighten, plannedMs: PLANNED.tighten },
      () =>
        contain.performAction(step.words, {
          ...hostInput(run, step.host),
          planHash: run.plan?.planHash ?? '',
          actionId: step.id,
          drill: run.drill,
        }),
    );
    run.take(done);
    return undefined;
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED' || codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.failed(`${step.words} failed: ${wordsOf(thrown)}`);
    run.raise('partial', `${step.words} failed`);
    return step.host;
  }
}
