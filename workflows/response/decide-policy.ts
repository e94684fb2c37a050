import { TIME_SHARES } from '../../src/domain/numbers';
import { flow } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import type { ResponseRun } from './run';

const STEP = 'decide the policy';

/** 対応方針決定: type × severity × mode → an ordered plan with targets, TTL, approval and hash (B4). */
export async function decidePolicy(run: ResponseRun): Promise<void> {
  run.enter('assessing', STEP);
  const { assessment } = run;
  if (assessment === null) {
    run.leave(STEP, 'skipped', 'not assessed');
    return;
  }
  try {
    run.plan ??= await withinShare({ step: STEP, shareMs: TIME_SHARES.classify }, () =>
      flow.decidePlan(`plan: ${assessment.type} × ${assessment.severity} × ${run.input.order.mode}`, {
        incident: run.incident,
        assessment,
      }),
    );
    run.leave(
      STEP,
      'done',
      `${run.plan.steps.length} acts, ${run.plan.refused} targets refused, plan ${run.plan.planHash.slice(0, 12)}`,
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED' || codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.leave(STEP, 'failed', wordsOf(thrown));
    run.failed(`no plan could be made: ${wordsOf(thrown)}`);
    run.raise('manual', 'no plan could be made');
    run.tell('manual-response', 'manual-plan', { facts: ['no plan could be made: containment is up to people'] });
    run.nextSteps.push('Contain by hand: no plan could be made.');
  }
}
