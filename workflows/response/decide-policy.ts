import type { PlanSummary } from '../../activities';
import { inEnglish } from '../../src/domain/fact-words';
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
    whatThePlanLeavesOut(run, plan);
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

/** Refused targets do not stop the rest (B1); people hear of what nobody else will look after. */
function whatThePlanLeavesOut(run: ResponseRun, plan: PlanSummary): void {
  const hosts = run.input.order.hosts.filter((name) => !plan.hosts.some((known) => known.name === name));
  const contains = plan.steps.some((step) => step.kind !== 'heighten-monitoring');
  if (plan.mode !== 'monitor' && !contains && plan.refused > 0) {
    const fact = { fact: 'nothing-contained', refused: plan.refused } as const;
    run.failed(fact);
    run.raise('manual', inEnglish(fact));
    run.tell('manual-response', 'manual-nothing-contained', {
      facts: [fact, { fact: 'containment-up-to-people' }],
      nextAction: `firebreak take-over ${run.incident}`,
    });
    run.nextSteps.push('Contain by hand: every target was refused, the report says why.');
  }
  if (hosts.length === 0) return;
  const fact = { fact: 'hosts-unknown', hosts } as const;
  run.failed(fact);
  run.raise('partial', inEnglish(fact));
  run.tell('failure', 'failure-unknown-hosts', { facts: [fact] });
  run.nextSteps.push(`Look at ${hosts.join(', ')} by hand: not in the inventory, so nothing was done there.`);
}
