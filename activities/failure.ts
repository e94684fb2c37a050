import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Cause } from '../src/domain/cause';
import { ERRORS, ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import { HEARTBEAT_MS } from '../src/domain/numbers';
import { exceptionsTold, type ExceptionsTold } from './exceptions-told';
import type { LateRecord } from './late-record';
import { NotAsMeant } from './not-as-meant';

const NOTIFICATION_FLOOR_MS = 30_000;

/** What an activity knows of its own execution. */
export interface Scope {
  readonly signal: AbortSignal;
  /** Temporal's attempt number, from 1; every activity begins to count anew. */
  readonly attempt: number;
  /** Run and activity id: what another activity never has. */
  readonly execution: string;
}

/** What a failure carries along for the workflow: what could not be written (L1), and what of the act did not hold. */
export interface FailureDetail {
  readonly unrecorded: readonly LateRecord[];
  readonly exceptions?: ExceptionsTold;
  /** What Firebreak says of the failure, by code. */
  readonly why?: Cause;
}

/** An act that failed, with the code of its failure. */
export class ActFailed extends FirebreakError {
  constructor(
    failure: FirebreakError,
    readonly unrecorded: readonly LateRecord[],
  ) {
    super(failure.code, failure.why, {
      cause: failure,
      ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    });
    this.message = failure.message;
  }
}

function detailsOf(error: unknown): FailureDetail[] {
  const why = error instanceof FirebreakError ? error.why : undefined;
  const unrecorded = error instanceof ActFailed ? error.unrecorded : [];
  const result = error instanceof ActFailed && error.cause instanceof NotAsMeant ? error.cause.result : undefined;
  const exceptions = result === undefined ? undefined : exceptionsTold(result);
  if (unrecorded.length === 0 && exceptions === undefined && why === undefined) return [];
  return [{ unrecorded, ...(exceptions === undefined ? {} : { exceptions }), ...(why === undefined ? {} : { why }) }];
}

/** A catalogue error as Temporal carries it: code as `type`, retryable by the catalogue, 429 by max(30 s, Retry-After). */
export function toApplicationFailure(error: FirebreakError): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !ERRORS[error.code].retryable,
    cause: error,
    details: detailsOf(error),
    ...(error.retryAfterMs === undefined
      ? {}
      : { nextRetryDelay: Math.max(NOTIFICATION_FLOOR_MS, error.retryAfterMs) }),
  });
}

/**
 * The edge of every activity: heartbeats while it works (Temporal tells an activity of a cancellation only so), and turns
 * whatever is thrown into a failure with a catalogue code.
 */
export async function activity<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { attempt, activityId, workflowExecution } = context.info;
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    const execution = `${workflowExecution?.runId ?? ''}:${activityId}`;
    return await work({ signal: context.cancellationSignal, attempt, execution });
  } catch (thrown) {
    if (thrown instanceof ApplicationFailure || thrown instanceof CancelledFailure) throw thrown;
    if (context.cancellationSignal.aborted) throw new CancelledFailure('cancelled while working', detailsOf(thrown));
    throw toApplicationFailure(ensureFirebreakError(thrown));
  } finally {
    clearInterval(beat);
  }
}
