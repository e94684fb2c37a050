import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { ActionResult } from '../src/domain/plan';
import type { Scope } from './failure';
import type { GuardedDeps } from './guarded';

/**
 * What an act could not write because ledger or tables were away, sealed by the worker that acted (H1). History carries it until it can
 * be written; nobody on the way can read, change or make one.
 */
export type LateRecord = string;

/** What a late record holds. */
export interface LateContent {
  /** Events that the ledger does not hold yet (L1). */
  readonly events: readonly AuditEvent[];
  /** A result of which the tables hold neither controls nor row (B11). */
  readonly result?: ActionResult;
  /** Which attempt it was; absent in records of earlier versions. */
  readonly of?: Pick<Scope, 'execution' | 'attempt'>;
}

/** @returns nothing when nothing was missed */
export async function sealLate(
  deps: Pick<GuardedDeps, 'seals'>,
  incident: IncidentId,
  content: LateContent,
): Promise<readonly LateRecord[]> {
  if (content.events.length === 0 && content.result === undefined) return [];
  return [await deps.seals.seal('late-record', { incident }, content)];
}

/** @throws FirebreakError NOT_AUTHORISED when no worker has sealed it for this incident */
export async function openLate(
  deps: Pick<GuardedDeps, 'seals'>,
  incident: IncidentId,
  record: LateRecord,
): Promise<LateContent> {
  return (await deps.seals.open('late-record', { incident }, String(record))) as LateContent;
}
