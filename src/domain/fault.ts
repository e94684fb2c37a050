import type { Cause } from './cause';
import type { ErrorCode, FirebreakError } from './errors';
import type { Fact } from './fact';
import type { TargetReason } from './target-reason';
import type { TargetOutcome } from './words';

/** A target of an act that does not hold: an account, an address, a part. */
export interface FailedTarget {
  readonly target: string;
  readonly outcome: TargetOutcome;
  /** Why, by code; then no language needs the detail. */
  readonly why?: readonly TargetReason[];
  /** More of it, as facts. */
  readonly also?: readonly Fact[];
  /** Technical, or what an earlier version said; stands verbatim in every language. */
  readonly detail?: string;
}

/** What went wrong, by code; a cancellation is nobody’s failure. */
export interface Fault {
  readonly code: ErrorCode | 'CANCELLED';
  /** What Firebreak says of it, by code. */
  readonly why?: Cause;
  /** Words of a library, a tool or an earlier version, where there is no `why`; verbatim in every language. */
  readonly detail?: string;
  /** The time share that is used up, as `6:00`. */
  readonly limit?: string;
  /** The first targets of an act that do not hold, instead of a detail; `more` is how many there are besides. */
  readonly targets?: readonly FailedTarget[];
  readonly more?: number;
}

const MOST_DETAIL = 500;

/** An error as people are told of it. */
export function faultOfError({ code, why, detail }: FirebreakError): Fault {
  if (why !== undefined) return { code, why };
  return detail === '' ? { code } : { code, detail: detail.slice(0, MOST_DETAIL) };
}
