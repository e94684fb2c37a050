import { workflowInfo } from '@temporalio/workflow';
import type { Assessment } from '../../src/domain/assessment';
import { PLANNED } from '../../src/domain/numbers';
import { evidence, flow, insistentFlow } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wentWrong } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import { askForClassification } from './ask-for-classification';
import { inReserve, isWorthWaiting, triedOn } from './in-reserve';
import { decideInput } from './decide-input';
import { inShare, planned } from './in-share';
import type { ResponseRun } from './run';
import { takeClassification } from './take-classification';

const STEP = 'classify and assess';
const AGAIN = 'assess again';
/** The rest of the share is the plan's. */
const ASSESS_AT_MOST_MS = 20_000;

/** B2/B3: type, scope, severity and confidence from the stated values and the evidence; unknown or contradictory → a person. */
export async function classifyIncident(run: ResponseRun): Promise<void> {
  run.enter('assessing', STEP);
  await Promise.all([openBag(run), assess(run)]);
  if (run.assessment !== null) await assessed(run, run.assessment, STEP);
}

async function assess(run: ResponseRun): Promise<void> {
  const { order } = run.input;
  try {
    const share = { share: 'classify', box: STEP, plannedMs: PLANNED.classify, atMostMs: ASSESS_AT_MOST_MS } as const;
    run.assessment ??= await inShare(run, share, () =>
      flow.assessIncident(`assess ${order.type}, stated ${order.severity}`, decideInput(run)),
    );
  } catch (thrown) {
    const code = codeOf(thrown);
    if (endsTheRun(code, run.input.attempt)) throw thrown;
    notAssessed(run, STEP, thrown);
    run.assessLater = isWorthWaiting(run, code);
    run.raise('manual', { fact: 'not-assessed' });
    run.tell('manual-response', 'manual-classify', {
      facts: [{ fact: 'not-assessed' }, ...(run.assessLater ? [triedOn(run)] : [])],
    });
  }
}

/** Once more, when everything else that comes before the plan is done: an outage of the tables may be over. */
export async function assessAgain(run: ResponseRun): Promise<void> {
  run.enter(run.phase, AGAIN);
  try {
    const found = await inReserve(run, AGAIN, () =>
      insistentFlow.assessIncident(`assess ${run.input.order.type} again`, decideInput(run)),
    );
    if (found === undefined) run.leave(AGAIN, 'skipped', { fact: 'by-order' });
    else await assessed(run, found, AGAIN);
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), run.input.attempt)) throw thrown;
    notAssessed(run, AGAIN, thrown);
  }
}

async function assessed(run: ResponseRun, assessment: Assessment, step: typeof STEP | typeof AGAIN): Promise<void> {
  run.assessment = assessment;
  setAttributes({ Severity: assessment.severity });
  takeClassification(run);
  const { type, severity, confidence } = run.assessment;
  run.leave(step, 'done', { fact: 'assessed', type, severity, confidence });
  if (run.assessment.needsHuman) await askForClassification(run);
}

function notAssessed(run: ResponseRun, step: typeof STEP | typeof AGAIN, thrown: unknown): void {
  run.failed({ fact: 'assessment-failed', fault: faultOf(thrown) });
  run.leave(step, 'failed', wentWrong(thrown));
}

async function openBag(run: ResponseRun): Promise<void> {
  if (run.bag !== null) return;
  const { workflowId, runId } = workflowInfo();
  try {
    await inShare(run, { share: 'classify', box: 'open', host: 'evidence bag', ...planned(PLANNED.openBag) }, () =>
      evidence.openBag('open the evidence bag', {
        ...run.onBehalf,
        workflow: { id: workflowId, runId },
      }),
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    const fact = { fact: 'bag-not-opened', fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('partial', fact);
    run.tell('failure', 'failure-bag', { facts: [fact] });
  }
}
