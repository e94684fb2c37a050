import type { ResponseSpan } from '../domain/at-once';
import type { IncidentId } from '../domain/ids';

/** `look-again`: the detector has an open incident that was not among `known`. */
export type Admission =
  | { readonly verdict: 'admitted' | 'look-again'; readonly open?: undefined }
  | { readonly verdict: 'each' | 'all'; readonly open: readonly IncidentId[] };

/** The open incident that a detector's repeat has joined. */
export interface Joined {
  readonly incident: IncidentId;
  /** Repeats of it so far, this one included. */
  readonly repeats: number;
}

/**
 * Which incidents have begun, over all workers (H8). Who signed is read from the grant, which must have been found good and used up for
 * the incident. All of them throw FirebreakError DATABASE_UNREACHABLE.
 */
export interface IncidentAdmissions {
  /** What counts against the bounds of people: what they have open and began within OPEN_COUNTS_MS, oldest first. */
  openOfPeople(): Promise<readonly { readonly incident: IncidentId; readonly operator: string }[]>;
  /** Open incidents of a detector, newest first. */
  openOfDetector(operator: string): Promise<readonly IncidentId[]>;
  /**
   * Lets an incident begin unless a bound is reached; once it has begun the answer stays.
   * @param known open incidents of the detector that do not cover the order; empty for a person
   */
  admit(
    incident: IncidentId,
    grantId: string,
    known: readonly IncidentId[],
    bounds: { readonly each: number; readonly all: number },
  ): Promise<Admission>;
  /** Notes a detector's repeat with an open incident of the same detector. @returns the repeats of that one so far */
  join(incident: IncidentId, grantId: string, open: IncidentId): Promise<number>;
  /** What the incident has joined instead of beginning. */
  joinedTo(incident: IncidentId): Promise<Joined | undefined>;
  /** When the responses ran that workers let begin within AT_ONCE_WITHIN_MS: the newest AT_ONCE_MOST. */
  recentResponses(): Promise<readonly ResponseSpan[]>;
  /** @returns true once in a window for one identity, also when the same incident asks again */
  mayTellOfBound(identity: string, incident: IncidentId): Promise<boolean>;
}
