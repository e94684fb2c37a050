import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { FirebreakError } from '../src/domain/errors';
import { ERRORS, ensureFirebreakError } from '../src/domain/errors';
import { HEARTBEAT_MS } from '../src/domain/numbers';

const NOTIFICATION_FLOOR_MS = 30_000;

/** A catalogue error as Temporal carries it: code as `type`, retryable by the catalogue, 429 by max(30 s, Retry-After). */
export function toApplicationFailure(error: FirebreakError): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !ERRORS[error.code].retryable,
    cause: error,
    ...(error.retryAfterMs === undefined
      ? {}
      : { nextRetryDelay: Math.max(NOTIFICATION_FLOOR_MS, error.retryAfterMs) }),
  });
}

/**
 * The edge of every activity: heartbeats while it works (Temporal tells an activity of a cancellation only so), and turns
 * whatever is thrown into a failure with a catalogue code.
 */
export async function activity<T>(
  work: (context: { readonly signal: AbortSignal; readonly attempt: number }) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work({ signal: context.cancellationSignal, attempt: context.info.attempt });
  } catch (thrown) {
    if (thrown instanceof ApplicationFailure || thrown instanceof CancelledFailure) throw thrown;
    if (context.cancellationSignal.aborted) throw new CancelledFailure('cancelled while working');
    throw toApplicationFailure(ensureFirebreakError(thrown));
  } finally {
    clearInterval(beat);
  }
}
