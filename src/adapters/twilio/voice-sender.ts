import { FirebreakError } from '../../domain/errors';
import type { Person } from '../../domain/notice';
import { PICKUP_MS } from '../../domain/numbers';
import type { ChannelSender, Message, SendReceipt } from '../../ports/notifier';
import type { PhoneLines } from '../../ports/phone-lines';
import { checkAccount } from './account-check';
import { announcement } from './announcement';
import { type CallStatus, followCall, isOver } from './call-progress';
import { callOf, PlacedCalls } from './placed-calls';
import { freeLine, NO_LINES, type Line } from './free-line';
import {
  DEFAULT_TIMEOUT_MS,
  isPhoneNumber,
  twilioClient,
  type TwilioClient,
  type TwilioOptions,
} from './twilio-client';
import { mayHaveTakenEffect, twilioError } from './twilio-error';

/** Twilio cuts the call off then; two readings of the longest text take less than half of it. */
const TALK_LIMIT_MS = 120_000;
/** Longer than the attempts of one notice take. */
const LOOK_BACK_MS = 15 * 60 * 1_000;
const LOOK_BACK_CALLS = 50;
const LINE_WAIT_MS = 45_000;

export interface TwilioVoiceOptions extends TwilioOptions {
  /** Between two looks at the call, milliseconds. */
  readonly pollMs: number;
  /** Default PICKUP_MS. */
  readonly pickupMs?: number;
  /** Which phones ring now, over all workers (H8); default: nobody else rings any. */
  readonly lines?: PhoneLines;
  /** How long a repeated attempt waits for a phone that another call of ours rings; default 45,000. */
  readonly lineWaitMs?: number;
}

interface Ringing {
  readonly sid: string;
  readonly possibleDouble: boolean;
}

type EarlierCall = { readonly sid: string } | 'none' | 'unknown';

/**
 * Phone calls by Twilio, delivered when their status is `completed` (N3). Busy, unanswered and cancelled calls are
 * NOT_PICKED_UP; Twilio counts an answering machine as `completed`.
 *
 * Before a resend Twilio's list of calls to the number is read (B10). A call that this process placed, or the only one that
 * its unanswered request can have made, is followed to its end and not repeated. A call that cannot be told from another
 * message's call is repeated, with `possibleDouble`: rather twice than not at all.
 *
 * One call of ours on one phone at a time (H8): where another one is in progress it is LINE_BUSY, at once on the first attempt, so that
 * the person's next means starts; later attempts wait a while.
 */
export function createTwilioVoiceSender(options: TwilioVoiceOptions): ChannelSender {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const limits = { pollMs: options.pollMs, pickupMs: options.pickupMs ?? PICKUP_MS, talkMs: TALK_LIMIT_MS };
  const placed = new PlacedCalls();
  const lines = options.lines ?? NO_LINES;
  const lineWait = { ms: options.lineWaitMs ?? LINE_WAIT_MS, pollMs: options.pollMs };

  async function earlierCall(
    client: TwilioClient,
    message: Message,
    to: string,
    attempt: number,
  ): Promise<EarlierCall> {
    const trace = placed.traceOf(message.id);
    if (trace?.state === 'placed') return { sid: trace.sid };
    if (trace === undefined && placed.sawAllBefore(message.id, attempt)) return 'none';
    const listed = await client.calls.list({ to, from: options.from, limit: LOOK_BACK_CALLS });
    const recent = placed.unclaimed(listed).filter((call) => call.dateCreated.getTime() >= Date.now() - LOOK_BACK_MS);
    if (recent.length === 0) return 'none';
    const call = trace === undefined ? undefined : callOf(trace, recent);
    return call === undefined ? 'unknown' : { sid: call.sid };
  }

  async function lookUp(message: Message, to: string, attempt: number, signal: AbortSignal): Promise<EarlierCall> {
    try {
      return await earlierCall(twilioClient(options, signal), message, to, attempt);
    } catch {
      signal.throwIfAborted();
      return 'unknown';
    }
  }

  async function place(message: Message, to: string, signal: AbortSignal): Promise<string> {
    const askedAt = Date.now();
    try {
      const call = await twilioClient(options, signal).calls.create({
        to,
        from: options.from,
        twiml: announcement(message.text, message.person.locale),
        timeout: Math.ceil(limits.pickupMs / 1_000),
        timeLimit: TALK_LIMIT_MS / 1_000,
      });
      return call.sid;
    } catch (thrown) {
      if (mayHaveTakenEffect(thrown)) placed.unanswered(message.id, askedAt, Date.now());
      throw thrown;
    }
  }

  async function follow(message: Message, sid: string, signal: AbortSignal): Promise<CallStatus> {
    try {
      return await followCall(twilioClient(options, signal), sid, limits, signal);
    } catch (thrown) {
      // A call that Twilio does not show would otherwise be waited for by every later attempt.
      if (isRefused(thrown)) placed.ended(message.id);
      throw thrown;
    }
  }

  /** The call that is followed: one that an earlier attempt has placed, or a new one. */
  async function ring(
    message: Message,
    to: string,
    attempt: number,
    line: Line,
    signal: AbortSignal,
  ): Promise<Ringing> {
    const known = line.earlierCall === undefined ? undefined : { sid: line.earlierCall };
    const earlier = known ?? (attempt > 1 ? await lookUp(message, to, attempt, signal) : 'none');
    placed.attempting(message.id);
    const sid = typeof earlier === 'object' ? earlier.sid : await place(message, to, signal);
    placed.placed(message.id, sid);
    await line.placed(sid);
    return { sid, possibleDouble: earlier === 'unknown' };
  }

  async function deliver(message: Message, to: string, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const wait = attempt > 1 ? lineWait : { ...lineWait, ms: 0 };
    const over = (sid: string): Promise<boolean> => isOver(twilioClient(options, signal), sid, signal);
    const line = await freeLine(lines, { to, delivery: message.id }, wait, over, signal);
    try {
      const { sid, possibleDouble } = await ring(message, to, attempt, line, signal).catch(async (thrown: unknown) => {
        if (!mayHaveTakenEffect(thrown)) await line.free();
        throw thrown;
      });
      const status = await follow(message, sid, signal).catch(async (thrown: unknown) => {
        if (isRefused(thrown)) await line.free();
        throw thrown;
      });
      placed.ended(message.id);
      await line.free();
      if (status !== 'completed') throw notDelivered(status);
      return { providerId: sid, possibleDouble };
    } finally {
      line.leave();
    }
  }

  function addressOf(person: Person): string | undefined {
    return person.phone !== undefined && isPhoneNumber(person.phone) ? person.phone : undefined;
  }

  async function send(message: Message, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const to = addressOf(message.person);
    if (to === undefined) throw new FirebreakError('CHANNEL_NOT_CONFIGURED', 'Phone: the person has no E.164 number.');
    try {
      return await deliver(message, to, attempt, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw twilioError(thrown);
    }
  }

  return { channel: 'voice', addressOf, send, check: (signal) => checkAccount(options, timeoutMs, signal) };
}

function isRefused(thrown: unknown): boolean {
  return thrown instanceof FirebreakError && thrown.code === 'CHANNEL_REFUSED';
}

function notDelivered(status: CallStatus): FirebreakError {
  const code = status === 'failed' ? 'CHANNEL_REFUSED' : 'NOT_PICKED_UP';
  return new FirebreakError(code, `Twilio: the call ended as ${status}.`);
}
