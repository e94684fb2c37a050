import type { IncidentId } from './ids';
import type { IncidentType, ResponseMode, Severity } from './words';

/** What a detector or a person reported (B1). Addresses are canonical text; everything is bounded at the edge. */
export interface IncidentDocument {
  readonly title: string;
  readonly description?: string;
  readonly detector?: string;
  /** ISO 8601 with offset. */
  readonly detectedAt?: string;
  /** 0 to 1. */
  readonly confidence?: number;
  readonly hosts: readonly string[];
  readonly sources: readonly string[];
  readonly accounts: readonly AccountRef[];
  readonly segments: readonly string[];
  readonly services: readonly string[];
  readonly indicators: readonly Indicator[];
  readonly logSources: readonly string[];
  readonly references: readonly string[];
}

/** An account on one host, or on every host of the incident. */
export interface AccountRef {
  readonly name: string;
  readonly host?: string;
}

/** Kinds that the decision table of B3 knows; others are kept as `other` and shown. */
export const INDICATOR_KINDS = [
  'login-success-after-failures',
  'failed-logins',
  'new-account',
  'privilege-escalation',
  'unexpected-listener',
  'lateral-movement',
  'data-exfiltration',
  'malicious-process',
  'malicious-file',
  'persistence',
  'command-and-control',
  'ransom-note',
  'packet-flood',
  'request-flood',
  'connection-exhaustion',
  'port-scan',
  'other',
] as const;
export type IndicatorKind = (typeof INDICATOR_KINDS)[number];

export interface Indicator {
  readonly kind: IndicatorKind;
  readonly value: string;
  /** How often it was seen; 1 when not said. */
  readonly count: number;
}

/** Shorter time limits for one incident; they may only shorten and are part of what is signed (DESIGN §3). */
export interface ResponseLimits {
  readonly overallMs?: number;
  readonly humanClassificationMs?: number;
  readonly accessControlMs?: number;
  readonly forcedIsolationMs?: number;
  readonly logsMs?: number;
  readonly alternativeLogsMs?: number;
}

/** Who gave the order: a person, or a detector's service identity that policy holds to a maximum mode. */
export type Trigger = 'operator' | 'detector';

export interface GroupMember {
  readonly incident: IncidentId;
  readonly type: IncidentType;
}

/** The order to respond, as it is signed, stored and started: one per incident. */
export interface IncidentOrder {
  readonly incident: IncidentId;
  /** Set when several types came in one trigger (B9); the lexically first incident id of the group. */
  readonly group?: IncidentId;
  /** All incidents of the group, this one included, most urgent first. */
  readonly groupMembers?: readonly GroupMember[];
  readonly type: IncidentType;
  readonly severity: Severity;
  readonly mode: ResponseMode;
  readonly trigger: Trigger;
  readonly operator: string;
  readonly reason?: string;
  readonly drill: boolean;
  /** Lowercase hex SHA-256 of the stored document's bytes. */
  readonly documentSha256: string;
  readonly hosts: readonly string[];
  readonly limits: ResponseLimits;
  /** ISO 8601, UTC; the deadline counts from here. */
  readonly declaredAt: string;
  /** The operator's own address as seen by the orchestrator, protected for this incident (B5). */
  readonly operatorAddress?: string;
}
