/** The closed sets of words that tables, search attributes, CLI, history and report share (DESIGN §2). */

export const INCIDENT_TYPES = ['intrusion', 'malware', 'ddos', 'unknown'] as const;
export type IncidentType = (typeof INCIDENT_TYPES)[number];

/** Highest first: the order in which incidents are served (B9). */
export const SEVERITIES = ['critical', 'high', 'medium'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const RESPONSE_MODES = ['isolate', 'monitor', 'block'] as const;
export type ResponseMode = (typeof RESPONSE_MODES)[number];

export const PHASES = [
  'declared',
  'assessing',
  'notifying',
  'containing',
  'preserving',
  'sealing',
  'tightening',
  'reporting',
  'watching',
  'closed',
] as const;
export type Phase = (typeof PHASES)[number];

/** How far a run had to leave the normal path (B8); each stage includes the ones before it. */
export const ABNORMAL_STAGES = ['none', 'partial', 'manual', 'escalated', 'emergency'] as const;
export type AbnormalStage = (typeof ABNORMAL_STAGES)[number];

export const OUTCOMES = [
  'contained',
  'contained-by-force',
  'contained-in-part',
  'monitored',
  'manual',
  'refused',
  'stood-down',
  'false-positive',
  'joined',
  'rehearsed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What became of one target of one action (C2). `unknown` is never success. */
export const TARGET_OUTCOMES = ['applied', 'already', 'refused', 'missing', 'unknown', 'failed'] as const;
export type TargetOutcome = (typeof TARGET_OUTCOMES)[number];

export const SECURITY_STATES = ['safe', 'degraded', 'worse'] as const;
export type SecurityState = (typeof SECURITY_STATES)[number];

export const CHANNELS = ['voice', 'sms', 'mail', 'slack'] as const;
export type Channel = (typeof CHANNELS)[number];

/** What became of one message to one person. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'skipped';

export const LOCALES = ['en', 'ja'] as const;
export type Locale = (typeof LOCALES)[number];

/** The higher of two severities. */
export function higherSeverity(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}

/** The later of two abnormal stages: a run never goes back to a milder one. */
export function laterStage(a: AbnormalStage, b: AbnormalStage): AbnormalStage {
  return ABNORMAL_STAGES.indexOf(a) >= ABNORMAL_STAGES.indexOf(b) ? a : b;
}

/** Why people are told; each kind has its audience, channels and text in `en` and `ja` (N1, N6). */
export const NOTICE_KINDS = [
  'start',
  'classification-needed',
  'approval-needed',
  'control-failed',
  'logs-failed',
  'notification-failed',
  'delay',
  'security-worse',
  'manual-response',
  'escalation',
  'emergency',
  'completion',
  'failure',
  'stand-down',
  'release',
  'unauthorised',
  'drift',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/**
 * Rank of an incident in the queue for a host or a worker: lower is served first (B9:
 * severity, then intrusion, malware, ddos, unknown).
 */
export function priorityRank(severity: Severity, type: IncidentType): number {
  return SEVERITIES.indexOf(severity) * INCIDENT_TYPES.length + INCIDENT_TYPES.indexOf(type);
}
