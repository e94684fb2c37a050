import type { Notice, Person } from '../domain/notice';
import type { Channel } from '../domain/words';

/** A rendered message for one person. */
export interface Message {
  /** Idempotency key: Message-ID local part, Slack metadata, Twilio look-up key. */
  readonly id: string;
  readonly person: Person;
  readonly subject: string;
  readonly text: string;
}

export interface SendReceipt {
  readonly providerId: string;
  /** True when an earlier attempt may have been delivered too. */
  readonly possibleDouble: boolean;
}

/**
 * One means of reaching people. The vendor library's own retries are off (N2).
 *
 * Throws FirebreakError: CHANNEL_REFUSED, CHANNEL_RATE_LIMITED (with retryAfterMs), CHANNEL_TIMEOUT,
 * CHANNEL_NOT_CONFIGURED, NOT_PICKED_UP.
 */
export interface ChannelSender {
  readonly channel: Channel;
  /** The address used for the person, or undefined when the person has none for this channel. */
  addressOf(person: Person): string | undefined;
  /**
   * Sends and waits until the provider has taken the message; a phone call counts only when its status is `completed`.
   * On attempts after the first the provider is asked first whether the message is already there.
   */
  send(message: Message, attempt: number, signal: AbortSignal): Promise<SendReceipt>;
  /** Checks reachability and credentials without telling anybody (doctor). */
  check(signal: AbortSignal): Promise<void>;
}

/** Renders notices in a person's language: severity first, next action, link (N6). */
export interface NoticeRenderer {
  render(notice: Notice, person: Person, channel: Channel): { readonly subject: string; readonly text: string };
  /** That an operator has recovered: a notice that is of no incident. @param reason their words, defanged */
  renderRecovery(
    recovery: { readonly operator: string; readonly reason: string },
    person: Person,
    channel: Channel,
  ): { readonly subject: string; readonly text: string };
}
