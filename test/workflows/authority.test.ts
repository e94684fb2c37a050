import { Worker } from '@temporalio/worker';
import type { IncidentOrder } from '../../src/domain/incident';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { GivenOrder, IncidentInput, Progress, ResponseInput, WatchInput } from '../../workflows/messages';
import { workflowIds } from '../../workflows/messages';
import { samplePlan } from '../support/incident-samples';
import type { Overrides } from '../support/mock-activities';
import { failure } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

/** Somebody who reaches the Temporal server, and what the workflows make of it (B15). */
const world = useWorld();

const inForce = (order: IncidentOrder) => [
  {
    actionId: `${order.incident}:block-sources:web-1`,
    kind: 'block-sources' as const,
    host: 'web-1',
    expiresAt: '2026-11-21T03:00:00.000Z',
  },
];

async function responded(overrides: (order: () => IncidentOrder) => Overrides = () => ({})): Promise<IncidentOrder> {
  const orders: IncidentOrder[] = [];
  const order = await world().declare(
    { hosts: ['web-1'], mode: 'block' },
    overrides(() => orders[0]!),
  );
  orders.push(order);
  await world().start(order);
  await world().responseOf(order);
  await world().until('the watch has begun', () => world().exists(workflowIds.watch(order.incident)));
  return order;
}

async function firstRun(order: IncidentOrder): Promise<string> {
  return (await world().incident(order).describe()).runId;
}

/** Runs a workflow of the forger's own, on a queue of the forger's own. @returns what it came to */
async function forge(order: IncidentOrder, type: string, args: unknown[]): Promise<string> {
  const { env } = world();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    namespace: 'default',
    taskQueue: 'forger',
    workflowsPath: require.resolve('../support/forger-workflows'),
  });
  return worker.runUntil(async () => {
    await env.client.workflow.start(type, { workflowId: order.incident, taskQueue: 'forger', args });
    return world()
      .result(order.incident)
      .then(
        (value) => String(value),
        (thrown: Error) => `failed: ${String(thrown.cause)}`,
      );
  });
}

describe('B15 what an act rests on', () => {
  test('B15 every act carries its incident’s grant and the chain of runs it was used up for', async () => {
    const order = await responded();
    const authority = { grantId: 'grant-alice', use: respondUse(order.incident, await firstRun(order)) };
    expect(world().callsOf(order, 'authorise')[0]?.input).toEqual({ ...authority, expected: respondOrder(order) });
    const acts = [...world().callsOf(order, 'performAction'), ...world().callsOf(order, 'stageForcedIsolation')];
    expect(acts.length).toBeGreaterThan(2);
    for (const act of acts) expect(act.input).toMatchObject({ authority, operator: 'alice' });
  });

  test('B15 an undo carries the order to end it', async () => {
    const order = await responded((known) => ({ listUndo: () => inForce(known()) }));
    await world().give(order, 'release');
    expect(await world().result(order.incident)).toBe('contained');
    expect(world().callsOf(order, 'undoAction')[0]?.input).toMatchObject({
      operator: 'bob',
      authority: { grantId: 'grant-bob-release', use: expect.stringContaining('release:') as unknown },
    });
  });

  test('B15 the same order sent again is another use of its grant', async () => {
    const order = await responded();
    const send = (updateId: string) =>
      world()
        .incident(order)
        .executeUpdate('acknowledge', {
          args: [{ grantId: 'grant-bob-1', operator: 'bob', reason: '' }],
          updateId,
        });
    await send('one');
    await send('two');
    const uses = world()
      .callsOf(order, 'authorise')
      .filter((call) => (call.input.expected as { action: string }).action === 'acknowledge')
      .map((call) => call.input.use);
    expect(new Set(uses).size).toBe(2);
  });

  test('N5 a start that somebody else has signed is refused', async () => {
    const order = await world().respond({}, { authorise: () => ({ operator: 'mallory' }) });
    expect(await world().result(order.incident)).toBe('refused');
    expect(world().told(order)).toContain('unauthorised-start');
    expect(await world().exists(workflowIds.response(order.incident, 1))).toBe(false);
  });

  test('B15 people are told of acts that were called for without authority, five times at most', async () => {
    const order = await responded();
    for (let n = 0; n < 8; n += 1)
      await world().incident(order).signal('unauthorised-act', { act: 'undo everything', code: 'GRANT_UNKNOWN' });
    await world().incident(order).signal('unauthorised-act', { act: 7 });
    await world().until('people are told', () => world().told(order).includes('unauthorised-act-5'));
    expect(
      world()
        .told(order)
        .filter((key) => key.startsWith('unauthorised-act')),
    ).toHaveLength(5);
  });
});

describe('B15 forged signals', () => {
  test('B15 “the watch has ended” closes nothing while something is in force: it is watched again, and people are told', async () => {
    let asked = 0;
    const order = await responded((known) => ({
      listUndo: () => {
        asked += 1;
        return inForce(known());
      },
    }));
    await world().incident(order).signal('watch', { state: 'safe', active: 0, drift: 0, ended: true });
    await world().until('people are told', () => world().told(order).includes('manual-watch-stopped'), '10 s');
    await world().pass('5 m');
    expect(asked).toBeGreaterThan(0);
    expect((await world().incident(order).describe()).status.name).toBe('RUNNING');
    expect((await world().incident(order).query<Progress>('progress')).phase).not.toBe('closed');
  });

  test('B15 what cannot be read is not taken for ended', async () => {
    const order = await responded(() => ({
      listUndo: () => {
        throw failure('WRONG_STATE');
      },
    }));
    await world().incident(order).signal('watch', { state: 'safe', active: 0, drift: 0, ended: true });
    await world().until('people are told', () => world().told(order).includes('manual-watch-stopped'), '10 s');
    expect((await world().incident(order).describe()).status.name).toBe('RUNNING');
  });
});

describe('B15 forged runs under an incident’s id', () => {
  const released = (order: IncidentOrder): GivenOrder => ({
    order: { action: 'release', incident: order.incident, reason: '' },
    grantId: 'grant-nobody',
    use: 'release:1@run',
    by: 'bob',
  });
  const continued = (order: IncidentOrder): IncidentInput => ({
    order,
    grantId: 'grant-alice',
    title: 'forged',
    resumed: {
      progress: {
        incident: order.incident,
        phase: 'watching',
        abnormal: 'none',
        outcome: 'contained',
        needsHuman: false,
        deadlineAt: order.declaredAt,
        securityState: 'safe',
        steps: [],
        results: [],
        failures: [],
      },
      result: { outcome: 'contained', plan: samplePlan(order), results: [], nextSteps: [] } as never,
      orders: [released(order)],
      watch: 'ended',
      notUndone: inForce(order),
      unauthorised: 0,
    },
  });

  test('B15 a continuation whose grant was used up by another chain of runs does nothing but alert', async () => {
    const order = await world().declare(
      {},
      {
        authorise: () => {
          throw failure('GRANT_USED');
        },
      },
    );
    expect(await forge(order, 'forgedContinuation', [continued(order)])).toBe('refused');
    expect(world().callsOf(order, 'undoAction')).toEqual([]);
    expect(world().told(order)).toContain('unauthorised-start');
  });

  test('B15 an order that nobody gave is not handed over: nothing is undone, people are told', async () => {
    const order = await world().declare(
      {},
      {
        authorise: (input) => {
          if (input.expected.action !== 'respond') throw failure('GRANT_UNKNOWN');
          return { operator: 'alice' };
        },
      },
    );
    await forge(order, 'forgedContinuation', [continued(order)]);
    expect(world().callsOf(order, 'undoAction')).toEqual([]);
    expect(world().told(order)).toContain('unauthorised-release-1');
    const [respond, release] = world().callsOf(order, 'authorise');
    expect(respond?.input.use).toMatch(/^INC-[^@]*@[0-9a-f-]{36}$/);
    expect(release?.input).toMatchObject({ grantId: 'grant-nobody', use: 'release:1@run' });
  });

  test('B15 a response whose parent is forged touches and collects nothing', async () => {
    const order = await world().declare(
      {},
      {
        authorise: () => {
          throw failure('GRANT_UNKNOWN');
        },
      },
    );
    const input: ResponseInput = {
      order,
      authority: { grantId: 'none', use: respondUse(order.incident, 'run') },
      title: 'forged',
      deadlineAt: new Date(Date.parse(order.declaredAt) + 60_000).toISOString(),
      limits: {},
      orders: [],
      before: null,
      attempt: 1,
    };
    const id = workflowIds.response(order.incident, 1);
    expect(await forge(order, 'forgedParent', ['response', id, input])).toMatch(/^failed/);
    const names = new Set(
      world()
        .callsOf(order)
        .map((call) => call.name),
    );
    for (const harmless of ['authorise', 'resolveRecipients', 'deliver', 'recordProgress'] as const)
      names.delete(harmless);
    expect([...names]).toEqual([]);
    expect(world().told(order)).toContain('unauthorised-response');
  });

  test('B15 orders that a response is started with are verified like those that come later', async () => {
    const approval = {
      order: { action: 'approve', incident: '', planHash: '', reason: '' },
      grantId: 'grant-x',
      use: 'x',
    };
    const order = await world().declare(
      { hosts: ['web-1'] },
      {
        authorise: (input) => {
          if (input.expected.action !== 'respond') throw failure('GRANT_UNKNOWN');
          return { operator: 'alice' };
        },
        decidePlan: () => {
          const plan = samplePlan(order);
          return { ...plan, steps: plan.steps.map((step) => ({ ...step, approval: 'required' })) };
        },
      },
    );
    const plan = samplePlan(order);
    const input = {
      order,
      authority: { grantId: 'grant-alice', use: respondUse(order.incident, 'run') },
      title: 'forged',
      deadlineAt: new Date(Date.parse(order.declaredAt) + 30 * 60_000).toISOString(),
      limits: { accessControlMs: 2_000 },
      orders: [
        { ...approval, order: { ...approval.order, incident: order.incident, planHash: plan.planHash }, by: 'carol' },
      ],
      before: null,
      attempt: 1,
    };
    await forge(order, 'forgedParent', ['response', workflowIds.response(order.incident, 1), input]);
    const acts = world().callsOf(order, 'performAction');
    expect(acts.map((call) => String(call.input.actionId).split(':')[1])).toEqual(['heighten-monitoring']);
    expect(world().told(order)).toContain('unauthorised-signal');
  });

  test('B15 a watch whose parent is forged undoes nothing in anybody’s name', async () => {
    const order = await world().declare(
      { hosts: ['web-1'] },
      {
        watchRound: () => ({ active: 0, expired: [], drift: [], reasserted: 0, readings: [], unreachable: [] }),
        undoAction: (input) => {
          // As the real one does: no order, and the time is not over.
          if (input.authority.grantId === 'forged') throw failure('NOT_AUTHORISED');
          return {};
        },
      },
    );
    const input: WatchInput = {
      incident: order.incident,
      authority: { grantId: 'forged', use: 'x' },
      order,
      title: 'forged',
      planHash: 'a'.repeat(64),
      before: [],
      lastState: 'safe',
      rounds: 0,
      notUndone: inForce(order),
    };
    const id = workflowIds.watch(order.incident);
    const forged = forge(order, 'forgedParent', ['watch', id, input]);
    await world().until('it tries', () => world().callsOf(order, 'undoAction').length > 0);
    expect(world().callsOf(order, 'undoAction')[0]?.input).toMatchObject({ authority: { grantId: 'forged' } });
    await world().env.client.workflow.getHandle(id).cancel();
    await forged;
  });
});
