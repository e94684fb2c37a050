import type { ProgressNote } from '../../activities';
import { FirebreakError } from '../../src/domain/errors';
import type { TargetOutcome } from '../../src/domain/words';
import type { ForcedIsolation } from '../../src/ports/containment';
import type { WorkerSeal } from '../../src/ports/worker-seal';
import { workerSeals } from '../support/worker-seals';
import {
  ACCOUNT,
  actInput,
  ActWorld,
  BLOCK,
  failureOf,
  FORCED,
  FORCED_UNTIL,
  forcedResult,
  HOST_INPUT,
  INCIDENT,
  resultOf,
} from './support/act-world';

const everySource = (outcome: TargetOutcome, from = 0): Readonly<Record<string, TargetOutcome>> =>
  Object.fromEntries(BLOCK.sources.slice(from).map((source) => [source, outcome]));
const blocked = (outcomes: Readonly<Record<string, TargetOutcome>> = {}) => ({
  perform: () => Promise.resolve(resultOf(BLOCK, BLOCK.sources, outcomes)),
});

describe('an act while PostgreSQL is away', () => {
  test('B11 B5 its controls are listed as soon as the tables are back, and a release undoes it', async () => {
    const world = new ActWorld({ containment: blocked() });
    const { contain, flow } = world.activities;
    world.away = true;
    const done = await world.run(contain.performAction, actInput(BLOCK));
    expect(await world.late(done.unrecorded)).toMatchObject([
      { events: [{ late: true }, { late: true }], result: { action: BLOCK.id } },
    ]);
    world.away = false;
    expect(world.active()).toEqual([]);

    await world.run(flow.recordLate, { incident: INCIDENT, records: done.unrecorded });
    expect(world.active()).toEqual(BLOCK.sources);
    expect(world.rows).toMatchObject([{ action: BLOCK.id, state: 'succeeded' }]);
    expect(world.events).toMatchObject([
      { action: 'perform', stage: 'intent', late: true },
      { action: 'perform', stage: 'result', result: 'done', late: true },
    ]);
    expect(await world.run(contain.listUndo, { incident: INCIDENT })).toMatchObject([{ actionId: BLOCK.id }]);
  });

  test('B11 what the host refused does not become a control, however much it is', async () => {
    const world = new ActWorld({ containment: blocked(everySource('refused', 900)) });
    world.away = true;
    const done = await world.run(world.activities.contain.performAction, actInput(BLOCK));
    world.away = false;
    await world.run(world.activities.flow.recordLate, { incident: INCIDENT, records: done.unrecorded });
    expect(world.active()).toEqual(BLOCK.sources.slice(0, 900));
  });

  test('B14 forced isolation is listed late with its end, a day after the declaration', async () => {
    const told: string[] = [];
    const force: ForcedIsolation['force'] = (_host, _gateway, _action, { expiresAt }) => {
      told.push(expiresAt);
      return Promise.resolve(forcedResult('applied'));
    };
    const world = new ActWorld({ forced: { force } });
    world.away = true;
    const done = await world.run(world.activities.contain.forceIsolation, HOST_INPUT);
    expect(await world.late(done.unrecorded)).toMatchObject([{ result: { kind: 'forced-isolation' } }]);
    world.away = false;
    // H10: the host is told the same end, and keeps it without us.
    expect(told).toEqual([FORCED_UNTIL]);
    await world.run(world.activities.flow.recordLate, { incident: INCIDENT, records: done.unrecorded });
    expect(world.controls).toMatchObject([
      { action: FORCED, target: 'web-1', rung: 'gateway', expiresAt: FORCED_UNTIL, state: 'active' },
    ]);
  });

  test('U1 what a drill only checked is never listed', async () => {
    const world = new ActWorld({});
    world.order = { ...world.order, drill: true };
    const checked = { events: [], result: resultOf(BLOCK, BLOCK.sources) };
    const records = [await world.seals.seal('late-record', { incident: INCIDENT }, checked)];
    await world.run(world.activities.flow.recordLate, { incident: INCIDENT, records });
    expect(world.active()).toEqual([]);
    expect(world.rows).toHaveLength(1);
  });

  test('B5 a result that is stored says that its controls are: they come first', async () => {
    const world = new ActWorld({ containment: blocked() });
    const { contain } = world.activities;
    await world.run(contain.performAction, actInput(BLOCK));
    // As if PostgreSQL had gone between the ledger and the tables, and the worker with it.
    world.controls.splice(0);
    world.rows.splice(0);
    expect(await world.run(contain.listUndo, { incident: INCIDENT })).toMatchObject([{ actionId: BLOCK.id }]);
  });
});

describe('more outcomes than history carries', () => {
  test('B11 C2 an act that failed lists what the kernel has, not what nobody looked at', async () => {
    const world = new ActWorld({ containment: blocked(everySource('missing', 100)) });
    const failure = await failureOf(world.run(world.activities.contain.performAction, actInput(BLOCK)));
    expect(failure.type).toBe('VERIFY_FAILED');
    expect(world.active()).toEqual(BLOCK.sources.slice(0, 100));
    // The failure names the first of them, the record has all, and a second try does not take the act for done.
    expect(failure.details).toMatchObject([
      { exceptions: { targets: [{ target: BLOCK.sources[100], outcome: 'missing' }, {}, {}, {}, {}], more: 895 } },
    ]);
    expect(world.rows).toMatchObject([{ state: 'failed', result: { counts: { missing: 900 } } }]);
  });

  test('C2 the tables keep every outcome, history the first 50', async () => {
    const world = new ActWorld({ containment: blocked(everySource('refused', 900)) });
    const { result } = await world.run(world.activities.contain.performAction, actInput(BLOCK));
    expect(result).toMatchObject({ counts: { applied: 900, refused: 100 } });
    expect(result.exceptions).toHaveLength(50);
    expect(world.rows[0]?.result?.exceptions).toHaveLength(100);
    expect(world.active()).toHaveLength(900);
  });

  test('B11 a list of outcomes that is not whole lists nothing', async () => {
    const cut = resultOf(BLOCK, BLOCK.sources, everySource('missing', 100));
    const world = new ActWorld({
      containment: { perform: () => Promise.resolve({ ...cut, exceptions: cut.exceptions.slice(0, 50) }) },
    });
    await failureOf(world.run(world.activities.contain.performAction, actInput(BLOCK)));
    expect(world.active()).toEqual([]);
  });
});

describe('an undo that leaves something in force', () => {
  const account = (outcome: TargetOutcome) => resultOf(ACCOUNT, ['deploy'], { deploy: outcome });

  test('C5 a host that was changed since is a failure, DRIFT, that no retry cures; it is on record as one', async () => {
    const world = new ActWorld({ containment: { undo: () => Promise.resolve(account('refused')) } });
    const failure = await failureOf(world.run(world.activities.contain.undoAction, actInput(ACCOUNT)));
    expect(failure).toMatchObject({ type: 'DRIFT', nonRetryable: true });
    expect(world.ledger()).toEqual(['undo intent', 'undo result DRIFT']);
    expect(world.rows).toMatchObject([{ state: 'failed', errorCode: 'DRIFT' }]);
    // The result of the act itself stays what it was.
    expect(world.rows[0]?.result).toBeUndefined();
  });

  test.each<[TargetOutcome]>([['failed'], ['unknown']])('B5 %s is VERIFY_FAILED', async (outcome) => {
    const world = new ActWorld({ containment: { undo: () => Promise.resolve(account(outcome)) } });
    const failure = await failureOf(world.run(world.activities.contain.undoAction, actInput(ACCOUNT)));
    expect(failure.type).toBe('VERIFY_FAILED');
    expect(world.ledger()).toEqual(['undo intent', 'undo result VERIFY_FAILED']);
  });

  test.each<[TargetOutcome]>([['applied'], ['already'], ['missing']])('B5 %s is undone', async (outcome) => {
    const world = new ActWorld({ containment: { undo: () => Promise.resolve(account(outcome)) } });
    await world.run(world.activities.contain.undoAction, actInput(ACCOUNT));
    expect(world.rows).toMatchObject([{ state: 'undone', kind: 'disable-account' }]);
  });
});

describe('B5 letting single sources go', () => {
  const [one = '', two = ''] = BLOCK.sources;
  /** A world in which all of BLOCK is in force, and what the host was asked to let go. */
  async function listed(lift: (sources: readonly string[]) => Readonly<Record<string, TargetOutcome>> = () => ({})) {
    const asked: (readonly string[])[] = [];
    const world: ActWorld = new ActWorld({
      containment: { ...blocked(), undo: () => Promise.resolve(resultOf(BLOCK, BLOCK.sources)) },
      lifter: {
        lift: (_host, action, sources) => {
          // The rows come first: the watch must not put back what is about to go (B14).
          expect(world.active()).not.toEqual(expect.arrayContaining([...sources]));
          asked.push(sources);
          const result = resultOf(action, sources, lift(sources));
          return Promise.resolve({
            result,
            notInForce: sources.filter((source) => lift(sources)[source] === 'already'),
          });
        },
      },
    });
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    world.events.splice(0);
    world.rows.splice(0);
    return { world, asked, unblock: () => world.run(world.activities.contain.unblockSources, actInput(BLOCK)) };
  }

  test('B5 exactly those that were signed for go, row first; the act stays to be released', async () => {
    const { world, asked, unblock } = await listed((sources) => ({ [sources[1] ?? '']: 'already' }));
    world.toUnblock = [one, two, '203.0.113.250'];
    expect(await unblock()).toEqual({
      unblocked: 1,
      notInForce: 1,
      notInForceTargets: [two],
      notes: [],
      unrecorded: [],
    });
    expect(asked).toEqual([[one, two]]);
    expect(world.active()).toEqual(BLOCK.sources.slice(2));
    const id = `${INCIDENT}:unblock:web-1:unblock`;
    expect(world.events).toMatchObject([
      { action: 'unblock', stage: 'intent', subject: id, actor: 'alice' },
      { action: 'unblock', stage: 'result', subject: id, result: 'done' },
    ]);
    expect(world.rows).toMatchObject([{ action: id, kind: 'block-sources', state: 'undone' }]);
    expect(await world.run(world.activities.contain.listUndo, { incident: INCIDENT })).toMatchObject([
      { actionId: BLOCK.id },
    ]);
  });

  test('B5 an act that was never listed with any of them is not touched', async () => {
    const { world, asked, unblock } = await listed();
    world.toUnblock = ['203.0.113.250'];
    expect(await unblock()).toBeNull();
    expect([asked, world.ledger()]).toEqual([[], []]);
  });

  test.each<[TargetOutcome, string]>([
    ['failed', 'VERIFY_FAILED'],
    ['refused', 'DRIFT'],
  ])('B5 C5 a source that is %s still is a failure, %s, and can be ordered again', async (outcome, code) => {
    let now = outcome;
    const { world, unblock } = await listed((sources) => ({ [sources[0] ?? '']: now }));
    world.toUnblock = [one];
    expect(await failureOf(unblock())).toMatchObject({ type: code });
    expect(world.ledger()).toEqual(['unblock intent', `unblock result ${code}`]);
    now = 'applied';
    expect(await unblock()).toMatchObject({ unblocked: 1 });
  });
});

describe('undoing forced isolation', () => {
  async function isolated(...outcomes: TargetOutcome[]) {
    const asked: (string | undefined)[] = [];
    const world = new ActWorld({
      forced: {
        force: () => Promise.resolve(forcedResult('applied')),
        lift: (_host, _gateway, _action, held) => {
          asked.push(held);
          return Promise.resolve(forcedResult(outcomes[asked.length - 1] ?? 'applied'));
        },
      },
    });
    await world.controlHasFailed();
    await world.run(world.activities.contain.forceIsolation, HOST_INPUT);
    return {
      world,
      asked,
      lift: (attempt = 1) => world.run(world.activities.contain.liftForcedIsolation, HOST_INPUT, attempt),
    };
  }

  test('B14 a lift whose end is unknown is no lift; the next attempt still knows which rung held', async () => {
    const { world, asked, lift } = await isolated('unknown', 'applied');
    expect(await failureOf(lift())).toMatchObject({ type: 'VERIFY_FAILED', nonRetryable: false });
    expect(world.rows.map((row) => row.state)).toEqual(['succeeded', 'failed']);
    await lift(2);
    expect(asked).toEqual(['gateway', 'gateway']);
    expect(world.rows.at(-1)).toMatchObject({ action: FORCED, state: 'undone', kind: 'forced-isolation' });
    expect(world.active()).toEqual([]);
  });

  test('C5 rules that somebody changed are DRIFT', async () => {
    const { lift } = await isolated('refused');
    expect(await failureOf(lift())).toMatchObject({ type: 'DRIFT', nonRetryable: true });
  });

  test('B5 a ladder on which nothing held is in doubt, and a release takes it back too', async () => {
    const world = new ActWorld({ forced: { force: () => Promise.resolve(forcedResult('failed', 'none')) } });
    const { contain } = world.activities;
    await world.controlHasFailed();
    expect((await failureOf(world.run(contain.forceIsolation, HOST_INPUT))).type).toBe('VERIFY_FAILED');
    expect(world.ledger().slice(1)).toEqual(['perform intent', 'perform result VERIFY_FAILED']);
    expect(world.rows).toMatchObject([{ state: 'failed', result: { rung: 'none' } }]);
    expect(await world.run(contain.listUndo, { incident: INCIDENT })).toMatchObject([{ actionId: FORCED }]);
  });
});

describe('an act whose confirmation over a fresh connection is refused', () => {
  test.each([
    [true, [{ actionId: ACCOUNT.id, doubtful: true }]],
    [false, []],
  ])('B5 C11 the release undoes it exactly when something was begun on the host (%s)', async (begun, listed) => {
    const world = new ActWorld({
      containment: {
        perform: (_host, _action, { onProgress }) => {
          if (begun) onProgress('disabled, looking again over a new connection');
          return Promise.reject(new FirebreakError('HOST_KEY_CHANGED'));
        },
      },
    });
    const { contain } = world.activities;
    expect((await failureOf(world.run(contain.performAction, actInput(ACCOUNT)))).type).toBe('HOST_KEY_CHANGED');
    expect(await world.run(contain.listUndo, { incident: INCIDENT })).toMatchObject(listed);
  });
});

test('an act on a host that turns connections away is tried again when the host may be asked', async () => {
  const turned = new FirebreakError('HOST_UNREACHABLE', 'web-1 turns new connections away', { retryAfterMs: 36_500 });
  const world = new ActWorld({ containment: { perform: () => Promise.reject(turned) } });
  const failure = await failureOf(world.run(world.activities.contain.performAction, actInput(ACCOUNT)));
  expect(failure).toMatchObject({ type: 'HOST_UNREACHABLE', nonRetryable: false, nextRetryDelay: 36_500 });
});

describe('the ledger', () => {
  test('L1 every act is on record, however often the same one is ordered', async () => {
    const outcomes: TargetOutcome[] = ['failed', 'applied'];
    const world = new ActWorld({
      containment: {
        undo: () => Promise.resolve(resultOf(ACCOUNT, ['deploy'], { deploy: outcomes.shift() ?? 'applied' })),
      },
    });
    const undo = () => world.run(world.activities.contain.undoAction, actInput(ACCOUNT));
    await failureOf(undo());
    await undo();
    expect(world.ledger()).toEqual(['undo intent', 'undo result VERIFY_FAILED', 'undo intent', 'undo result done']);
    expect(new Set(world.events.map((event) => event.key)).size).toBe(4);
  });

  test('L1 an act that fails while the ledger is away hands its events to the workflow', async () => {
    const world = new ActWorld({
      containment: { perform: () => Promise.reject(new FirebreakError('HOST_UNREACHABLE')) },
    });
    world.away = true;
    const failure = await failureOf(world.run(world.activities.contain.performAction, actInput(BLOCK)));
    expect(failure.type).toBe('HOST_UNREACHABLE');
    expect(await world.late(failure.details[0]?.unrecorded ?? [])).toMatchObject([
      {
        events: [
          { action: 'perform', stage: 'intent', late: true },
          { action: 'perform', stage: 'result', result: 'HOST_UNREACHABLE', late: true },
        ],
      },
    ]);
  });

  test('L1 what earlier attempts could not write goes along with the next event, once', async () => {
    let attempts = 0;
    const world = new ActWorld({
      containment: {
        perform: () => {
          attempts += 1;
          if (attempts === 1) return Promise.reject(new FirebreakError('HOST_UNREACHABLE'));
          world.away = false;
          return Promise.resolve(resultOf(BLOCK, BLOCK.sources));
        },
      },
    });
    world.away = true;
    await failureOf(world.run(world.activities.contain.performAction, actInput(BLOCK)));
    const done = await world.run(world.activities.contain.performAction, actInput(BLOCK), 2);
    const all = ['perform intent', 'perform result HOST_UNREACHABLE', 'perform intent', 'perform result done'];
    expect(world.ledger()).toEqual(all);
    await world.run(world.activities.flow.recordLate, { incident: INCIDENT, records: done.unrecorded });
    expect(world.ledger()).toEqual(all);
  });

  test('H1 L1 nobody writes an order into it by way of a note, or late', async () => {
    const world = new ActWorld({});
    const { flow } = world.activities;
    const forged = { level: 'CRITICAL', action: 'approve', subject: INCIDENT, result: 'authorised' } as const;
    const note = { key: 'x', audit: forged } as unknown as ProgressNote;
    const byNote = world.run(flow.recordProgress, { incident: INCIDENT, notes: [note] });
    expect(await failureOf(byNote)).toMatchObject({ type: 'NOT_AUTHORISED', nonRetryable: true });
    expect(world.events).toEqual([]);
  });

  test('H1 nothing is written late but what a worker has sealed for this incident, and the attempt is an alert', async () => {
    const at = '2026-11-20T03:00:05.000Z';
    const event = { key: 'x', level: 'AUDIT', actor: 'bob', action: 'approve', subject: INCIDENT, at } as const;
    const content = { events: [{ ...event, stage: 'event', result: 'authorised' }], result: forcedResult('applied') };
    const world = new ActWorld({});
    const own = (seals: WorkerSeal, incident: string) => seals.seal('late-record', { incident }, content);
    const records = [
      Buffer.from(JSON.stringify(content)).toString('base64'),
      await own(workerSeals(2), INCIDENT),
      await own(world.seals, 'INC-20261120-8G4M'),
      await world.seals.seal('plan', { incident: INCIDENT }, content),
    ];
    for (const record of records) {
      const late = world.run(world.activities.flow.recordLate, { incident: INCIDENT, records: [record] });
      // One that was slipped in does not hold up the others.
      await late;
    }
    expect(world.controls).toEqual([]);
    expect(world.rows).toEqual([]);
    expect(new Set(world.events.map(({ action }) => action))).toEqual(new Set(['act.refused']));
  });
});
