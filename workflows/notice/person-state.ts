import type { Recipient } from '../../activities';
import type { Channel } from '../../src/domain/words';
import { notify } from '../lib/activities';
import { codeOf } from '../lib/failure';
import type { NoticeInput } from '../messages';

/** One person to be told: which means have begun, which have failed, and whether one got through. */
export class PersonState {
  reached = false;
  /** Means whose last attempt failed. */
  readonly failed = new Set<Channel>();
  private readonly doubtful = new Set<Channel>();
  private readonly begun = new Set<Channel>();
  private readonly deliveries: Promise<void>[] = [];

  constructor(
    readonly recipient: Recipient,
    private readonly input: NoticeInput,
  ) {}

  begin(): void {
    for (const channel of this.recipient.channels) this.deliver(channel);
  }

  /** An attempt failed: the person's next means starts at once, once for each means that failed (N3). */
  nextMeans(failing: Channel): void {
    if (this.doubtful.has(failing)) return;
    this.doubtful.add(failing);
    const next = this.recipient.fallback.find((channel) => !this.begun.has(channel));
    if (next !== undefined) this.deliver(next);
  }

  /** Waits for all deliveries, also for those that begin meanwhile. */
  async settled(): Promise<void> {
    for (let done = 0; done < this.deliveries.length; done += 1) await this.deliveries[done];
  }

  private deliver(channel: Channel): void {
    if (this.begun.has(channel)) return;
    this.begun.add(channel);
    this.deliveries.push(this.attempt(channel));
  }

  private async attempt(channel: Channel): Promise<void> {
    const { notice, authority, spoken } = this.input;
    try {
      await notify.deliver(`${notice.kind} to ${this.recipient.name} by ${channel}`, {
        notice,
        authority,
        ...(spoken === undefined ? {} : { spoken }),
        person: this.recipient.person,
        channel,
      });
      this.reached = true;
    } catch (thrown) {
      if (codeOf(thrown) === 'CANCELLED') return;
      this.failed.add(channel);
      this.nextMeans(channel);
    }
  }
}
