import { workflowInfo } from '@temporalio/workflow';
import { PLANNED } from '../../src/domain/numbers';
import { evidence, flow } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wordsOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import { askForClassification } from './ask-for-classification';
import { inShare } from './in-share';
import type { ResponseRun } from './run';
import { takeClassification } from './take-classification';

const STEP = 'classify and assess';
/** The rest of the share is the plan's. */
const ASSESS_AT_MOST_MS = 20_000;

/** B2/B3: type, scope, severity and confidence from the stated values and the evidence; unknown or contradictory → a person. */
export async function classifyIncident(run: ResponseRun): Promise<void> {
  run.enter('assessing', STEP);
  await Promise.all([openBag(run), assess(run)]);
  if (run.assessment === null) return;
  setAttributes({ Severity: run.assessment.severity });
  takeClassification(run);
  const { type, severity, confidence } = run.assessment;
  run.leave(STEP, 'done', `${type}, ${severity}, confidence ${confidence}`);
  if (run.assessment.needsHuman) await askForClassification(run);
}

async function assess(run: ResponseRun): Promise<void> {
  const { order, attempt } = run.input;
  try {
    const share = { share: 'classify', box: STEP, plannedMs: PLANNED.classify, atMostMs: ASSESS_AT_MOST_MS } as const;
    run.assessment ??= await inShare(run, share, () =>
      flow.assessIncident(`assess ${order.type}, stated ${order.severity}`, { incident: run.incident }),
    );
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), attempt)) throw thrown;
    run.failed({ fact: 'assessment-failed', fault: faultOf(thrown) });
    run.leave(STEP, 'failed', wordsOf(thrown));
    run.raise('manual', 'the incident could not be assessed');
    run.tell('manual-response', 'manual-classify', { facts: [{ fact: 'not-assessed' }] });
    run.nextSteps.push('Assess and contain by hand: the incident could not be assessed.');
  }
}

async function openBag(run: ResponseRun): Promise<void> {
  if (run.bag !== null) return;
  const { workflowId, runId } = workflowInfo();
  try {
    await inShare(run, { share: 'classify', box: 'open', host: 'evidence bag' }, () =>
      evidence.openBag('open the evidence bag', { incident: run.incident, workflow: { id: workflowId, runId } }),
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    const fact = { fact: 'bag-not-opened', fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('partial', 'the evidence bag could not be opened');
    run.tell('failure', 'failure-bag', { facts: [fact] });
  }
}
