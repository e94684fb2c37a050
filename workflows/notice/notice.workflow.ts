import {
  ApplicationFailure,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Fact } from '../../src/domain/fact';
import type { Notice } from '../../src/domain/notice';
import type { Channel } from '../../src/domain/words';
import { TASK_QUEUES } from '../../src/domain/queues';
import { notify, patientFlow, summaryText } from '../lib/activities';
import type { NoticeInput } from '../messages';
import { attemptFailedSignal, workflowIds } from '../messages';
import { PersonState } from './person-state';

/**
 * Tells one thing to its audience. Every person's primary means start at once; the first failed attempt of a means starts the
 * person's next one while the failing one's retries go on beside it (N3).
 * @returns who was reached, and who was not
 */
export async function noticeWorkflow(
  input: NoticeInput,
): Promise<{ readonly reached: readonly string[]; readonly unreached: readonly string[] }> {
  const { notice, tier } = input;
  const people = new Map<string, PersonState>();
  const failedEarly: { person: string; channel: Channel }[] = [];
  setHandler(attemptFailedSignal, (failed) => {
    if (typeof failed?.person !== 'string') return;
    const state = people.get(failed.person);
    if (state === undefined) failedEarly.push(failed);
    else state.nextMeans(failed.channel);
  });
  if (workflowInfo().parent === undefined) {
    throw ApplicationFailure.nonRetryable('a notice is told by an incident, not by hand', 'NOT_AUTHORISED');
  }

  const recipients = await notify.resolveRecipients(`who is told: ${notice.kind}`, { notice, tier });
  for (const recipient of recipients) people.set(recipient.person, new PersonState(recipient, input));
  for (const state of people.values()) state.begin();
  for (const failed of failedEarly) people.get(failed.person)?.nextMeans(failed.channel);
  for (const state of people.values()) await state.settled();

  const states = [...people.values()];
  const reached = states.filter((state) => state.reached).map((state) => state.recipient.person);
  const unreached = states.filter((state) => !state.reached).map((state) => state.recipient.person);
  await Promise.all([tellOfSilence(input, states, unreached), recordSilence(input, states, unreached)]);
  return { reached, unreached };
}

function silenceInWords(states: readonly PersonState[], unreached: readonly string[]): string | undefined {
  if (states.length === 0) return 'nobody is there to be told';
  if (unreached.length > 0) return `not reached: ${unreached.join(', ')}`;
  const failed = failedMeans(states);
  return failed.length === 0 ? undefined : `failed: ${failed.join(', ')}; everybody was reached by another means`;
}

function silenceFact(notice: Notice, failed: readonly Channel[], unreached: readonly string[]): Fact {
  return unreached.length > 0
    ? { fact: 'not-reached', notice: notice.kind, people: unreached }
    : { fact: 'means-failed', notice: notice.kind, means: failed };
}

function failedMeans(states: readonly PersonState[]): readonly Channel[] {
  return [...new Set(states.flatMap((state) => [...state.failed]))];
}

/** All means dead, or nobody there at all, is recorded loudly (N3). */
async function recordSilence(
  { notice, authority }: NoticeInput,
  states: readonly PersonState[],
  unreached: readonly string[],
): Promise<void> {
  const words = silenceInWords(states, unreached);
  // A notice about a refused order has no order behind it, and nothing is written without one.
  if (words === undefined || notice.kind === 'unauthorised') return;
  await patientFlow.recordProgress('record the failed notification', {
    incident: notice.incident,
    authority,
    notes: [
      {
        key: `notice-failed:${notice.key}`,
        audit: {
          level: unreached.length > 0 || states.length === 0 ? 'CRITICAL' : 'ERROR',
          action: 'notification.failed',
          subject: notice.key,
          result: words.slice(0, 500),
        },
      },
    ],
  });
}

/** A failing notification is itself notified, by a means other than the one that failed (B2). */
async function tellOfSilence(
  input: NoticeInput,
  states: readonly PersonState[],
  unreached: readonly string[],
): Promise<void> {
  const { notice } = input;
  const failed = failedMeans(states);
  const again = notice.kind === 'notification-failed' || notice.key.startsWith('notification-failed:');
  if (again || failed.length === 0) return;
  const about = {
    ...notice,
    // A notice about a refused order has no order behind it; it may tell of nothing else.
    kind: notice.kind === 'unauthorised' ? notice.kind : ('notification-failed' as const),
    key: `notification-failed:${notice.key}`,
    facts: notice.kind === 'unauthorised' ? notice.facts : [silenceFact(notice, failed, unreached)],
    avoid: failed,
  };
  await startChild<typeof noticeWorkflow>('noticeWorkflow', {
    workflowId: workflowIds.notice(about),
    taskQueue: TASK_QUEUES.flow,
    args: [{ ...input, notice: about }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    staticSummary: summaryText(`tell people that ${notice.kind} did not get through`),
  }).catch(() => undefined);
}
