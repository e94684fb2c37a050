import type { EndingHow, Standing } from '../../../domain/ending';
import type { NoticeKind } from '../../../domain/words';
import type { ActionResult, RefusedTarget } from '../../../domain/plan';
import type { TargetReason } from '../../../domain/target-reason';
import { TARGET_REASONS } from '../../../domain/target-reason';
import type { IndicatorKind, Trigger } from '../../../domain/incident';
import type { Delivery } from '../../../domain/notice';
import type {
  AbnormalStage,
  Channel,
  IncidentType,
  Outcome,
  ResponseMode,
  SecurityState,
  Severity,
  TargetOutcome,
} from '../../../domain/words';
import type { ScopeOfImpact } from '../../../domain/assessment';

/** The closed sets of words as the report prints them. */
export interface Words {
  readonly type: Readonly<Record<IncidentType, string>>;
  readonly severity: Readonly<Record<Severity, string>>;
  readonly mode: Readonly<Record<ResponseMode, string>>;
  readonly outcome: Readonly<Record<Outcome, string>>;
  /** How an incident ended, as the banner of a later revision says it. */
  readonly ending: Readonly<Record<EndingHow, string>>;
  /** What is so of an act now, without its figures. */
  readonly standing: Readonly<Record<Standing, string>>;
  /** What the outcome means, for somebody who has not heard the word before. */
  readonly outcomeMeaning: Readonly<Record<Outcome, string>>;
  readonly stage: Readonly<Record<AbnormalStage, string>>;
  readonly state: Readonly<Record<SecurityState, string>>;
  readonly extent: Readonly<Record<ScopeOfImpact['extent'], string>>;
  readonly trigger: Readonly<Record<Trigger, string>>;
  readonly act: Readonly<Record<ActionResult['kind'], string>>;
  readonly target: Readonly<Record<TargetOutcome, string>>;
  /** Why a target came to what it came to. */
  readonly reason: Readonly<Record<TargetReason, string>>;
  readonly refusal: Readonly<Record<RefusedTarget['reason'], string>>;
  readonly channel: Readonly<Record<Channel, string>>;
  readonly delivery: Readonly<Record<Delivery['state'], string>>;
  readonly notice: Readonly<Record<NoticeKind, string>>;
  readonly drift: Readonly<Record<'wanted-but-missing' | 'present-but-unknown', string>>;
  readonly indicator: Readonly<Record<IndicatorKind, string>>;
  /** Phases and orders come from tables as plain text: what is not listed is printed as it is. */
  readonly phase: Readonly<Record<string, string>>;
  readonly order: Readonly<Record<string, string>>;
}

export const WORDS_EN: Words = {
  type: { intrusion: 'Intrusion', malware: 'Malware', ddos: 'DDoS', unknown: 'Unknown type' },
  severity: { critical: 'Critical', high: 'High', medium: 'Medium' },
  mode: { isolate: 'Isolate', monitor: 'Monitor', block: 'Block' },
  outcome: {
    contained: 'CONTAINED',
    'contained-by-force': 'CONTAINED BY FORCE',
    'contained-in-part': 'CONTAINED IN PART',
    monitored: 'MONITORED ONLY',
    manual: 'MANUAL RESPONSE',
    refused: 'REFUSED',
    'stood-down': 'STOOD DOWN',
    'false-positive': 'FALSE ALARM',
    joined: 'JOINED',
    rehearsed: 'REHEARSED',
  },
  ending: { released: 'RELEASED', 'stood-down': 'STOOD DOWN', expired: 'EXPIRED' },
  standing: {
    'in-force': 'in force',
    undone: 'undone',
    expired: 'expired',
    'not-undone': 'NOT UNDONE',
    'given-up': 'GIVEN UP',
    unconfirmed: 'END NOT CONFIRMED',
  },
  outcomeMeaning: {
    contained: 'Every planned control is in force; the state was read back from the hosts.',
    'contained-by-force': 'Access control failed on at least one host; it was cut off by forced isolation.',
    'contained-in-part': 'Part of what was asked for is NOT in force. People must act.',
    monitored: 'Nothing was cut off. The hosts are watched and the evidence is preserved.',
    manual: 'Firebreak did not contain the incident. People must act.',
    refused: 'Every target was refused; nothing was cut off.',
    'stood-down': 'The response was stopped by order. What was put in force is listed under actions.',
    'false-positive': 'A false alarm. What is still in force is listed under actions.',
    joined: 'A detector’s repeat that brought nothing new. It joined an open incident.',
    rehearsed: 'A drill. The hosts said what would come of each control. Nothing was changed.',
  },
  stage: {
    none: 'Normal path',
    partial: 'Part of it failed, the rest went on',
    manual: 'Manual response requested',
    escalated: 'Escalated',
    emergency: 'Emergency declared',
  },
  state: { safe: 'Safe', degraded: 'Degraded', worse: 'Worse' },
  extent: { 'single-host': 'one host', 'several-hosts': 'several hosts', segment: 'a whole segment' },
  trigger: { operator: 'Operator', detector: 'Detector (unattended)' },
  act: {
    'block-sources': 'Block sources',
    'disable-account': 'Disable account',
    'isolate-host': 'Isolate host',
    'isolate-segment': 'Isolate segment',
    'emergency-access': 'Emergency access',
    'heighten-monitoring': 'Heighten monitoring',
    'forced-isolation': 'Forced isolation',
  },
  target: {
    applied: 'applied',
    already: 'already in force',
    refused: 'refused',
    missing: 'missing',
    unknown: 'unknown',
    failed: 'failed',
  },
  reason: TARGET_REASONS,
  refusal: {
    protected: 'Protected address',
    'too-wide': 'Prefix too wide',
    'unknown-host': 'Unknown host',
    'unknown-segment': 'Unknown segment',
    'not-an-address': 'Not an address',
    'not-an-account': 'Not an account name',
    'isolation-never': 'Host must stay up',
    'root-account': 'root account',
    'own-account': 'Firebreak’s own account',
    'last-administrator': 'Last administrator',
    'not-approved': 'Not approved',
    'out-of-mode': 'Left out by the policy',
  },
  channel: { voice: 'Phone', sms: 'SMS', mail: 'Mail', slack: 'Slack' },
  delivery: { pending: 'PENDING', delivered: 'Delivered', failed: 'FAILED', skipped: 'Skipped' },
  notice: {
    start: 'Start of the response',
    'classification-needed': 'Classification needed',
    'approval-needed': 'Approval needed',
    'control-failed': 'Access control failed',
    'logs-failed': 'Log collection failed',
    'notification-failed': 'Notification failed',
    delay: 'Delay',
    'security-worse': 'Security state worse',
    'manual-response': 'Manual response request',
    escalation: 'Escalation',
    emergency: 'Emergency',
    completion: 'Completion',
    failure: 'Failure',
    'stand-down': 'Stand-down',
    release: 'Release',
    unauthorised: 'Unauthorised order',
    drift: 'Drift',
  },
  drift: {
    'wanted-but-missing': 'wanted, but not on the host',
    'present-but-unknown': 'on the host, but not in the table of controls',
  },
  indicator: {
    'login-success-after-failures': 'Login after failures',
    'failed-logins': 'Failed logins',
    'new-account': 'New account',
    'privilege-escalation': 'Privilege escalation',
    'unexpected-listener': 'Unexpected listener',
    'lateral-movement': 'Lateral movement',
    'data-exfiltration': 'Data exfiltration',
    'malicious-process': 'Malicious process',
    'malicious-file': 'Malicious file',
    persistence: 'Persistence',
    'command-and-control': 'Command and control',
    'ransom-note': 'Ransom note',
    'packet-flood': 'Packet flood',
    'request-flood': 'Request flood',
    'connection-exhaustion': 'Connection exhaustion',
    'port-scan': 'Port scan',
    other: 'Other',
  },
  phase: {
    declared: 'Declared',
    assessing: 'Assess',
    notifying: 'Notify',
    containing: 'Contain',
    preserving: 'Preserve',
    sealing: 'Seal',
    tightening: 'Tighten',
    reporting: 'Report',
    watching: 'Watch',
    closed: 'Closed',
  },
  order: {
    respond: 'Start the response',
    classify: 'Classify',
    approve: 'Approve the plan',
    reject: 'Reject the plan',
    acknowledge: 'Acknowledge',
    'take-over': 'Take over by hand',
    escalate: 'Escalate',
    'stand-down': 'Stand down',
    release: 'Release',
    unblock: 'Unblock addresses',
  },
};
