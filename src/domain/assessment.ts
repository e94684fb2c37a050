import type { Fact, Recorded, Worded } from './fact';
import { factOf } from './fact';
import type { IncidentDocument, Indicator, IndicatorKind } from './incident';
import type { IncidentType, Severity } from './words';
import { SEVERITIES, higherSeverity } from './words';

/** What the stated values and the evidence, or the pieces of evidence, disagree about. */
export type Conflict = Fact<'evidence-tied' | 'type-contradicted' | 'severity-contradicted'>;

/** What the stated type and the evidence add up to (B3). Stated and derived values are both kept. */
export interface Assessment {
  readonly stated: { readonly type: IncidentType; readonly severity: Severity };
  readonly derived: { readonly type: IncidentType; readonly severity: Severity };
  /** The type the response works with; `unknown` means: a person must classify. */
  readonly type: IncidentType;
  /** The higher of stated and derived. */
  readonly severity: Severity;
  /** 0 to 1: how well the evidence supports the type. */
  readonly confidence: number;
  readonly scope: ScopeOfImpact;
  /** Empty when nothing contradicts; sentences in assessments of earlier versions. */
  readonly contradictions: readonly (Conflict | Worded)[];
  /** The same, coded, in assessments of earlier versions. */
  readonly conflicts?: readonly Conflict[];
  readonly needsHuman: boolean;
  /** Which rows of the decision table spoke, for the report. */
  readonly reasons: readonly Recorded[];
}

export interface ScopeOfImpact {
  readonly hosts: number;
  readonly sources: number;
  readonly accounts: number;
  readonly services: number;
  readonly segments: number;
  readonly extent: 'single-host' | 'several-hosts' | 'segment';
}

/** A row of the decision table: an indicator speaks for a type, with a weight, and may raise the severity. */
export interface IndicatorRow {
  readonly kind: IndicatorKind;
  readonly speaksFor: Exclude<IncidentType, 'unknown'>;
  /** 1 weak … 3 decisive. */
  readonly weight: 1 | 2 | 3;
  /** The severity that the indicator alone calls for, from this count on. */
  readonly severity?: { readonly level: Severity; readonly fromCount: number };
}

export const DECISION_TABLE: readonly IndicatorRow[] = [
  {
    kind: 'login-success-after-failures',
    speaksFor: 'intrusion',
    weight: 3,
    severity: { level: 'high', fromCount: 1 },
  },
  { kind: 'failed-logins', speaksFor: 'intrusion', weight: 1, severity: { level: 'high', fromCount: 1_000 } },
  { kind: 'new-account', speaksFor: 'intrusion', weight: 2, severity: { level: 'high', fromCount: 1 } },
  { kind: 'privilege-escalation', speaksFor: 'intrusion', weight: 3, severity: { level: 'critical', fromCount: 1 } },
  { kind: 'unexpected-listener', speaksFor: 'intrusion', weight: 2 },
  { kind: 'lateral-movement', speaksFor: 'intrusion', weight: 3, severity: { level: 'critical', fromCount: 1 } },
  { kind: 'data-exfiltration', speaksFor: 'intrusion', weight: 3, severity: { level: 'critical', fromCount: 1 } },
  { kind: 'port-scan', speaksFor: 'intrusion', weight: 1 },
  { kind: 'malicious-process', speaksFor: 'malware', weight: 3, severity: { level: 'high', fromCount: 1 } },
  { kind: 'malicious-file', speaksFor: 'malware', weight: 2, severity: { level: 'high', fromCount: 10 } },
  { kind: 'persistence', speaksFor: 'malware', weight: 2 },
  { kind: 'command-and-control', speaksFor: 'malware', weight: 3, severity: { level: 'critical', fromCount: 1 } },
  { kind: 'ransom-note', speaksFor: 'malware', weight: 3, severity: { level: 'critical', fromCount: 1 } },
  { kind: 'packet-flood', speaksFor: 'ddos', weight: 3, severity: { level: 'high', fromCount: 100_000 } },
  { kind: 'request-flood', speaksFor: 'ddos', weight: 3, severity: { level: 'high', fromCount: 10_000 } },
  { kind: 'connection-exhaustion', speaksFor: 'ddos', weight: 2 },
];

/**
 * How much is touched calls for a severity too (B3): so many hosts, different accounts or services. What is named says nothing of the
 * type: an account may be the intruder's, or the one that the malware ran under.
 */
export const SCOPE_TABLE = [
  { of: 'hosts', fromCount: 2, severity: 'high' },
  { of: 'accounts', fromCount: 3, severity: 'high' },
  { of: 'services', fromCount: 3, severity: 'high' },
] as const;

const TYPES = ['intrusion', 'malware', 'ddos'] as const;
const SEGMENT_HOSTS = 5;
const DEFAULT_CONFIDENCE = 0.5;
/** Evidence of this weight against a stated type that nothing speaks for makes a person decide. */
const DECISIVE = 3;

/**
 * How often each kind was seen. A kind speaks once, with the sum of its counts: a detector that reports a scan host by host says no
 * more than one that reports it in a line.
 */
function countsByKind(indicators: readonly Indicator[]): ReadonlyMap<IndicatorKind, number> {
  const counts = new Map<IndicatorKind, number>();
  for (const { kind, count } of indicators) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return counts;
}

function scopeOf(document: IncidentDocument): ScopeOfImpact {
  const hosts = document.hosts.length;
  const extent =
    document.segments.length > 0 || hosts >= SEGMENT_HOSTS ? 'segment' : hosts > 1 ? 'several-hosts' : 'single-host';
  return {
    hosts,
    sources: document.sources.length,
    accounts: new Set(document.accounts.map(({ name }) => name)).size,
    services: new Set(document.services).size,
    segments: document.segments.length,
    extent,
  };
}

/**
 * Derives type, scope, severity and confidence from the stated values and the document (B3).
 * Pure; the table above is the whole knowledge.
 */
export function assess(
  stated: { readonly type: IncidentType; readonly severity: Severity },
  document: IncidentDocument,
): Assessment {
  const score = { intrusion: 0, malware: 0, ddos: 0 };
  const reasons: Fact[] = [];
  const scope = scopeOf(document);
  let severity: Severity = 'medium';
  const raise = (level: Severity, reason: Fact): void => {
    if (SEVERITIES.indexOf(level) < SEVERITIES.indexOf(severity)) severity = level;
    reasons.push(reason);
  };
  const seen = countsByKind(document.indicators);
  for (const row of DECISION_TABLE) {
    const count = seen.get(row.kind);
    if (count === undefined) continue;
    score[row.speaksFor] += row.weight;
    const { kind: indicator, speaksFor: type, weight } = row;
    reasons.push({ fact: 'indicator-speaks', indicator, count, type, weight });
    if (row.severity !== undefined && count >= row.severity.fromCount) {
      raise(row.severity.level, { fact: 'indicator-calls', indicator, count, severity: row.severity.level });
    }
  }
  if (scope.extent === 'segment')
    raise('critical', { fact: 'segment-touched', hosts: scope.hosts, segments: scope.segments });
  for (const { of, fromCount, severity: level } of SCOPE_TABLE) {
    const count = scope[of];
    if (count < fromCount || (of === 'hosts' && scope.extent === 'segment')) continue;
    raise(level, of === 'hosts' ? { fact: 'hosts-touched', hosts: count } : { fact: 'scope-calls', of, count });
  }

  const total = score.intrusion + score.malware + score.ddos;
  const ranked = [...TYPES].sort((a, b) => score[b] - score[a]);
  const [first = 'intrusion', second = 'malware'] = ranked;
  const tie = total > 0 && score[first] === score[second];
  const derivedType: IncidentType = total === 0 || tie ? 'unknown' : first;

  const contradictory = stated.type !== 'unknown' && score[stated.type] === 0 && score[first] >= DECISIVE;
  const type: IncidentType = contradictory ? 'unknown' : stated.type;
  const support = total === 0 || stated.type === 'unknown' ? DEFAULT_CONFIDENCE : score[stated.type] / total;
  const confidence = Math.round(100 * Math.min(document.confidence ?? 1, Math.max(support, 0.05))) / 100;
  return {
    stated,
    derived: { type: derivedType, severity },
    type,
    severity: higherSeverity(stated.severity, severity),
    confidence,
    scope,
    contradictions: conflictsOf(stated, derivedType, severity, score, { total, first, tie, second }),
    needsHuman: type === 'unknown',
    reasons,
  };
}

function conflictsOf(
  stated: { readonly type: IncidentType; readonly severity: Severity },
  derivedType: IncidentType,
  derivedSeverity: Severity,
  score: Readonly<Record<Exclude<IncidentType, 'unknown'>, number>>,
  ranking: {
    readonly total: number;
    readonly first: IncidentType;
    readonly second: IncidentType;
    readonly tie: boolean;
  },
): Conflict[] {
  const found: Conflict[] = [];
  if (ranking.tie) found.push({ fact: 'evidence-tied', types: [ranking.first, ranking.second] });
  if (stated.type !== 'unknown' && derivedType !== 'unknown' && derivedType !== stated.type) {
    const points = [score[derivedType], score[stated.type]] as const;
    found.push({ fact: 'type-contradicted', stated: stated.type, derived: derivedType, points });
  }
  if (SEVERITIES.indexOf(derivedSeverity) < SEVERITIES.indexOf(stated.severity)) {
    found.push({ fact: 'severity-contradicted', stated: stated.severity, derived: derivedSeverity });
  }
  return found;
}

/** The contradictions as facts for people. */
export function conflictFacts({ conflicts, contradictions }: Assessment): readonly Fact[] {
  return conflicts ?? contradictions.map(factOf);
}

/**
 * How many contradictions put the type in doubt (B5). Evidence that calls for a higher severity than was stated is a contradiction
 * to be shown, but no sign of a false alarm.
 */
export function doubtsOf(assessment: Assessment): number {
  const { stated, derived, contradictions } = assessment;
  const severer = SEVERITIES.indexOf(derived.severity) < SEVERITIES.indexOf(stated.severity) ? 1 : 0;
  return Math.max(0, contradictions.length - severer);
}

/** The assessment after a person has named the type: the person's word stands (B5). */
export function classified(assessment: Assessment, type: Exclude<IncidentType, 'unknown'>, by: string): Assessment {
  return {
    ...assessment,
    type,
    needsHuman: false,
    reasons: [...assessment.reasons, { fact: 'classified', type, by }],
  };
}
