import { inEnglish } from '../../src/domain/fact-words';
import { WATCH_INTERVAL_MS } from '../../src/domain/numbers';
import type { UndoItem } from '../../activities';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Progress } from '../../workflows/messages';
import { samplePlan, sampleResult } from '../support/incident-samples';
import type { Overrides } from '../support/mock-activities';
import { failure } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();

const halfDone = (order: IncidentOrder): UndoItem => ({
  actionId: `${order.incident}:block-sources:web-1`,
  kind: 'block-sources',
  host: 'web-1',
  expiresAt: '2026-11-20T04:00:00.000Z',
  doubtful: true,
});
const seen = (more: object) => ({
  active: 0,
  expired: [],
  drift: [],
  reasserted: 0,
  readings: [],
  unreachable: [],
  ...more,
});

/** Every act on web-1 fails in part, and the host must stay up: nothing is forced, and the response has no result to tell of. */
async function failed(overrides: (order: () => IncidentOrder) => Overrides): Promise<IncidentOrder> {
  const orders: IncidentOrder[] = [];
  const known = () => orders[0]!;
  const order = await world().declare(
    { hosts: ['web-1'], mode: 'block' },
    {
      decidePlan: () => samplePlan(known(), { hosts: [{ name: 'web-1', isolation: 'never' }] }),
      performAction: () => {
        throw failure('DRIFT');
      },
      ...overrides(known),
    },
  );
  orders.push(order);
  await world().start(order);
  await world().responseOf(order);
  return order;
}

const isOpen = async (order: IncidentOrder): Promise<boolean> =>
  (await world().incident(order).describe()).status.name === 'RUNNING';

describe('B5 B14 what an incident has begun is undone before it closes, whatever part of it failed', () => {
  test('it is watched, people are told with the order to give, and after a take-over its time is waited for', async () => {
    let isOver = false;
    let isUndone = false;
    const order = await failed((known) => ({
      listUndo: () => (isUndone ? [] : [halfDone(known())]),
      watchRound: () => (isUndone ? seen({}) : isOver ? seen({ expired: [halfDone(known())] }) : seen({ active: 1 })),
      undoAction: () => {
        isUndone = true;
        return { result: {}, unrecorded: [] };
      },
    }));
    await world().until('people are told', () => world().told(order).includes('manual-half-done'));
    const [notice] = world()
      .callsOf(order, 'resolveRecipients')
      .map(
        ({ input }) => input.notice as { readonly key: string; readonly facts: unknown; readonly nextAction: string },
      )
      .filter(({ key }) => key === 'manual-half-done');
    expect(notice).toMatchObject({
      facts: [{ fact: 'act-half-done', host: 'web-1', kind: 'block-sources' }, { fact: 'undo-by' }],
      nextAction: `firebreak release ${order.incident}`,
    });
    await world().give(order, 'take-over', 'carol');
    await world().pass(5 * WATCH_INTERVAL_MS);
    expect(await isOpen(order)).toBe(true);
    isOver = true;
    await world().result(order.incident);
    expect(
      world()
        .callsOf(order, 'undoAction')
        .map(({ input }) => input),
    ).toMatchObject([{ actionId: halfDone(order).actionId, authority: { grantId: 'grant-alice' } }]);
  });

  test('people who end it need not wait: their order undoes it', async () => {
    const order = await failed((known) => ({ listUndo: () => [halfDone(known())] }));
    await world().give(order, 'release', 'bob');
    await world().result(order.incident);
    expect(
      world()
        .callsOf(order, 'undoAction')
        .map(({ input }) => input.authority),
    ).toMatchObject([{ grantId: 'grant-bob-release' }]);
  });

  test('what begins only after nothing was found keeps the incident open, too, and is watched', async () => {
    let begun = false;
    let asked = 0;
    const order = await failed((known) => ({
      listUndo: () => {
        asked += 1;
        return begun ? [halfDone(known())] : [];
      },
      watchRound: () => seen({ active: begun ? 1 : 0 }),
    }));
    await world().until('it was asked for', () => asked === 1);
    begun = true;
    await world().give(order, 'take-over', 'carol');
    await world().until('it is watched', () => world().callsOf(order, 'watchRound').length > 0, '1 m');
    expect(await isOpen(order)).toBe(true);
    begun = false;
    await world().result(order.incident);
  });

  test('nobody can say while the tables are away: it waits for them, and for nobody else', async () => {
    let away = true;
    const order = await failed(() => ({
      listUndo: () => {
        if (away) throw failure('DATABASE_UNREACHABLE', '', WATCH_INTERVAL_MS);
        return [];
      },
    }));
    await world().give(order, 'take-over', 'carol');
    await world().pass(20 * WATCH_INTERVAL_MS);
    expect(await isOpen(order)).toBe(true);
    const { failures } = await world().incident(order).query<Progress>('progress');
    expect(failures.filter((failure) => inEnglish(failure).includes('watch'))).toEqual([]);
    away = false;
    await world().result(order.incident);
  });
});

describe('B2 what a worker knows and the run does not', () => {
  test('an act is on record as done and its answer was lost: the controls hold, and nobody is told to cut the host off', async () => {
    const orders: IncidentOrder[] = [];
    const order = await world().declare(
      { hosts: ['web-1'], mode: 'block' },
      {
        performAction: (input) => {
          if (input.actionId.includes(':block-sources:')) throw failure('DRIFT');
          return {
            result: sampleResult({ id: input.actionId, kind: 'heighten-monitoring', host: 'web-1' }),
            unrecorded: [],
          };
        },
        forceIsolation: () => {
          throw failure('CONTROLS_HOLD');
        },
        recallResponse: () => {
          const id = `${orders[0]!.incident}:block-sources:web-1`;
          return { results: [sampleResult({ id, kind: 'block-sources', host: 'web-1' })] };
        },
      },
    );
    orders.push(order);
    await world().start(order);
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'contained', uncontained: [] });
    expect(result.nextSteps).toEqual([{ fact: 'controls-hold', host: 'web-1' }]);
    const told = world().told(order);
    expect(told).toContain('controls-hold-web-1');
    expect(told.filter((key) => /emergency|escalation/.test(key))).toEqual([]);
  });

  test('an act is refused because people have taken over, before the run has heard of it: no host is cut off, nothing is called failed', async () => {
    let refused = 0;
    const order = await world().respond(
      { hosts: ['web-1'], mode: 'block' },
      {
        performAction: () => {
          refused += 1;
          throw failure('ENDED_BY_ORDER');
        },
      },
    );
    await world().until('the act is refused', () => refused > 0);
    await world().give(order, 'take-over', 'carol');
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'manual', failures: [] });
    expect(world().callsOf(order, 'forceIsolation')).toEqual([]);
  });
});
