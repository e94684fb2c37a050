import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { sha256Hex } from '../../src/domain/hash';
import { incidentId } from '../../src/domain/ids';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Order } from '../../src/domain/order';
import { respondOrder, respondUse } from '../../src/domain/order';
import { DEFAULT_POLICY } from '../../src/domain/policy';
import type { ResponsePlan } from '../../src/domain/plan';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import type { IncidentPatch, StoredPlan } from '../../src/ports/repositories';
import { sampleOrder } from '../support/incident-samples';
import { workerSeals } from '../support/worker-seals';

/** H1: assessment and plan are derived from what was signed, whatever the caller and the tables say. */
const INCIDENT = incidentId('INC-20261120-7F3K');
const DOCUMENT = Buffer.from(
  JSON.stringify({
    title: 'x',
    hosts: ['web-1'],
    sources: ['203.0.113.7'],
    accounts: [{ name: 'mallory' }],
    segments: [],
    services: [],
    indicators: [],
    logSources: [],
    references: [],
  }),
);
const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', {
  incident: INCIDENT,
  hosts: ['web-1'],
  type: 'unknown',
  severity: 'medium',
  documentSha256: sha256Hex(DOCUMENT),
});

function worker(row: Partial<IncidentOrder> = {}, document = DOCUMENT, classified = false) {
  const seals = workerSeals();
  const saved: StoredPlan[] = [];
  let standing: IncidentPatch = { planHash: null, assessment: null };
  const classify: Order = { action: 'classify', incident: INCIDENT, type: 'intrusion', reason: '' };
  const grants: Readonly<Record<string, { readonly order: Order; readonly operator: string }>> = {
    respond: { order: respondOrder(ORDER), operator: 'alice' },
    classify: { order: classify, operator: 'bob' },
    elsewhere: { order: { ...classify, incident: incidentId('INC-20261120-8G4M') }, operator: 'bob' },
    release: { order: { action: 'release', incident: INCIDENT, reason: '' }, operator: 'bob' },
  };
  const host = { name: 'web-1', address: '192.0.2.10', isolation: 'allowed', management: [], segments: [] };
  const deps = {
    site: {
      hosts: new Map([['web-1', { ...host, serviceAddresses: [], role: 'host', onUnconfirmed: 'disarm' }]]),
      segments: new Map(),
      protectedAddresses: [],
      widths: { v4: 16, v6: 32 },
      policy: DEFAULT_POLICY,
      detectorMaximum: 'propose',
      ownAccounts: [],
    },
    authorisation: { confirm: (grantId: string) => Promise.resolve(grants[grantId]) },
    incidents: {
      find: () => Promise.resolve({ order: { ...ORDER, ...row }, phase: 'assessing', ...standing }),
      document: () => Promise.resolve(document),
      update: (_incident: unknown, patch: IncidentPatch) => {
        standing = { ...standing, ...(JSON.parse(JSON.stringify(patch)) as IncidentPatch) };
        return Promise.resolve();
      },
    },
    plans: {
      save: (plan: ResponsePlan, seal: string) => Promise.resolve(void saved.push({ plan, seal })),
      load: (_incident: unknown, hash: string) => Promise.resolve(saved.find(({ plan }) => plan.planHash === hash)),
    },
    seals,
    controls: { active: () => Promise.resolve([]) },
    inspector: { facts: () => Promise.resolve({ blocks: [] }) },
    ledger: { append: () => Promise.resolve(), events: () => Promise.resolve(classified ? [ON_RECORD] : []) },
    senders: [],
    now: () => new Date(),
  } as unknown as ActivityDeps;
  const { flow } = createActivities(deps);
  const authority = { grantId: 'respond', use: respondUse(INCIDENT, 'run-1') };
  const run = (name: 'assessIncident' | 'decidePlan', more: object = {}) =>
    new MockActivityEnvironment().run(flow[name], {
      incident: INCIDENT,
      authority,
      ...more,
    } as never);
  return { run, saved, seals, row: () => standing };
}

/** What `authorise` has written of the order to classify. */
const ON_RECORD = {
  key: 'order:classify:classify:1@run',
  subject: 'classify:1@run',
  stage: 'event',
  action: 'classify',
  result: 'authorised',
};
const CLASSIFICATION = { grantId: 'classify', use: 'classify:1' };
const SEVERER = { type: 'intrusion', severity: 'critical', confidence: 1, contradictions: [], needsHuman: false };

describe('H1 the plan', () => {
  test('H1 B4 the caller’s assessment is not heard: type and severity are what was signed', async () => {
    const { run, saved } = worker();
    await run('decidePlan', { assessment: SEVERER });
    expect(saved[0]?.plan).toMatchObject({ type: 'unknown', severity: 'medium' });
    expect(saved[0]?.plan.actions.map(({ kind }) => kind)).toEqual(['heighten-monitoring']);
  });

  test('H1 B3 a person’s classification counts by its order, and by no word of the caller', async () => {
    const { run, saved } = worker();
    await run('decidePlan', { classification: CLASSIFICATION, type: 'ddos' });
    expect(saved[0]?.plan).toMatchObject({ type: 'intrusion', severity: 'medium' });
    for (const grantId of ['elsewhere', 'release', 'respond']) {
      const forged = worker();
      await expect(forged.run('decidePlan', { classification: { grantId, use: 'x' } })).rejects.toMatchObject({
        type: 'NOT_AUTHORISED',
      });
      expect(forged.saved).toEqual([]);
    }
  });

  test('H1 B3 a classification on record is not left out because the caller leaves it out', async () => {
    const { run, saved } = worker({}, DOCUMENT, true);
    await run('decidePlan');
    expect(saved[0]?.plan).toMatchObject({ type: 'intrusion' });
    await run('decidePlan', { classification: { grantId: 'elsewhere', use: 'x' } });
    expect(saved).toHaveLength(1);
  });

  test('H1 it is stored with a seal over incident, hash, order and document', async () => {
    const { run, saved, seals } = worker();
    await run('decidePlan');
    const { plan, seal } = saved[0]!;
    const binding = { incident: INCIDENT, planHash: plan.planHash };
    expect(await seals.open('plan', binding, seal ?? '')).toEqual({
      grantId: 'respond',
      documentSha256: ORDER.documentSha256,
    });
    await expect(seals.open('plan', { ...binding, planHash: 'x' }, seal ?? '')).rejects.toMatchObject({
      code: 'NOT_AUTHORISED',
    });
  });

  test('H1 asked again it is the plan that stands', async () => {
    const { run, saved } = worker();
    const first = await run('decidePlan', { classification: CLASSIFICATION });
    expect(await run('decidePlan', { classification: CLASSIFICATION })).toEqual(first);
    expect(saved).toHaveLength(1);
  });

  test.each<[string, ReturnType<typeof worker>]>([
    ['a row with another severity', worker({ severity: 'critical' })],
    ['a row with another host', worker({ hosts: ['web-1', 'db-1'] })],
    ['a row in another name', worker({ operator: 'bob' })],
    ['another document', worker({}, Buffer.from('{}'))],
  ])('H1 %s is neither assessed nor planned', async (_what, { run, saved, row }) => {
    for (const name of ['assessIncident', 'decidePlan'] as const)
      await expect(run(name)).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    expect([saved, row()]).toEqual([[], { planHash: null, assessment: null }]);
  });
});
