import { ParentClosePolicy, WorkflowIdReusePolicy, setHandler, startChild } from '@temporalio/workflow';
import type { Recipient } from '../../activities';
import type { Channel } from '../../src/domain/words';
import { TASK_QUEUES } from '../../src/domain/queues';
import { flow, notify, summaryText } from '../lib/activities';
import { codeOf } from '../lib/failure';
import type { NoticeInput } from '../messages';
import { attemptFailedSignal, workflowIds } from '../messages';

/**
 * Tells one thing to its audience. Every person's primary means start at once; the first failed attempt of a means starts the
 * person's next one while the failing one's retries go on beside it (N3).
 * @returns who was reached, and by which means
 */
export async function noticeWorkflow({
  notice,
  tier,
}: NoticeInput): Promise<{ readonly reached: readonly string[]; readonly unreached: readonly string[] }> {
  const people = new Map<string, PersonState>();
  const failedEarly: { person: string; channel: Channel }[] = [];
  setHandler(attemptFailedSignal, (failed) => {
    const state = people.get(failed.person);
    if (state === undefined) failedEarly.push(failed);
    else state.nextMeans(failed.channel);
  });

  const recipients = await notify.resolveRecipients(`who is told: ${notice.kind}`, { notice, tier });
  for (const recipient of recipients) people.set(recipient.person, new PersonState(recipient, { notice, tier }));
  for (const state of people.values()) state.begin();
  for (const failed of failedEarly) people.get(failed.person)?.nextMeans(failed.channel);
  for (const state of people.values()) await state.settled();

  const states = [...people.values()];
  const reached = states.filter((state) => state.reached).map((state) => state.recipient.person);
  const unreached = states.filter((state) => !state.reached).map((state) => state.recipient.person);
  await reportSilence({ notice, tier }, states, unreached);
  return { reached, unreached };
}

class PersonState {
  reached = false;
  readonly failedChannels = new Set<Channel>();
  private readonly begun = new Set<Channel>();
  private readonly deliveries: Promise<void>[] = [];

  constructor(
    readonly recipient: Recipient,
    private readonly input: NoticeInput,
  ) {}

  begin(): void {
    for (const channel of this.recipient.channels) this.deliver(channel);
  }

  nextMeans(failed: Channel): void {
    if (this.failedChannels.has(failed)) return;
    this.failedChannels.add(failed);
    const next = this.recipient.fallback.find((channel) => !this.begun.has(channel));
    if (next !== undefined) this.deliver(next);
  }

  async settled(): Promise<void> {
    for (let done = 0; done < this.deliveries.length; done += 1) await this.deliveries[done];
  }

  private deliver(channel: Channel): void {
    if (this.begun.has(channel)) return;
    this.begun.add(channel);
    this.deliveries.push(this.attempt(channel));
  }

  private async attempt(channel: Channel): Promise<void> {
    const { notice } = this.input;
    try {
      await notify.deliver(`${notice.kind} to ${this.recipient.name} by ${channel}`, {
        notice,
        person: this.recipient.person,
        channel,
      });
      this.reached = true;
    } catch (thrown) {
      if (codeOf(thrown) !== 'CANCELLED') this.nextMeans(channel);
    }
  }
}

/** A failing notification is itself notified, by a means other than the one that failed (B2); all dead is recorded loudly. */
async function reportSilence(
  input: NoticeInput,
  states: readonly PersonState[],
  unreached: readonly string[],
): Promise<void> {
  const { notice } = input;
  const failed = [...new Set(states.flatMap((state) => [...state.failedChannels]))];
  if (failed.length === 0) return;
  const words =
    unreached.length > 0
      ? `nobody reached: ${unreached.join(', ')}`
      : `failed: ${failed.join(', ')}; everybody reached by another means`;
  await flow.recordProgress('record the failed notification', {
    incident: notice.incident,
    notes: [
      {
        incident: notice.incident,
        key: `notice-failed:${notice.key}`,
        audit: {
          key: `notice-failed:${notice.incident}:${notice.key}`,
          level: unreached.length > 0 ? 'CRITICAL' : 'ERROR',
          actor: 'firebreak',
          stage: 'event',
          action: 'notification.failed',
          subject: notice.key,
          result: words.slice(0, 500),
        },
      },
    ],
  });
  if (notice.kind === 'notification-failed') return;
  const about = {
    ...notice,
    kind: 'notification-failed' as const,
    key: `notification-failed:${notice.key}`,
    facts: [`${notice.kind}: ${words}`],
    avoid: failed,
  };
  await startChild<typeof noticeWorkflow>('noticeWorkflow', {
    workflowId: workflowIds.notice(about),
    taskQueue: TASK_QUEUES.flow,
    args: [{ notice: about, tier: input.tier }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    staticSummary: summaryText(`tell people that ${notice.kind} did not get through`),
  }).catch(() => undefined);
}
