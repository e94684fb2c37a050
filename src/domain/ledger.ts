import type { IncidentId } from './ids';

/** An event for the ledger (L1): who, what, on what, why, with which result. */
export interface AuditEvent {
  /** Makes a repeated append harmless: the same key is stored once. */
  readonly key: string;
  readonly level: 'AUDIT' | 'ERROR' | 'CRITICAL';
  readonly incident?: IncidentId;
  /** Operator name, or `firebreak` for the system itself. */
  readonly actor: string;
  /** `intent` before an act, `result` after it. */
  readonly stage: 'intent' | 'result' | 'event';
  readonly action: string;
  readonly subject: string;
  readonly reason?: string;
  readonly result?: string;
  /** ISO 8601 UTC, when it happened; the ledger adds when it was stored. */
  readonly at: string;
  /** Appended after the fact because the ledger was unreachable. */
  readonly late?: boolean;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Result of an order's event: a worker has found both factors good. Only `authorise` writes it (B15). */
export const AUTHORISED = 'authorised';

/** Position of an event in the chain. */
export interface AuditPosition {
  readonly seq: number;
  /** Lowercase hex SHA-256 of the stored line. */
  readonly hash: string;
}
