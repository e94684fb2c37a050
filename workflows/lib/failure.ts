import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { FailureDetail, LateRecord } from '../../activities';
import type { ErrorCode } from '../../src/domain/errors';
import { ERRORS, isErrorCode } from '../../src/domain/errors';
import type { Fact } from '../../src/domain/fact';
import type { Fault } from '../../src/domain/fault';

/** What went wrong, by code; `CANCELLED` stands apart because a cancellation is nobody's failure. */
export function codeOf(thrown: unknown): ErrorCode | 'CANCELLED' {
  if (isCancellation(thrown)) return 'CANCELLED';
  if (thrown instanceof ActivityFailure || thrown instanceof ChildWorkflowFailure) return codeOf(thrown.cause);
  if (thrown instanceof TimeoutFailure) return 'SHARE_USED_UP';
  if (thrown instanceof ApplicationFailure && typeof thrown.type === 'string' && isErrorCode(thrown.type))
    return thrown.type;
  return 'UNEXPECTED';
}

/** The innermost message, for people. */
export function wordsOf(thrown: unknown): string {
  if (thrown instanceof ActivityFailure || thrown instanceof ChildWorkflowFailure) return wordsOf(thrown.cause);
  return thrown instanceof Error ? thrown.message : String(thrown);
}

const MOST_DETAIL = 500;

/** What went wrong, for people of any language: the code, and what the failure says beyond its catalogue message. */
export function faultOf(thrown: unknown): Fault {
  const code = codeOf(thrown);
  const limit = limitOf(thrown);
  if (limit !== undefined) return { code, limit };
  if (code === 'CANCELLED') return { code };
  const { exceptions, why } = detailOf(thrown) ?? {};
  if (exceptions !== undefined) return { code, ...exceptions };
  if (why !== undefined) return { code, why };
  const words = wordsOf(thrown);
  const { message } = ERRORS[code];
  const detail = (words.startsWith(message) ? words.slice(message.length) : words).trim().slice(0, MOST_DETAIL);
  return detail === '' ? { code } : { code, detail };
}

/** What came of a step that failed. */
export function wentWrong(thrown: unknown): Fact {
  return { fact: 'went-wrong', fault: faultOf(thrown) };
}

/** The time share that `withinShare` found used up. */
function limitOf(thrown: unknown): string | undefined {
  if (thrown instanceof ActivityFailure || thrown instanceof ChildWorkflowFailure) return limitOf(thrown.cause);
  if (!(thrown instanceof ApplicationFailure) || thrown.type !== 'SHARE_USED_UP') return undefined;
  const [limit] = thrown.details ?? [];
  return typeof limit === 'string' ? limit : undefined;
}

/** What ledger and tables missed of a failed or cancelled act (L1). */
export function unrecordedOf(thrown: unknown): readonly LateRecord[] {
  return detailOf(thrown)?.unrecorded ?? [];
}

/** What the activity's failure carries along. */
function detailOf(thrown: unknown): Partial<FailureDetail> | undefined {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : thrown;
  if (!(cause instanceof ApplicationFailure || cause instanceof CancelledFailure)) return undefined;
  const [detail] = (cause.details ?? []) as readonly (Partial<FailureDetail> | null | undefined)[];
  return detail ?? undefined;
}

/** Ordinary errors of workflow code would retry the workflow task for ever; the run's boundary makes them failures (DESIGN §3). */
export function unexpected(thrown: unknown): ApplicationFailure {
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return ApplicationFailure.create({
    type: 'UNEXPECTED',
    message: detail,
    nonRetryable: true,
    ...(thrown instanceof Error ? { cause: thrown } : {}),
  });
}

/**
 * Whether a step's error ends the run. What nobody foresaw is worth a second, careful try of the whole run; on that one the step
 * takes its fallback and the parts that work go on (B6, B8).
 */
export function endsTheRun(code: ErrorCode | 'CANCELLED', attempt: 1 | 2): boolean {
  return code === 'CANCELLED' || (code === 'UNEXPECTED' && attempt === 1);
}

/** True for everything that Temporal itself or a catalogue code foresaw. */
export function isForeseen(thrown: unknown): boolean {
  return codeOf(thrown) !== 'UNEXPECTED';
}
