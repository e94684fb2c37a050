import { FirebreakError } from '../../domain/errors';

/**
 * Runs `act` with a signal that fires on the caller's abort and when the time is over.
 *
 * An abort by the caller rejects with the caller's reason, so that Temporal's cancellation passes through unchanged.
 * Vendors' errors never become a cause: some carry the request with its credentials.
 *
 * @throws FirebreakError CHANNEL_TIMEOUT when the time is over
 */
export async function withinTime<T>(
  timeoutMs: number,
  signal: AbortSignal,
  channel: string,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await act(AbortSignal.any([signal, limit]));
  } catch (thrown) {
    signal.throwIfAborted();
    if (limit.aborted) throw new FirebreakError('CHANNEL_TIMEOUT', `${channel}: no answer within ${timeoutMs} ms.`);
    throw thrown;
  }
}
