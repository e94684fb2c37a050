import { FirebreakError } from '../../domain/errors';
import type { Person } from '../../domain/notice';
import type { ChannelSender, Message, SendReceipt } from '../../ports/notifier';
import { multiLine } from '../channel/plain-text';
import { withinTime } from '../channel/time-limit';
import { checkAccount } from './account-check';
import {
  DEFAULT_TIMEOUT_MS,
  isPhoneNumber,
  twilioClient,
  type TwilioClient,
  type TwilioOptions,
} from './twilio-client';
import { twilioError } from './twilio-error';

/** Twilio error 21617 beyond this. */
const MAX_BODY = 1_600;
const LOOK_BACK_MS = 60 * 60 * 1_000;
/** Newest first; more than one notice's worth of texts to one person in an hour. */
const LOOK_BACK_MESSAGES = 50;
const LOOK_UP_SHARE = 0.5;
const NOT_UNDER_WAY = new Set<string>(['failed', 'undelivered', 'canceled']);

type SmsLookUp = { readonly sid: string } | 'not-sent' | 'unknown';

/**
 * SMS by Twilio. Counts as sent when Twilio has queued it.
 *
 * Creating a message is not idempotent and carries no key (Twilio error page 20500), but a message can be read back: on
 * attempts after the first the recent ones to this number are compared by their text, and an equal one counts as this
 * one. When the look-up itself fails the message is sent, with `possibleDouble`.
 */
export function createTwilioSmsSender(options: TwilioOptions): ChannelSender {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  async function lookUp(to: string, body: string, signal: AbortSignal): Promise<SmsLookUp> {
    try {
      return await withinTime(timeoutMs * LOOK_UP_SHARE, signal, 'Twilio', (limited) =>
        findSent(twilioClient(options, limited), options.from, to, body),
      );
    } catch {
      signal.throwIfAborted();
      return 'unknown';
    }
  }

  async function deliver(to: string, body: string, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const earlier = attempt > 1 ? await lookUp(to, body, signal) : 'not-sent';
    if (typeof earlier === 'object') return { providerId: earlier.sid, possibleDouble: false };
    const { sid } = await twilioClient(options, signal).messages.create({ to, from: options.from, body });
    return { providerId: sid, possibleDouble: earlier === 'unknown' };
  }

  function addressOf(person: Person): string | undefined {
    return person.phone !== undefined && isPhoneNumber(person.phone) ? person.phone : undefined;
  }

  async function send(message: Message, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const to = addressOf(message.person);
    if (to === undefined) throw new FirebreakError('CHANNEL_NOT_CONFIGURED', 'SMS: the person has no E.164 number.');
    const body = multiLine(message.text, MAX_BODY);
    try {
      return await withinTime(timeoutMs, signal, 'Twilio', (limited) => deliver(to, body, attempt, limited));
    } catch (thrown) {
      signal.throwIfAborted();
      throw twilioError(thrown);
    }
  }

  return { channel: 'sms', addressOf, send, check: (signal) => checkAccount(options, timeoutMs, signal) };
}

/** No filter by `dateSent`: a message still queued has none. Trial accounts put a sentence before the text. */
async function findSent(client: TwilioClient, from: string, to: string, body: string): Promise<SmsLookUp> {
  const recent = await client.messages.list({ to, from, limit: LOOK_BACK_MESSAGES });
  const since = Date.now() - LOOK_BACK_MS;
  const same = recent.find(
    (message) =>
      message.body.trim().endsWith(body) &&
      message.dateCreated.getTime() >= since &&
      !NOT_UNDER_WAY.has(message.status),
  );
  return same === undefined ? 'not-sent' : { sid: same.sid };
}
