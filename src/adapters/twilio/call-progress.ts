import { setTimeout as sleep } from 'node:timers/promises';
import type { CallInstance } from 'twilio/lib/rest/api/v2010/account/call';
import { FirebreakError } from '../../domain/errors';
import type { TwilioClient } from './twilio-client';
import { twilioError } from './twilio-error';

export type CallStatus = CallInstance['status'];

export interface CallLimits {
  /** Between two looks at the call, milliseconds. */
  readonly pollMs: number;
  /** Rung off and counted as not picked up after this long, milliseconds. */
  readonly pickupMs: number;
  /** Longest call after pickup, milliseconds. */
  readonly talkMs: number;
}

/** Twilio may end a call a little after its time limit. */
const TALK_SLACK_MS = 15_000;
const FINAL = new Set<CallStatus>(['completed', 'busy', 'no-answer', 'failed', 'canceled']);

/**
 * Watches a call to its end, and rings off when nobody picks up in time. A look that fails is repeated until the time of
 * the phase is over: the call goes on whether or not we can see it.
 *
 * @throws FirebreakError CHANNEL_TIMEOUT when the call does not end in time; a look's own error when the last one failed
 */
export async function followCall(
  client: TwilioClient,
  sid: string,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<CallStatus> {
  const pickupBy = Date.now() + limits.pickupMs;
  let talkUntil: number | undefined;
  for (;;) {
    const seen = await look(client, sid, signal);
    if (!(seen instanceof FirebreakError) && FINAL.has(seen)) return seen;
    if (seen === 'in-progress') talkUntil ??= Date.now() + limits.talkMs + TALK_SLACK_MS;
    if (Date.now() >= (talkUntil ?? pickupBy)) {
      if (seen instanceof FirebreakError) throw seen;
      if (talkUntil !== undefined) throw new FirebreakError('CHANNEL_TIMEOUT', 'Twilio: the call did not end in time.');
      if (await ringOff(client, sid, signal)) return 'no-answer';
    }
    await sleep(limits.pollMs, undefined, { signal });
  }
}

/** Whether a call has come to its end; one that cannot be looked at holds nobody up. */
export async function isOver(client: TwilioClient, sid: string, signal: AbortSignal): Promise<boolean> {
  try {
    const seen = await look(client, sid, signal);
    return seen instanceof FirebreakError || FINAL.has(seen);
  } catch {
    signal.throwIfAborted();
    return true;
  }
}

/** A lasting refusal (wrong credentials, no such call) gets out, anything that may pass is handed back. */
async function look(client: TwilioClient, sid: string, signal: AbortSignal): Promise<CallStatus | FirebreakError> {
  try {
    return (await client.calls(sid).fetch()).status;
  } catch (thrown) {
    signal.throwIfAborted();
    const error = twilioError(thrown);
    if (error.code === 'CHANNEL_REFUSED') throw error;
    return error;
  }
}

/** @returns false when the call could not be cancelled, which is so when it was picked up at this very moment */
async function ringOff(client: TwilioClient, sid: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await client.calls(sid).update({ status: 'canceled' })).status === 'canceled';
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
