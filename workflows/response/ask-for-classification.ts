import { CancellationScope, condition, patched } from '@temporalio/workflow';
import { conflictFacts } from '../../src/domain/assessment';
import type { Fact } from '../../src/domain/fact';
import { TIME_SHARES } from '../../src/domain/numbers';
import { KNOWN_TYPES } from '../../src/domain/policy';
import { summaryText } from '../lib/activities';
import { minutes } from '../lib/deadline';
import { captureVolatile } from './capture-volatile';
import { preserveMeanwhile } from './preserve-meanwhile';
import type { ResponseRun } from './run';
import { takeClassification } from './take-classification';
import { urgentNotification } from './urgent-notification';

/** Mark in histories: logs are preserved while a person is asked. */
const PRESERVES_MEANWHILE = 'preserves-meanwhile';

const STEP = 'wait for a person to classify';

/** The manual branch: people are told and asked while volatile state and logs are preserved; silence → escalation (B3). */
export async function askForClassification(run: ResponseRun): Promise<void> {
  // Volatile state is captured beside the question; where that came before it, its time has been spent (B7).
  const captured = run.input.order.hosts.every((host) => run.volatileOf.has(host));
  const wait = Math.max(0, run.accounts.left('humanClassification') - (captured ? TIME_SHARES.volatile : 0));
  run.ask({ kind: 'classification', until: new Date(Date.now() + wait).toISOString() });
  run.enter('assessing', STEP);
  urgentNotification(run);
  run.tell('classification-needed', 'classification-needed', {
    facts: [
      { fact: 'answer-within', within: minutes(wait) },
      ...KNOWN_TYPES.map((type): Fact => ({
        fact: 'classify-as',
        type,
        command: `firebreak classify ${run.incident} --as ${type}`,
      })),
      ...(run.assessment === null ? [] : conflictFacts(run.assessment)),
    ],
    nextAction: `firebreak status ${run.incident}`,
  });
  const answered = (): boolean => run.orders.classifiedAs !== null || run.handsOff;
  const summary = summaryText(`wait for an operator’s classification, at most ${minutes(wait)}`);
  const began = Date.now();
  const answer = condition(answered, Math.max(1, wait), { summary });
  const capturing = captureVolatile(run);
  // Ends with the question: containment does not wait for it.
  const meanwhile = new CancellationScope();
  const preserved = patched(PRESERVES_MEANWHILE)
    ? meanwhile.run(() => capturing.then(() => preserveMeanwhile(run, began + wait)))
    : undefined;
  preserved?.catch(() => undefined);
  const [inTime] = await Promise.all([answer, capturing]);
  meanwhile.cancel();
  await preserved;
  run.accounts.spend('humanClassification', undefined, Date.now() - began);
  run.answered({ kind: 'classification' });
  const order = run.orders.classifiedAs;
  if (order !== null) {
    takeClassification(run);
    run.leave(STEP, 'done', { fact: 'classified', type: order.type, by: order.by });
    return;
  }
  run.leave(STEP, 'failed', inTime ? { fact: 'ended-by-order' } : { fact: 'nobody-answered', within: minutes(wait) });
  if (!run.handsOff) nobodyAnswered(run, minutes(wait));
}

function nobodyAnswered(run: ResponseRun, within: string): void {
  const fact = { fact: 'nobody-classified', within } as const;
  run.failed(fact);
  run.raise('manual', { fact: 'nobody-named-type' });
  run.tell('manual-response', 'manual-classification', {
    facts: [fact],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  run.raise('escalated', { fact: 'nobody-named-type' });
  run.tell('escalation', 'escalation-classification', {
    facts: [fact],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  run.nextSteps.push({ fact: 'do-classify' });
}
