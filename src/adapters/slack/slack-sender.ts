import { WebClient } from '@slack/web-api';
import { FirebreakError } from '../../domain/errors';
import type { Person } from '../../domain/notice';
import type { ChannelSender, Message, SendReceipt } from '../../ports/notifier';
import { withinTime } from '../channel/time-limit';
import { findPosted, NOTICE_EVENT, type PostedLookUp } from './posted-messages';
import { slackError } from './slack-error';
import { slackMessage } from './slack-message';
import { boundFetch, SILENT_LOGGER } from './slack-transport';

/** Conversation ids: channels, groups, direct messages, people. Names would post to whatever bears the name by then. */
const CONVERSATION = /^[CGDUW][A-Z0-9]{2,20}$/;
/** The look-up may use this part of the time; the message itself comes first. */
const LOOK_UP_SHARE = 0.5;

export interface SlackOptions {
  /** Bot token; scopes `chat:write`, and for the look-up those of `findPosted`. */
  readonly token: string;
  /** `https://slack.com/api/` */
  readonly apiUrl: string;
  /** For one whole delivery, look-up included, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Slack messages by `chat.postMessage`. The SDK's ten retries and its waiting on 429 are off (N2).
 *
 * Each message carries its id as metadata; attempts after the first look for it in the conversation and send only when
 * it is not there (B10). When the look-up itself fails the message is sent, with `possibleDouble`.
 */
export function createSlackSender(options: SlackOptions): ChannelSender {
  const clientFor = (signal: AbortSignal): WebClient =>
    new WebClient(options.token, {
      slackApiUrl: options.apiUrl,
      fetch: boundFetch(signal),
      timeout: options.timeoutMs,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      allowAbsoluteUrls: false,
      logger: SILENT_LOGGER,
    });

  /** Nothing known is not a reason to stay silent: only an abort gets out of here. */
  async function lookUp(address: string, id: string, signal: AbortSignal): Promise<PostedLookUp> {
    try {
      return await withinTime(options.timeoutMs * LOOK_UP_SHARE, signal, 'Slack', (limited) =>
        findPosted(clientFor(limited), address, id, new Date()),
      );
    } catch {
      signal.throwIfAborted();
      return { found: false, complete: false };
    }
  }

  async function deliver(message: Message, to: string, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const posted: PostedLookUp = attempt > 1 ? await lookUp(to, message.id, signal) : { found: false, complete: true };
    if (posted.found) return { providerId: `${posted.channel}/${posted.ts}`, possibleDouble: false };
    const answer = await clientFor(signal).chat.postMessage({
      channel: to,
      ...slackMessage(message.subject, message.text),
      metadata: { event_type: NOTICE_EVENT, event_payload: { id: message.id } },
      unfurl_links: false,
      unfurl_media: false,
    });
    return { providerId: `${answer.channel ?? to}/${answer.ts ?? ''}`, possibleDouble: !posted.complete };
  }

  function addressOf(person: Person): string | undefined {
    return person.slack !== undefined && CONVERSATION.test(person.slack) ? person.slack : undefined;
  }

  async function send(message: Message, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const to = addressOf(message.person);
    if (to === undefined) {
      throw new FirebreakError('CHANNEL_NOT_CONFIGURED', 'Slack: the person has no channel or user id.');
    }
    try {
      return await withinTime(options.timeoutMs, signal, 'Slack', (limited) => deliver(message, to, attempt, limited));
    } catch (thrown) {
      signal.throwIfAborted();
      throw slackError(thrown);
    }
  }

  async function check(signal: AbortSignal): Promise<void> {
    try {
      await withinTime(options.timeoutMs, signal, 'Slack', (limited) => clientFor(limited).auth.test());
    } catch (thrown) {
      signal.throwIfAborted();
      throw slackError(thrown);
    }
  }

  return { channel: 'slack', addressOf, send, check };
}
