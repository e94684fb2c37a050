import type { PlanStep, PlanSummary } from '../../activities';
import type { Assessment } from '../../src/domain/assessment';
import type { SealedBag } from '../../src/domain/evidence';
import type { IncidentId } from '../../src/domain/ids';
import { actionId, incidentId } from '../../src/domain/ids';
import type { IncidentOrder } from '../../src/domain/incident';
import type { ActionResult } from '../../src/domain/plan';
import { NO_OUTCOMES } from '../../src/domain/plan';
import type { WrittenOverview, WrittenReport } from '../../src/domain/report';
import type { SecurityReading } from '../../src/domain/security-state';
import type { ResponseMode } from '../../src/domain/words';

const LETTERS = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An incident id that no other test of this run has. */
export function freshIncident(): IncidentId {
  const letter = () => LETTERS[Math.floor(Math.random() * LETTERS.length)] ?? '2';
  return incidentId(`INC-20261120-${letter()}${letter()}${letter()}${letter()}`);
}

/** An order to isolate two hosts for a critical intrusion, changed as wanted; `declaredAt` is the world's business. */
export function sampleOrder(declaredAt: string, changes: Partial<IncidentOrder> = {}): IncidentOrder {
  return {
    incident: freshIncident(),
    type: 'intrusion',
    severity: 'critical',
    mode: 'isolate',
    trigger: 'operator',
    operator: 'alice',
    reason: 'a stolen key with a live session',
    drill: false,
    documentSha256: 'd'.repeat(64),
    hosts: ['web-1', 'db-1'],
    limits: {},
    declaredAt,
    ...changes,
  };
}

export function sampleAssessment(order: IncidentOrder, changes: Partial<Assessment> = {}): Assessment {
  return {
    stated: { type: order.type, severity: order.severity },
    derived: { type: order.type, severity: order.severity },
    type: order.type,
    severity: order.severity,
    confidence: 0.9,
    scope: { hosts: 2, sources: 1_000, accounts: 1, services: 0, segments: 0, extent: 'several-hosts' },
    contradictions: [],
    needsHuman: order.type === 'unknown',
    reasons: [
      { fact: 'indicator-speaks', indicator: 'login-success-after-failures', count: 1, type: 'intrusion', weight: 3 },
    ],
    ...changes,
  };
}

const KINDS: Readonly<Record<ResponseMode, readonly PlanStep['kind'][]>> = {
  isolate: ['emergency-access', 'block-sources', 'disable-account', 'isolate-host', 'heighten-monitoring'],
  block: ['block-sources', 'heighten-monitoring'],
  monitor: ['heighten-monitoring'],
};

/** The plan that the policy makes of the order, on each of its hosts. */
export function samplePlan(order: IncidentOrder, changes: Partial<PlanSummary> = {}): PlanSummary {
  const steps = order.hosts.flatMap((host) =>
    KINDS[order.mode].map((kind): PlanStep => ({
      id: actionId(order.incident, kind, host),
      kind,
      host,
      approval: 'none',
      targets: kind === 'block-sources' ? 1_000 : 1,
      words: `${host}: ${kind}`,
    })),
  );
  return {
    planHash: 'a'.repeat(64),
    mode: order.mode,
    steps,
    hosts: order.hosts.map((name) => ({ name, isolation: 'allowed' })),
    refused: 0,
    refusedWords: [],
    drift: 0,
    deviations: [],
    ...changes,
  };
}

export function sampleResult(
  action: { readonly id: string; readonly kind: ActionResult['kind']; readonly host: string },
  changes: Partial<ActionResult> = {},
): ActionResult {
  const at = '2026-11-20T03:00:05.000Z';
  return {
    action: action.id as ActionResult['action'],
    kind: action.kind,
    host: action.host,
    counts: { ...NO_OUTCOMES, applied: action.kind === 'block-sources' ? 1_000 : 1 },
    exceptions: [],
    verified: true,
    rung: 'nftables',
    replayed: false,
    startedAt: at,
    endedAt: at,
    notes: [],
    ...changes,
  };
}

export function sampleReading(host: string, changes: Partial<SecurityReading> = {}): SecurityReading {
  return {
    host,
    at: '2026-11-20T03:00:05.000Z',
    droppedPackets: 0,
    attackerSessions: 0,
    failedLoginsPerMinute: 2,
    listeners: ['tcp/22'],
    unexpectedListeners: [],
    drift: 0,
    load: 0.2,
    ...changes,
  };
}

export function sampleBag(incident: IncidentId): SealedBag {
  return {
    incident,
    path: `/security/forensics/${incident}`,
    checkpoint: `firebreak/${incident}\n12\nAAAA\n`,
    root: 'b'.repeat(64),
    records: 12,
    artefacts: 9,
    absences: 1,
    bytes: 123_456,
    publicKey: 'firebreak+00000000+AAAA',
    sealedAt: '2026-11-20T03:00:09.000Z',
  };
}

export function sampleReport(incident: IncidentId, revision: number): WrittenReport {
  const file = (name: string) => ({
    path: `/reports/security/${incident}/${name}`,
    sha256: 'c'.repeat(64),
    bytes: 9_999,
  });
  return { revision, pdf: { en: file('report.en.pdf'), ja: file('report.ja.pdf') }, json: file('report.json') };
}

export function sampleOverview({ incident, group, groupMembers }: IncidentOrder): WrittenOverview {
  const incidents = groupMembers?.map((member) => member.incident) ?? [incident];
  return { group: group ?? incident, incidents, pdf: sampleReport(incident, 1).pdf };
}
