import { assess } from '../../../src/domain/assessment';
import type { Segment } from '../../../src/domain/host';
import { incidentId } from '../../../src/domain/ids';
import type { IncidentDocument, IncidentOrder } from '../../../src/domain/incident';
import type { ActionKind, PlannedAction, ResponsePlan } from '../../../src/domain/plan';
import type { PlanningInput } from '../../../src/domain/planning';
import { planResponse } from '../../../src/domain/planning';
import { DEFAULT_POLICY } from '../../../src/domain/policy';
import { protectedSet } from '../../../src/domain/protection';
import type { ResponseMode, Severity } from '../../../src/domain/words';
import { sampleHost } from '../../support/sample-host';

export const INCIDENT = incidentId('INC-20261120-7F3K');
export const HOSTS = [
  sampleHost('web-1', { isolation: 'approval' }),
  sampleHost('db-1'),
  sampleHost('pay-1', { isolation: 'never' }),
  sampleHost('gw-1', { role: 'gateway' }),
];
export const SEGMENT: Segment = { name: 'dmz', gateway: 'gw-1', prefixes: ['198.51.100.0/24'] };
export const DOCUMENT: IncidentDocument = {
  title: 'test',
  hosts: ['web-1', 'db-1'],
  sources: ['203.0.113.9', '203.0.113.0/24', '2001:db8:bad::1'],
  accounts: [{ name: 'deploy' }, { name: 'backup', host: 'db-1' }],
  segments: ['dmz'],
  services: [],
  indicators: [],
  logSources: [],
  references: [],
};

export const NOTHING_ELSE = { accounts: [], segments: [] };

export interface Wish {
  readonly type?: 'intrusion' | 'malware' | 'ddos' | 'unknown';
  readonly severity?: Severity;
  readonly mode?: ResponseMode;
  readonly document?: Partial<IncidentDocument>;
  readonly order?: Partial<IncidentOrder>;
  readonly input?: Partial<PlanningInput>;
}

export function input(wish: Wish = {}): PlanningInput {
  const { type = 'intrusion', severity = 'critical', mode = 'isolate' } = wish;
  const document = { ...DOCUMENT, ...wish.document };
  const order: IncidentOrder = {
    incident: INCIDENT,
    type,
    severity,
    mode,
    trigger: 'operator',
    operator: 'mori',
    drill: false,
    documentSha256: '0'.repeat(64),
    hosts: document.hosts,
    limits: {},
    declaredAt: '2026-11-20T03:00:00.000Z',
    ...wish.order,
  };
  const assessed = assess({ type, severity }, document);
  return {
    order,
    document,
    // The table decides by the assessed severity; scope must not raise it here.
    assessment: { ...assessed, severity, type },
    inventory: new Map(HOSTS.map((one) => [one.name, one])),
    segments: new Map([['dmz', SEGMENT]]),
    protectedRanges: protectedSet([{ address: '192.0.2.0/24', label: 'management' }]),
    widths: { v4: 16, v6: 32 },
    policy: DEFAULT_POLICY,
    detectorMaximum: 'isolate',
    emergency: { account: 'fb-emergency', publicKeys: ['ssh-ed25519 AAAA'], from: [] },
    ownAccounts: ['firebreak'],
    drift: [],
    ...wish.input,
  };
}
export const plan = (wish: Wish = {}): ResponsePlan => planResponse(input(wish));
export const kinds = (of: ResponsePlan, on?: string): ActionKind[] =>
  of.actions.filter((action) => on === undefined || action.host === on).map((action) => action.kind);
export const one = <K extends ActionKind>(
  of: ResponsePlan,
  kind: K,
  on: string,
): Extract<PlannedAction, { kind: K }> => {
  const found = of.actions.find((action) => action.kind === kind && action.host === on);
  if (found === undefined) throw new Error(`${kind} on ${on} is not planned`);
  return found as Extract<PlannedAction, { kind: K }>;
};
