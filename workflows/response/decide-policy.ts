import { patched } from '@temporalio/workflow';
import type { PlanSummary } from '../../activities';
import type { Fact } from '../../src/domain/fact';
import { PLANNED } from '../../src/domain/numbers';
import { flow, insistentFlow } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wentWrong } from '../lib/failure';
import { assessAgain } from './classify-incident';
import { decideInput } from './decide-input';
import { inReserve, isWorthWaiting, triedOn } from './in-reserve';
import { inShare, planned } from './in-share';
import type { ResponseRun } from './run';
import { takeClassification } from './take-classification';

/** Mark in histories: people hear of a containment for which nothing was named. */
const TELLS_NOTHING_NAMED = 'tell-nothing-named';

const STEP = 'decide the policy';
const AGAIN = 'decide the policy again';

/** 対応方針決定: type × severity × mode → an ordered plan with targets, TTL, approval and hash (B4). */
export async function decidePolicy(run: ResponseRun): Promise<void> {
  if (run.assessment === null && run.assessLater) await assessAgain(run);
  run.enter(run.phase, STEP);
  takeClassification(run);
  const { assessment } = run;
  if (assessment === null) {
    run.leave(STEP, 'skipped', { fact: 'not-assessed' });
    run.nextSteps.push({ fact: 'do-assess' });
    return;
  }
  const input = decideInput(run);
  const share = () => ({ share: 'classify', box: STEP, key: 'decide', ...planned(PLANNED.decide) }) as const;
  const words = `plan: ${assessment.type} × ${assessment.severity} × ${run.input.order.mode}`;
  try {
    const plan = run.plan ?? (await inShare(run, share(), () => flow.decidePlan(words, input)));
    take(run, STEP, plan);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (endsTheRun(code, run.input.attempt)) throw thrown;
    const again = isWorthWaiting(run, code);
    const fact = noPlan(run, STEP, thrown);
    run.raise('manual', { fact: 'no-plan-made' });
    run.tell('manual-response', 'manual-plan', {
      facts: [fact, { fact: 'containment-up-to-people' }, ...(again ? [triedOn(run)] : [])],
    });
    if (again) await decideAgain(run, () => insistentFlow.decidePlan(`${words}, again`, input));
    if (run.plan === null) run.nextSteps.push({ fact: 'do-contain', why: 'no-plan' });
  }
}

async function decideAgain(run: ResponseRun, decide: () => Promise<PlanSummary>): Promise<void> {
  run.enter(run.phase, AGAIN);
  try {
    const plan = await inReserve(run, AGAIN, decide);
    if (plan === undefined) run.leave(AGAIN, 'skipped', { fact: 'by-order' });
    else take(run, AGAIN, plan);
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), run.input.attempt)) throw thrown;
    noPlan(run, AGAIN, thrown);
  }
}

function take(run: ResponseRun, step: typeof STEP | typeof AGAIN, plan: PlanSummary): void {
  const { steps, refused, planHash } = plan;
  run.leave(step, 'done', { fact: 'planned', acts: steps.length, refused, planHash: planHash.slice(0, 12) });
  run.plan = plan;
  whatThePlanLeavesOut(run, plan);
}

function noPlan(run: ResponseRun, step: typeof STEP | typeof AGAIN, thrown: unknown): Fact {
  run.leave(step, 'failed', wentWrong(thrown));
  const fact = { fact: 'no-plan', fault: faultOf(thrown) } as const;
  run.failed(fact);
  return fact;
}

/** Refused targets do not stop the rest (B1); people hear of what nobody else will look after. */
function whatThePlanLeavesOut(run: ResponseRun, plan: PlanSummary): void {
  const hosts = run.input.order.hosts.filter((name) => !plan.hosts.some((known) => known.name === name));
  const contains = plan.steps.some((step) => step.kind !== 'heighten-monitoring');
  if (plan.mode !== 'monitor' && !contains && (plan.refused > 0 || patched(TELLS_NOTHING_NAMED))) {
    const fact = { fact: 'nothing-contained', refused: plan.refused } as const;
    run.failed(fact);
    run.raise('manual', fact);
    run.tell('manual-response', 'manual-nothing-contained', {
      facts: [fact, { fact: 'containment-up-to-people' }],
      nextAction: `firebreak take-over ${run.incident}`,
    });
    run.nextSteps.push({ fact: 'do-contain', why: plan.refused > 0 ? 'all-refused' : 'nothing-named' });
  }
  if (hosts.length === 0) return;
  const fact = { fact: 'hosts-unknown', hosts } as const;
  run.failed(fact);
  run.raise('partial', fact);
  run.tell('failure', 'failure-unknown-hosts', { facts: [fact] });
  run.nextSteps.push({ fact: 'do-look-at', hosts });
}
