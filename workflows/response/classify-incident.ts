import { condition } from '@temporalio/workflow';
import { classified } from '../../src/domain/assessment';
import { PLANNED, TIME_SHARES } from '../../src/domain/numbers';
import { evidence, flow } from '../lib/activities';
import { minutes, withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import { workflowInfo } from '@temporalio/workflow';
import { captureVolatile } from './capture-volatile';
import type { ResponseRun } from './run';
import { urgentNotification } from './urgent-notification';

const STEP = 'classify and assess';

/** B2/B3: type, scope, severity and confidence from the stated values and the evidence; unknown or contradictory → a person. */
export async function classifyIncident(run: ResponseRun): Promise<void> {
  run.enter('assessing', STEP);
  await openBag(run);
  try {
    run.assessment ??= await withinShare(
      {
        step: STEP,
        shareMs: TIME_SHARES.classify,
        plannedMs: PLANNED.classify,
        onLate: (left) => lateNotice(run, left),
      },
      () =>
        flow.assessIncident(`assess ${run.input.order.type}, stated ${run.input.order.severity}`, {
          incident: run.incident,
        }),
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED' || codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.failed(`assessment failed: ${wordsOf(thrown)}`);
    run.leave(STEP, 'failed', wordsOf(thrown));
    run.raise('manual', 'the incident could not be assessed');
    run.tell('manual-response', 'manual-classify', { facts: ['the incident could not be assessed'] });
    return;
  }
  setAttributes({ Severity: run.assessment.severity });
  if (run.orders.classifiedAs !== null)
    run.assessment = classified(run.assessment, run.orders.classifiedAs.type, run.orders.classifiedAs.by);
  const { type, severity, confidence } = run.assessment;
  run.leave(STEP, 'done', `${type}, ${severity}, confidence ${confidence}`);
  if (run.assessment.needsHuman) await askForClassification(run);
}

async function openBag(run: ResponseRun): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  try {
    await evidence.openBag('open the evidence bag', { incident: run.incident, workflow: { id: workflowId, runId } });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed(`the evidence bag could not be opened: ${wordsOf(thrown)}`);
    run.raise('partial', 'the evidence bag could not be opened');
  }
}

/** The manual branch: people are told and asked while volatile state is already preserved; silence → escalation (B3). */
async function askForClassification(run: ResponseRun): Promise<void> {
  const step = 'wait for a person to classify';
  const wait = run.share('humanClassification');
  const contradictions = run.assessment?.contradictions ?? [];
  run.enter('assessing', step);
  run.needsHuman = true;
  setAttributes({ NeedsHuman: true });
  urgentNotification(run);
  run.raise('manual', 'the incident type is unknown or contradictory');
  run.tell('classification-needed', 'classification-needed', {
    facts: [...contradictions, `answer within ${minutes(wait)}`],
    nextAction: `firebreak classify ${run.incident} --as intrusion|malware|ddos`,
  });
  const answered = (): boolean => run.orders.classifiedAs !== null || run.handsOff;
  const [inTime] = await Promise.all([
    condition(answered, wait, { summary: `wait for an operator’s classification, at most ${minutes(wait)}` }),
    captureVolatile(run),
  ]);
  const order = run.orders.classifiedAs;
  if (order !== null && run.assessment !== null) {
    run.assessment = classified(run.assessment, order.type, order.by);
    run.needsHuman = false;
    run.leave(step, 'done', `${order.type}, by ${order.by}`);
    return;
  }
  run.leave(step, 'failed', inTime ? 'ended by an order' : `nobody answered within ${minutes(wait)}`);
  if (run.handsOff) return;
  run.failed(`nobody classified the incident within ${minutes(wait)}`);
  run.raise('escalated', 'nobody classified the incident');
  run.tell('escalation', 'escalation-classification', {
    facts: [`nobody classified the incident within ${minutes(wait)}: nothing is contained, evidence is preserved`],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  run.nextSteps.push('Classify the incident and decide on containment: nothing was cut off.');
}

function lateNotice(run: ResponseRun, leftMs: number): void {
  run.late(STEP);
  run.tell('delay', 'delay-classify', { facts: [`${STEP} is late; ${minutes(leftMs)} left for it`] });
}
