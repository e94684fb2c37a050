import type { ProgressNote } from '../../activities';
import { inEnglish } from '../../src/domain/fact-words';
import type { IncidentOrder } from '../../src/domain/incident';
import { samplePlan } from '../support/incident-samples';
import type { Overrides } from '../support/mock-activities';
import { failure, hanging } from '../support/mock-activities';
import { useWorld } from '../support/use-world';
import type { Progress, UnblockReply } from '../../workflows/messages';
import { workflowIds } from '../../workflows/messages';

const world = useWorld();
const TARGETS = ['192.0.2.7', '2001:db8::7'];

/** An incident in mode block whose response is over and whose controls are watched. */
async function watched(overrides: Overrides = {}, changes: Partial<IncidentOrder> = {}): Promise<IncidentOrder> {
  const order = await world().respond({ mode: 'block', ...changes }, overrides);
  await world().responseOf(order);
  await world().until('the watch has begun', () => world().exists(workflowIds.watch(order.incident)));
  return order;
}

const unblock = (order: IncidentOrder, more: object = {}, by = 'bob'): Promise<UnblockReply> =>
  world().give(order, 'unblock', by, { targets: TARGETS, hosts: [], ...more }) as Promise<UnblockReply>;
const refusedWith = (type: string) => ({ cause: { type } });
const recorded = (order: IncidentOrder): readonly string[] =>
  world()
    .callsOf(order, 'recordProgress')
    .flatMap((call) => call.input.notes as readonly ProgressNote[])
    .flatMap((note) => (note.entry?.fact === undefined ? [] : inEnglish(note.entry.fact)));

const undone = (order: IncidentOrder): readonly unknown[] =>
  world()
    .callsOf(order, 'undoAction')
    .map(({ input }) => input.actionId);

test('B5 while a response is under way its acts could put the address back: refused until it is over', async () => {
  const order = await world().declare(
    { mode: 'block', hosts: ['web-1'] },
    {
      decidePlan: () => {
        const plan = samplePlan(order);
        return { ...plan, steps: plan.steps.map((step) => ({ ...step, approval: 'required' as const })) };
      },
    },
  );
  await world().start(order);
  await world().until('approval is asked for', () => world().told(order).includes('approval-needed'));
  await expect(unblock(order)).rejects.toMatchObject(refusedWith('WRONG_STATE'));
  await expect(unblock(order)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('is over') as unknown },
  });
  await world().responseOf(order);
  expect(world().callsOf(order, 'unblockSources')).toEqual([]);
});

test('B5 afterwards every host lets the addresses go, in the name of who signed; the incident and its watch go on', async () => {
  const order = await watched();
  const reply = await unblock(order);
  const done = { unblocked: 1, notInForce: 0, notInForceTargets: [], notes: [], fault: null };
  expect(reply).toEqual({
    incident: order.incident,
    done: 'unblock',
    hosts: ['web-1', 'db-1'].map((host) => ({ host, ...done })),
  });
  const asked = world()
    .callsOf(order, 'unblockSources')
    .map(({ input }) => input);
  const byHost = asked.sort((a, b) => (String(a.actionId) < String(b.actionId) ? -1 : 1));
  expect(byHost).toMatchObject(
    ['db-1', 'web-1'].map((host) => ({
      actionId: `${order.incident}:block-sources:${host}`,
      operator: 'bob',
      planHash: samplePlan(order).planHash,
      authority: { grantId: 'grant-bob-unblock', use: expect.stringContaining('unblock:') as unknown },
    })),
  );
  expect(world().callsOf(order, 'authorise').at(-1)?.input).toMatchObject({
    expected: { action: 'unblock', incident: order.incident, targets: TARGETS, hosts: [], reason: 'by the test' },
  });
  await world().until('it is on record', () => recorded(order).includes('db-1: 1 addresses unblocked'));
  expect(recorded(order)).toEqual(
    expect.arrayContaining(['unblock by bob: “by the test”', 'web-1: 1 addresses unblocked']),
  );
  expect(
    world()
      .told(order)
      .filter((key) => key.startsWith('manual')),
  ).toEqual([]);
  expect(world().callsOf(order, 'undoAction')).toEqual([]);
  const rounds = world().callsOf(order, 'watchRound').length;
  await world().pass('3 m');
  expect(world().callsOf(order, 'watchRound').length).toBeGreaterThan(rounds);
});

test('B5 only the hosts that were named are asked; one that blocks none of them says nothing', async () => {
  const one = await watched();
  expect((await unblock(one, { hosts: ['db-1'] })).hosts.map(({ host }) => host)).toEqual(['db-1']);
  expect(world().callsOf(one, 'unblockSources')).toHaveLength(1);
  const other = await watched({
    unblockSources: (input) =>
      input.actionId.endsWith(':web-1')
        ? null
        : { unblocked: 0, notInForce: 2, notInForceTargets: TARGETS, notes: [], unrecorded: [] },
  });
  expect((await unblock(other)).hosts).toMatchObject([{ host: 'db-1', notInForce: 2, notInForceTargets: TARGETS }]);
});

test('B5 a host that fails is told, with the order to give again; a release still undoes the rest of it', async () => {
  let broken = true;
  const order = await watched({
    unblockSources: (input) => {
      if (broken && input.actionId.endsWith(':web-1')) throw failure('HOST_KEY_CHANGED');
      return { unblocked: 2, notInForce: 0, notInForceTargets: [], notes: [], unrecorded: [] };
    },
    // Nothing else is listed: its rows are released.
    listUndo: () => [],
  });
  const reply = await unblock(order);
  expect(reply.hosts).toMatchObject([
    { host: 'web-1', unblocked: 0, fault: { code: 'HOST_KEY_CHANGED' } },
    { host: 'db-1', unblocked: 2, fault: null },
  ]);
  const key = 'manual-unblock-grant-bob-unblock';
  await world().until('people are told', () => world().told(order).includes(key));
  const [notice] = world()
    .callsOf(order, 'resolveRecipients')
    .map((call) => call.input.notice as { readonly key: string; readonly facts: readonly unknown[] })
    .filter((told) => told.key === key);
  expect(notice?.facts).toMatchObject([
    { fact: 'not-undone', host: 'web-1', kind: 'block-sources', fault: { code: 'HOST_KEY_CHANGED' } },
    { fact: 'order-again', command: `firebreak block remove ${order.incident} ${TARGETS.join(' ')}` },
  ]);
  expect(await world().incident(order).query<Progress>('progress')).toMatchObject({ needsHuman: true });
  broken = false;
  expect((await unblock(order, {}, 'carol')).hosts).toMatchObject([{ fault: null }, { fault: null }]);
  await world().give(order, 'release', 'bob');
  await world().result(order.incident);
  expect(undone(order)).toEqual([`${order.incident}:block-sources:web-1`]);
});

test('B5 while the last addresses are being let go the incident does not close over it: a failure is told and can be ordered again', async () => {
  let asked = false;
  const order = await watched(
    {
      unblockSources: () => {
        asked = true;
        throw hanging(100_000);
      },
      // The rows are released before the host is asked.
      watchRound: () => ({
        active: asked ? 0 : 1,
        expired: [],
        drift: [],
        reasserted: 0,
        readings: [],
        unreachable: [],
      }),
    },
    { hosts: ['web-1'] },
  );
  const replied = unblock(order);
  const told = (): boolean => world().told(order).includes('manual-unblock-grant-bob-unblock');
  await world().until('people are told', told, '20 s');
  expect((await replied).hosts).toMatchObject([{ host: 'web-1', unblocked: 0, fault: { code: 'HOST_TIMEOUT' } }]);
  expect(await world().incident(order).query<Progress>('progress')).toMatchObject({ phase: 'watching' });
  await world().give(order, 'release', 'bob');
  await world().result(order.incident);
  expect(undone(order)).toEqual([`${order.incident}:block-sources:web-1`]);
});

test('B15 an order that is malformed or that nobody signed lets nothing go', async () => {
  const order = await watched({
    authorise: (input) => {
      if (input.expected.action === 'unblock') throw failure('SIGNATURE_INVALID');
      return { operator: 'alice' };
    },
  });
  for (const more of [
    { targets: [] },
    { targets: '192.0.2.7' },
    { targets: ['192.0.2.007'] },
    { targets: ['::ffff:192.0.2.7'] },
    { targets: ['192.0.2.7/24'] },
    { targets: ['192.0.2.7', '192.0.2.7'] },
    { targets: Array.from({ length: 1_001 }, (_, n) => `10.0.${n >> 8}.${n & 255}`) },
    { hosts: ['gw-1'] },
    { hosts: 'web-1' },
    { hosts: undefined },
  ])
    await expect(unblock(order, more)).rejects.toMatchObject(refusedWith('BAD_INPUT'));
  await expect(unblock(order, {}, 'mallory')).rejects.toMatchObject(refusedWith('SIGNATURE_INVALID'));
  await world().until('people are told', () => world().told(order).includes('unauthorised-unblock-1'));
  expect(world().callsOf(order, 'unblockSources')).toEqual([]);
});
