import type { ErrorCode } from '../../src/domain/errors';
import { FirebreakError } from '../../src/domain/errors';
import type { MachineSeen } from '../../src/domain/machine';
import {
  ACCOUNT,
  actInput,
  ActWorld,
  BLOCK,
  failureOf,
  FORCED,
  forcedResult,
  HOST_INPUT,
  INCIDENT,
  machineId,
  PLAN_HASH,
  resultOf,
} from './support/act-world';

/** The inventory's web-1 leads to another machine than the one that the act was carried out on. */
const OTHER: Partial<MachineSeen> = { hostKey: 'SHA256:other', id: machineId('other'), journals: new Set() };
const done = resultOf(ACCOUNT, ['deploy']);

/** One account is disabled on web-1; `asked` is what the host is asked for afterwards. */
async function disabled(parts: Partial<ConstructorParameters<typeof ActWorld>[0]> = {}) {
  const asked: string[] = [];
  const say = (what: string) => () => {
    asked.push(what);
    return Promise.resolve(done);
  };
  const world = new ActWorld({
    containment: {
      perform: () => Promise.resolve(done),
      undo: say('undo'),
      verify: say('verify'),
      reassert: say('reassert'),
    },
    forced: { force: () => Promise.resolve(forcedResult('applied')), lift: say('lift'), verify: say('verify') },
    ...parts,
  });
  await world.run(world.activities.contain.performAction, actInput(ACCOUNT));
  return { world, asked, undo: () => world.run(world.activities.contain.undoAction, actInput(ACCOUNT)) };
}

describe('the machine of an act is noted', () => {
  test('with its control and its result', async () => {
    const { world } = await disabled();
    const machine = { hostKey: 'SHA256:web-1', id: machineId('web-1') };
    expect(world.controls).toMatchObject([{ machine }]);
    expect(world.rows).toMatchObject([{ result: { machine } }]);
  });

  test('by its key alone where the host cannot say its id: the act is done', async () => {
    const world = new ActWorld({ containment: { perform: () => Promise.resolve(done) } });
    world.machines.set('web-1', new FirebreakError('HOST_SCRIPT_REFUSED'));
    await world.run(world.activities.contain.performAction, actInput(ACCOUNT));
    expect(world.controls).toMatchObject([{ machine: { hostKey: 'SHA256:web-1', id: null } }]);
  });

  test('for forced isolation it is the machine of the rung that holds: here the gateway', async () => {
    const { world } = await disabled();
    await world.controlHasFailed();
    await world.run(world.activities.contain.forceIsolation, HOST_INPUT);
    expect(world.controls.at(-1)).toMatchObject({ kind: 'forced-isolation', machine: { hostKey: 'SHA256:gw-1' } });
  });
});

test('an undo that people have ordered insists already where it looks which machine it is', async () => {
  const { world, undo } = await disabled();
  expect(world.looks).toEqual([false]);
  await undo();
  expect(world.looks).toEqual([false, true]);
});

describe('an undo on another machine', () => {
  test('is a fault that names both, touches nothing there, and leaves the control in force', async () => {
    const { world, asked, undo } = await disabled();
    world.machines.set('web-1', OTHER);
    const failure = await failureOf(undo());
    expect(failure).toMatchObject({ type: 'MACHINE_CHANGED', nonRetryable: true });
    expect((failure as unknown as Error).message).toMatch(
      /web-1: recorded: key SHA256:web-1.*found: key SHA256:other/u,
    );
    expect(asked).toEqual([]);
    expect(world.active()).toEqual(['deploy']);
    expect(world.ledger().slice(-2)).toEqual(['undo intent', 'undo result MACHINE_CHANGED']);
    expect(world.rows.at(-1)).toMatchObject({ state: 'failed', errorCode: 'MACHINE_CHANGED' });
    // It is listed for the next release.
    expect(await world.run(world.activities.contain.listUndo, { incident: INCIDENT })).toMatchObject([
      { actionId: ACCOUNT.id },
    ]);
    world.machines.delete('web-1');
    await undo();
    expect(asked).toEqual(['undo']);
    expect(world.active()).toEqual([]);
  });

  test('a host that was re-keyed is recognised by its id and journal', async () => {
    const { world, asked, undo } = await disabled();
    world.machines.set('web-1', { hostKey: 'SHA256:new' });
    await undo();
    expect(asked).toEqual(['undo']);
  });

  test('a host whose list is of an earlier version is undone by its key, and by nothing else', async () => {
    const { world, asked, undo } = await disabled();
    world.machines.set('web-1', new FirebreakError('HOST_SCRIPT_REFUSED'));
    await undo();
    expect(asked).toEqual(['undo']);
    const rekeyed = await disabled();
    rekeyed.world.controls.splice(0, 1, {
      ...rekeyed.world.controls[0]!,
      machine: { hostKey: 'SHA256:before', id: null },
    });
    rekeyed.world.machines.set('web-1', new FirebreakError('HOST_SCRIPT_REFUSED'));
    expect(await failureOf(rekeyed.undo())).toMatchObject({ type: 'HOST_SCRIPT_REFUSED' });
    expect(rekeyed.asked).toEqual([]);
  });

  test.each([
    ['undone where the journal of the act is', new Set([ACCOUNT.id as string]), undefined],
    ['a fault where it is not', new Set<string>(), 'MACHINE_CHANGED'],
  ])('a control of an earlier version, without a machine, is %s', async (_case, journals, code) => {
    const { world, undo } = await disabled();
    world.controls.splice(0, 1, { ...world.controls[0]!, machine: null });
    world.machines.set('web-1', { journals });
    if (code === undefined) await undo();
    else expect(await failureOf(undo())).toMatchObject({ type: code });
  });

  test('an act that was begun and did not come to its end is looked for on the machine that it was begun on', async () => {
    const world = new ActWorld({
      containment: {
        perform: () => Promise.reject(new FirebreakError('OUTCOME_UNKNOWN')),
        undo: () => Promise.resolve(resultOf(ACCOUNT, ['deploy'], { deploy: 'missing' })),
      },
    });
    const undo = () => world.run(world.activities.contain.undoAction, actInput(ACCOUNT));
    await failureOf(world.run(world.activities.contain.performAction, actInput(ACCOUNT)));
    expect(world.controls).toEqual([]);
    world.machines.set('web-1', OTHER);
    expect(await failureOf(undo())).toMatchObject({ type: 'MACHINE_CHANGED' });
    world.machines.delete('web-1');
    await undo();
    expect(world.rows.at(-1)).toMatchObject({ state: 'undone' });
  });

  test('forced isolation is lifted only on the gateway that holds it', async () => {
    const { world, asked } = await disabled();
    await world.controlHasFailed();
    await world.run(world.activities.contain.forceIsolation, HOST_INPUT);
    const lift = () => world.run(world.activities.contain.liftForcedIsolation, HOST_INPUT);
    // The host itself may be another one: it does not hold the rung.
    world.machines.set('web-1', OTHER);
    world.machines.set('gw-1', OTHER);
    expect(await failureOf(lift())).toMatchObject({ type: 'MACHINE_CHANGED' });
    expect(asked).toEqual([]);
    world.machines.delete('gw-1');
    await lift();
    expect(asked).toEqual(['lift']);
    expect(world.controls.find(({ action }) => action === FORCED)).toMatchObject({ state: 'released' });
  });

  test('single sources are not unblocked there, and their rows stay', async () => {
    const lift = jest.fn();
    const world = new ActWorld({
      containment: { perform: () => Promise.resolve(resultOf(BLOCK, BLOCK.sources)) },
      lifter: { lift },
    });
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    world.toUnblock = BLOCK.sources.slice(0, 1);
    world.machines.set('web-1', OTHER);
    const unblocking = world.run(world.activities.contain.unblockSources, actInput(BLOCK));
    expect(await failureOf(unblocking)).toMatchObject({ type: 'MACHINE_CHANGED' });
    expect(lift).not.toHaveBeenCalled();
    expect(world.active()).toContain(BLOCK.sources[0]);
  });

  test('the watch does not look for it there and puts nothing on it, and says so', async () => {
    const { world, asked } = await disabled();
    world.machines.set('web-1', OTHER);
    const round = await world.run(world.activities.contain.watchRound, { incident: INCIDENT, planHash: PLAN_HASH });
    expect(round).toMatchObject({
      active: 1,
      drift: [],
      reasserted: 0,
      unheld: [{ actionId: ACCOUNT.id, problem: 'another-machine', fault: { code: 'MACHINE_CHANGED' } }],
    });
    expect(asked).toEqual([]);
  });
});

describe('a machine that is gone', () => {
  test('is given up by the order that says so, on record, and never as undone', async () => {
    const { world, asked, undo } = await disabled();
    world.machines.set('web-1', OTHER);
    world.gone = ['web-1'];
    expect(await undo()).toMatchObject({
      result: { verified: false, notes: ['given up by alice, because the machine or its journal is gone: web-1'] },
    });
    expect(asked).toEqual([]);
    expect(world.controls).toMatchObject([{ state: 'given-up' }]);
    expect(world.ledger().slice(-2)).toEqual(['give-up intent', 'give-up result done']);
    expect(world.rows.at(-1)).toMatchObject({ state: 'given-up', errorCode: 'MACHINE_CHANGED', detail: 'alice' });
    expect(await world.run(world.activities.contain.listUndo, { incident: INCIDENT })).toEqual([]);
  });

  test('but it is there, as the same one: then it is undone as always', async () => {
    const { world, asked, undo } = await disabled();
    world.gone = ['web-1'];
    await undo();
    expect(asked).toEqual(['undo']);
    expect(world.controls).toMatchObject([{ state: 'released' }]);
  });

  test.each<[ErrorCode, boolean]>([
    ['HOST_UNREACHABLE', true],
    ['HOST_KEY_CHANGED', true],
    ['VERIFY_FAILED', false],
    ['DRIFT', false],
  ])('%s: the word of people counts: %s', async (code, counts) => {
    const { world, undo } = await disabled();
    world.machines.set('web-1', new FirebreakError(code));
    world.gone = ['web-1'];
    if (counts) await undo();
    else expect(await failureOf(undo())).toMatchObject({ type: code });
    expect(world.controls[0]?.state === 'given-up').toBe(counts);
  });

  test('the word is about that host only', async () => {
    const { world, undo } = await disabled();
    world.machines.set('web-1', OTHER);
    world.gone = ['db-1'];
    expect(await failureOf(undo())).toMatchObject({ type: 'MACHINE_CHANGED' });
    expect(world.active()).toEqual(['deploy']);
  });
});
