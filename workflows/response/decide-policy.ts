import { flow } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wordsOf } from '../lib/failure';
import { inShare } from './in-share';
import type { ResponseRun } from './run';
import { takeClassification } from './take-classification';

const STEP = 'decide the policy';

/** 対応方針決定: type × severity × mode → an ordered plan with targets, TTL, approval and hash (B4). */
export async function decidePolicy(run: ResponseRun): Promise<void> {
  run.enter(run.phase, STEP);
  takeClassification(run);
  const { assessment } = run;
  if (assessment === null) {
    run.leave(STEP, 'skipped', 'not assessed');
    return;
  }
  const { order, attempt } = run.input;
  try {
    const plan =
      run.plan ??
      (await inShare(run, { share: 'classify', box: STEP }, () =>
        flow.decidePlan(`plan: ${assessment.type} × ${assessment.severity} × ${order.mode}`, {
          incident: run.incident,
          assessment,
        }),
      ));
    run.leave(
      STEP,
      'done',
      `${plan.steps.length} acts, ${plan.refused} targets refused, plan ${plan.planHash.slice(0, 12)}`,
    );
    run.plan = plan;
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), attempt)) throw thrown;
    run.leave(STEP, 'failed', wordsOf(thrown));
    const fact = { fact: 'no-plan', fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('manual', 'no plan could be made');
    run.tell('manual-response', 'manual-plan', { facts: [fact, { fact: 'containment-up-to-people' }] });
    run.nextSteps.push('Contain by hand: no plan could be made.');
  }
}
