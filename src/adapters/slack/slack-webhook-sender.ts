import { IncomingWebhook, IncomingWebhookHTTPError, type IncomingWebhookSendArguments } from '@slack/webhook';
import { FirebreakError } from '../../domain/errors';
import type { Person } from '../../domain/notice';
import type { ChannelSender, Message, SendReceipt } from '../../ports/notifier';
import { EarlierAttempts } from '../channel/earlier-attempts';
import { withinTime } from '../channel/time-limit';
import { NOTICE_EVENT } from './posted-messages';
import { slackError, slackWord } from './slack-error';
import { slackMessage } from './slack-message';
import { boundFetch } from './slack-transport';

/** What a working webhook answers to a message without text. */
const EMPTY_MESSAGE_WORDS = new Set(['no_text', 'missing_text_or_fallback_or_attachments', 'invalid_payload']);

export interface SlackWebhookOptions {
  /** The incoming webhook's URL; it is a secret and appears in no error. */
  readonly url: string;
  /** For one delivery, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Slack messages by an incoming webhook: one channel, fixed by the webhook, for everybody who has a `slack` entry.
 *
 * A webhook cannot be asked what it has posted, so `possibleDouble` is set on a resend unless every earlier attempt
 * surely failed. Configure a bot token to have the look-up (`createSlackSender`).
 */
export function createSlackWebhookSender(options: SlackWebhookOptions): ChannelSender {
  const earlier = new EarlierAttempts();
  const webhookFor = (signal: AbortSignal): IncomingWebhook =>
    new IncomingWebhook(options.url, {
      fetch: boundFetch(signal),
      timeout: options.timeoutMs,
      retryConfig: { retries: 0 },
    });

  /** A 200 without Slack's `ok` is somebody else's page. */
  async function post(signal: AbortSignal, message: IncomingWebhookSendArguments): Promise<void> {
    const answer = await withinTime(options.timeoutMs, signal, 'Slack', (limited) => webhookFor(limited).send(message));
    if (answer.text.trim() !== 'ok') throw new FirebreakError('CHANNEL_REFUSED', `Slack: ${slackWord(answer.text)}.`);
  }

  function addressOf(person: Person): string | undefined {
    return person.slack === undefined ? undefined : 'incoming-webhook';
  }

  async function send(message: Message, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    if (addressOf(message.person) === undefined) {
      throw new FirebreakError('CHANNEL_NOT_CONFIGURED', 'Slack: the person has no Slack entry.');
    }
    const possibleDouble = earlier.inDoubt(message.id, attempt);
    try {
      await post(signal, {
        ...slackMessage(message.subject, message.text),
        metadata: { event_type: NOTICE_EVENT, event_payload: { id: message.id } },
        unfurl_links: false,
        unfurl_media: false,
      });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = slackError(thrown);
      if (surelyNotPosted(thrown, error)) earlier.surelyFailed(message.id);
      throw error;
    }
    earlier.forget(message.id);
    return { providerId: message.id, possibleDouble };
  }

  /** Sends a message without text: a working webhook refuses it by name and posts nothing. */
  async function check(signal: AbortSignal): Promise<void> {
    try {
      await post(signal, {});
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof IncomingWebhookHTTPError && EMPTY_MESSAGE_WORDS.has(slackWord(thrown.body))) return;
      throw slackError(thrown);
    }
  }

  return { channel: 'slack', addressOf, send, check };
}

/** A 5xx may come after the message was posted; a cut link may too. */
function surelyNotPosted(thrown: unknown, error: FirebreakError): boolean {
  if (thrown instanceof IncomingWebhookHTTPError) return thrown.statusCode < 500;
  return error.code !== 'CHANNEL_TIMEOUT';
}
