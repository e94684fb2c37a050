import type { IncidentId } from '../src/domain/ids';

/** The order an act rests on: a grant, and what it was used up for. History carries no more of it (B15). */
export interface Authority {
  readonly grantId: string;
  readonly use: string;
}

/** What whoever calls for an activity says of itself. */
export interface Caller {
  readonly incident: IncidentId;
  readonly authority: Authority;
  /** Absent where nobody is named. */
  readonly operator?: string;
  /** The approval, where the act needs one (N5). */
  readonly approval?: Authority;
}
