import { onRecord } from '../../src/domain/fact';
import { actionId, incidentId } from '../../src/domain/ids';
import type { IncidentDocument, IncidentOrder } from '../../src/domain/incident';
import type { ActionResult, OutcomeCounts, PlannedAction, ResponsePlan } from '../../src/domain/plan';
import { NO_OUTCOMES, remarked } from '../../src/domain/plan';
import type { EndedControl, EndingHow, UndoRow } from '../../src/domain/ending';
import { actsNow, endingOf } from '../../src/domain/ending';
import type { ReportModel } from '../../src/domain/report';
import { wholeTimeline } from '../../src/domain/timeline';
import { assess } from '../../src/domain/assessment';
import type { IncidentRow } from '../../src/ports/repositories';
import { DECLARED, bagOf, deliveriesOf, digestOf, evidenceOf, notedOf, secondsAfter } from './report-parts';

/** How big and how troubled the incident of a model is; everything follows from these. */
export interface ReportShape {
  readonly incident?: string;
  readonly hosts?: number;
  readonly sources?: number;
  readonly accounts?: number;
  readonly artefacts?: number;
  readonly people?: number;
  readonly drill?: boolean;
  /** Length of the response. */
  readonly seconds?: number;
  /** Forced isolation, failures, unreached people, absences, a missed deadline. */
  readonly troubled?: boolean;
  readonly timeZone?: string;
  /** How the incident ended; `half-undone`: it was released, and web-2 did not answer. */
  readonly end?: EndingHow | 'half-undone';
}

const LISTENERS = ['tcp/22', 'tcp/8080'];
const EXPIRES = '2026-11-20T22:03:07.000Z';

/** A report model of the given shape; the same shape gives the same model. */
export function reportModel(shape: ReportShape = {}): ReportModel {
  const { hosts = 2, accounts = 1, artefacts = 8, people = 3, seconds = 11, troubled = false, drill = false } = shape;
  const incident = incidentId(shape.incident ?? 'INC-20261120-7F3K');
  const hostNames = Array.from({ length: hosts }, (_, index) => `web-${index + 1}`);
  const sources = addresses(shape.sources ?? 12);
  const accountNames = Array.from({ length: accounts }, (_, index) => `deploy${index + 1}`);
  const document: IncidentDocument = {
    title: 'Brute force against sshd, then a login with a stolen key',
    description:
      'fail2ban reported a burst of failed logins; minutes later the deploy account logged in from a new address.',
    detector: 'siem-1',
    detectedAt: '2026-11-21T03:01:40+09:00',
    hosts: hostNames,
    sources,
    accounts: accountNames.map((name) => ({ name })),
    segments: [],
    services: ['ssh'],
    indicators: [
      { kind: 'failed-logins', value: 'sshd', count: 4_812 },
      { kind: 'login-success-after-failures', value: 'deploy1 from 198.51.100.7', count: 1 },
    ],
    logSources: [],
    references: ['https://tickets.example.test/4711'],
  };
  const order: IncidentOrder = {
    incident,
    type: 'intrusion',
    severity: 'critical',
    mode: 'isolate',
    trigger: 'operator',
    operator: 'alice',
    reason: 'stolen key in use',
    drill,
    documentSha256: digestOf('document'),
    hosts: hostNames,
    limits: {},
    declaredAt: DECLARED,
  };
  const plan = planOf({ incident, hostNames, sources, accountNames });
  const results = plan.actions.flatMap((action, index) => resultOf(action, index, seconds, { troubled, drill }));
  const assessment = assess({ type: 'intrusion', severity: 'critical' }, document);
  const acts = drill ? [] : actsNow(incident, results, controlsOf(results, shape.end), undosOf(results, shape.end));
  const deliveries = deliveriesOf(incident, people, seconds, troubled);
  const how = shape.end === 'stood-down' ? 'stand-down' : 'release';
  const ordered = { how, by: 'mori', at: secondsAfter(1_119) } as const;
  const ending = shape.end === undefined ? undefined : endingOf(acts, shape.end === 'expired' ? undefined : ordered);
  return {
    revision: shape.end === undefined ? 1 : 2,
    auditPosition: { seq: 214, hash: digestOf('audit') },
    generatedAt: secondsAfter(seconds),
    timeZone: shape.timeZone ?? 'Asia/Tokyo',
    order,
    document,
    assessment,
    plan,
    results,
    acts,
    ...(ending === undefined ? {} : { ending }),
    deliveries,
    approvals: [
      { at: secondsAfter(0), operator: 'alice', action: 'respond', reason: 'stolen key in use' },
      { at: secondsAfter(2), operator: 'bob', action: 'approve', planHash: plan.planHash, reason: 'agreed by phone' },
    ],
    timeline: wholeTimeline({
      noted: notedOf(seconds, troubled),
      planned: plan.actions,
      results,
      acts,
      deliveries,
      drill,
    }),
    deviations: troubled ? [{ fact: 'no-emergency-access', host: 'web-2', why: 'not-configured' }] : [],
    failures: troubled
      ? [
          { fact: 'access-control-failed', host: 'web-2', fault: { code: 'HOST_TIMEOUT' } },
          { fact: 'log-collection-failed', host: 'web-2', fault: { code: 'LOGS_UNAVAILABLE' } },
        ]
      : [],
    nextSteps: [
      ...(troubled ? [{ fact: 'do-look-at-forced', host: 'web-2', rung: 'gateway', access: true } as const] : []),
      ...(shape.end === undefined
        ? [
            { fact: 'when-over', command: `firebreak release ${incident}` } as const,
            { fact: 'false-alarm', command: `firebreak stand-down ${incident}` } as const,
          ]
        : []),
    ],
    bag: bagOf(incident, artefacts, seconds),
    evidence: evidenceOf(hostNames, artefacts, troubled),
    readings: {
      before: hostNames.map((host) => ({
        host,
        at: secondsAfter(0.6),
        droppedPackets: null,
        attackerSessions: 1,
        failedLoginsPerMinute: 240,
        listeners: LISTENERS,
        unexpectedListeners: [],
        drift: 0,
        load: 0.82,
      })),
      after: hostNames.map((host) => ({
        host,
        at: secondsAfter(seconds - 1),
        droppedPackets: 18_233,
        attackerSessions: troubled && host === 'web-2' ? 2 : 0,
        failedLoginsPerMinute: 0,
        listeners: troubled && host === 'web-2' ? [...LISTENERS, 'tcp/4444'] : LISTENERS,
        unexpectedListeners: troubled && host === 'web-2' ? ['tcp/4444'] : [],
        drift: 0,
        load: 0.31,
      })),
    },
    securityState: troubled ? 'worse' : 'safe',
    outcome: shape.end === 'stood-down' ? 'stood-down' : troubled ? 'contained-by-force' : 'contained',
    abnormal: troubled ? 'manual' : 'none',
    startedAt: DECLARED,
    responseEndedAt: secondsAfter(seconds),
    endedAt: secondsAfter(shape.end === undefined ? seconds : ENDED_AFTER),
    deadlineMet: seconds <= 1_800,
    lateLedger: troubled,
  };
}

/** Seconds after the declaration at which an incident that ends is ended. */
const ENDED_AFTER = 1_124;
const UNDONE_AFTER = 1_121;

function isLeft({ host }: ActionResult, end: ReportShape['end']): boolean {
  return end === 'half-undone' && host === 'web-2';
}

/** What the tables say of them. */
function controlsOf(results: readonly ActionResult[], end: ReportShape['end']): readonly EndedControl[] {
  return results.flatMap(({ action, host, kind, counts }) =>
    Array.from({ length: counts.applied + counts.already }, (): EndedControl => {
      const control = { action, host, kind };
      if (end === undefined) return { ...control, state: 'active', endedAt: null, noticedAt: null };
      if (end === 'expired')
        return { ...control, state: 'expired', endedAt: secondsAfter(1_080), noticedAt: secondsAfter(UNDONE_AFTER) };
      return { ...control, state: 'released', endedAt: secondsAfter(1_120), noticedAt: null };
    }),
  );
}

function undosOf(results: readonly ActionResult[], end: ReportShape['end']): readonly UndoRow[] {
  if (end === undefined) return [];
  return results.map((result) => {
    const undo = { action: result.action, host: result.host, at: secondsAfter(UNDONE_AFTER) };
    return isLeft(result, end)
      ? { ...undo, done: false, readBack: false, code: 'HOST_TIMEOUT' }
      : { ...undo, done: true, readBack: true };
  });
}

/** A model with nothing in it but what the types demand: no plan, no bag, no results. */
export function emptyReportModel(): ReportModel {
  const full = { ...reportModel({ hosts: 0, sources: 0, accounts: 0, artefacts: 0, people: 0 }) };
  delete (full as { bag?: unknown }).bag;
  return {
    ...full,
    document: { ...full.document, title: 'x', indicators: [], references: [] },
    plan: { ...full.plan, actions: [], refused: [], drift: [], deviations: [], planHash: '' },
    results: [],
    acts: [],
    deliveries: [],
    approvals: [],
    timeline: [],
    nextSteps: [],
    evidence: [],
    readings: { before: [], after: [] },
    outcome: 'manual',
    abnormal: 'manual',
  };
}

/** Rows of a compound trigger's incidents, as the overview gets them. */
export function overviewRows(models: readonly ReportModel[]): readonly IncidentRow[] {
  return models.map((model) => ({
    order: model.order,
    title: model.document.title,
    phase: 'watching',
    abnormal: model.abnormal,
    outcome: model.outcome,
    assessment: model.assessment,
    planHash: model.plan.planHash,
    securityState: model.securityState,
    needsHuman: model.abnormal !== 'none',
    workflowId: model.order.incident,
    runId: null,
    responseEndedAt: model.endedAt,
    deadlineMet: model.deadlineMet,
    closedAt: null,
    ended: null,
    bag: model.bag ?? null,
    supplements: [],
    report: {
      revision: 1,
      pdf: {
        en: { path: `/reports/${model.order.incident}.r1.en.pdf`, sha256: digestOf('en'), bytes: 1 },
        ja: { path: `/reports/${model.order.incident}.r1.ja.pdf`, sha256: digestOf('ja'), bytes: 1 },
      },
      json: { path: `/reports/${model.order.incident}.r1.json`, sha256: digestOf('json'), bytes: 1 },
    },
    overview: null,
    closingSeal: null,
    acknowledgedBy: [],
    questions: [],
  }));
}

/** All different; a tenth each are IPv6 and IPv4 prefixes. */
function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [high, low] = [index >> 8, index & 255];
    if (index % 10 === 9) return `2001:db8:${high.toString(16)}:${low.toString(16)}::/64`;
    if (index % 10 === 8) return `100.${64 + high}.${low}.0/24`;
    return `198.18.${high}.${low}`;
  }).sort();
}

function planOf(parts: {
  readonly incident: ReturnType<typeof incidentId>;
  readonly hostNames: readonly string[];
  readonly sources: readonly string[];
  readonly accountNames: readonly string[];
}): ResponsePlan {
  const { incident, hostNames, sources, accountNames } = parts;
  const base = (host: string) => ({ host, approval: 'none' as const, expiresAt: EXPIRES });
  const actions = hostNames.flatMap((host): PlannedAction[] => [
    ...(sources.length === 0
      ? []
      : [
          {
            ...base(host),
            kind: 'block-sources' as const,
            id: actionId(incident, 'block-sources', host),
            direction: 'both' as const,
            sources,
            protect: ['127.0.0.0/8'],
          },
        ]),
    ...accountNames.map((account) => ({
      ...base(host),
      kind: 'disable-account' as const,
      id: actionId(incident, 'disable-account', host, account),
      account,
    })),
    {
      ...base(host),
      kind: 'isolate-host',
      id: actionId(incident, 'isolate-host', host),
      management: ['192.0.2.0/28'],
      onUnconfirmed: 'keep',
    },
    { ...base(host), kind: 'heighten-monitoring', id: actionId(incident, 'heighten-monitoring', host) },
  ]);
  return {
    incident,
    type: 'intrusion',
    severity: 'critical',
    mode: 'isolate',
    actions,
    refused: [
      {
        target: '127.0.0.1',
        reason: 'protected',
        detail: { fact: 'range-protected', range: '127.0.0.0/8', label: 'loopback' },
      },
      { target: '0.0.0.0/1', reason: 'too-wide', detail: { fact: 'range-too-wide', prefix: 1, allowed: 16 } },
    ],
    drift: [],
    deviations: [],
    planHash: digestOf('plan'),
  };
}

function countsOf(counts: Partial<OutcomeCounts>): OutcomeCounts {
  return { ...NO_OUTCOMES, ...counts };
}

function resultOf(
  action: PlannedAction,
  index: number,
  seconds: number,
  { troubled, drill }: { readonly troubled: boolean; readonly drill: boolean },
): ActionResult[] {
  const startedAt = secondsAfter(1.2 + 0.15 * index);
  const common = {
    host: action.host,
    rung: action.kind === 'disable-account' ? 'accounts' : 'nftables',
    replayed: false,
    startedAt,
    endedAt: secondsAfter(Math.min(seconds, 1.6 + 0.15 * index)),
    preImage: { path: `/var/lib/firebreak/${action.id}`, sha256: digestOf(action.id) },
  };
  const result = (counts: OutcomeCounts, more: Partial<ActionResult> = {}): ActionResult => ({
    action: action.id,
    kind: action.kind,
    counts,
    exceptions: [],
    verified: true,
    notes: [],
    ...common,
    ...more,
  });
  if (drill) {
    const applied = action.kind === 'block-sources' ? action.sources.length : 1;
    return [result(countsOf({ applied }), { verified: false })];
  }
  if (troubled && action.host === 'web-2') {
    if (action.kind === 'block-sources') {
      const failed = action.sources.length;
      return [
        result(countsOf({ failed }), {
          verified: false,
          ...remarked([{ fact: 'link-lost' }]),
          exceptions: action.sources
            .slice(0, 50)
            .map((target) => ({ target, outcome: 'failed', detail: onRecord('The host did not answer in time.') })),
        }),
      ];
    }
    if (action.kind !== 'isolate-host') return [];
    return [
      result(countsOf({ applied: 1 }), {
        action: actionId(action.id.split(':')[0] as never, 'forced-isolation', action.host),
        kind: 'forced-isolation',
        rung: 'gateway',
      }),
    ];
  }
  if (action.kind !== 'block-sources') return [result(countsOf({ applied: 1 }))];
  const already = Math.min(2, action.sources.length);
  return [
    result(
      countsOf({ applied: action.sources.length - already, already }),
      remarked([{ fact: 'flows-ended', sessions: 3, flows: 0 }]),
    ),
  ];
}
