import type { FetchFunction, Logger } from '@slack/web-api';
import { FirebreakError } from '../../domain/errors';
import { retryAfterMs } from '../channel/retry-after';

/**
 * The SDKs' fetch, bound to one delivery: ends with its signal, and turns 429 into CHANNEL_RATE_LIMITED with the time
 * asked for (the webhook SDK drops the header, the Web API SDK fails without a code when it is missing).
 */
export function boundFetch(signal: AbortSignal): FetchFunction {
  return async (url, init) => {
    const ends = init?.signal === undefined ? signal : AbortSignal.any([init.signal, signal]);
    const response = await fetch(url, { ...init, signal: ends });
    if (response.status !== 429) return response;
    await response.body?.cancel();
    const waitMs = retryAfterMs(response.headers.get('retry-after'), new Date());
    throw new FirebreakError('CHANNEL_RATE_LIMITED', 'Slack: HTTP 429.', {
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    });
  };
}

const nothing = (): void => undefined;

/** The SDK would write to the console; everything it knows is in the error it throws. */
export const SILENT_LOGGER: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => 'error' as ReturnType<Logger['getLevel']>,
};
