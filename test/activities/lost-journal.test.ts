import type { ActContext } from '../../src/ports/containment';
import { FirebreakError } from '../../src/domain/errors';
import type { ActionResult, TargetResult } from '../../src/domain/plan';
import { targetBecause } from '../../src/domain/plan';
import { ACCOUNT, actInput, ActWorld, failureOf, INCIDENT, PLAN_HASH, resultOf } from './support/act-world';

const done = resultOf(ACCOUNT, ['deploy']);
const LOST: TargetResult = targetBecause('deploy', 'failed', ['account-journal-lost']);
const lost: ActionResult = { ...resultOf(ACCOUNT, ['deploy'], { deploy: 'failed' }), exceptions: [LOST] };

/** One account on web-1; `told` is what the host is told with each undo. */
async function disabled(perform: () => Promise<ActionResult> = () => Promise.resolve(done)) {
  const told: (boolean | undefined)[] = [];
  const asked: string[] = [];
  const say = (what: string, state: ActionResult) => () => {
    asked.push(what);
    return Promise.resolve(state);
  };
  const world = new ActWorld({
    containment: {
      perform,
      undo: (_host, _action, { inForce }: ActContext) => {
        told.push(inForce);
        return Promise.resolve(lost);
      },
      verify: say('verify', { ...done, verified: true }),
      reassert: say('reassert', done),
    },
  });
  await world.run(world.activities.contain.performAction, actInput(ACCOUNT)).catch(() => undefined);
  return { world, told, asked, undo: () => world.run(world.activities.contain.undoAction, actInput(ACCOUNT)) };
}

describe('B5 the host has lost its journal of an act that is in force there', () => {
  test('it is told that the act is in force; its answer is a failure with a code of its own, on record', async () => {
    const { world, told, undo } = await disabled();
    const failure = await failureOf(undo());
    expect(failure).toMatchObject({ type: 'JOURNAL_LOST', nonRetryable: true });
    expect((failure as unknown as Error).message).toContain('look at lock, end, groups');
    expect(world.ledger().slice(-2)).toEqual(['undo intent', 'undo result JOURNAL_LOST']);
    expect(world.rows.at(-1)).toMatchObject({ state: 'failed', errorCode: 'JOURNAL_LOST' });
    // The rows have ended; who asks again is told the same.
    expect(world.active()).toEqual([]);
    expect(await failureOf(undo())).toMatchObject({ type: 'JOURNAL_LOST' });
    expect(told).toEqual([true, true]);
  });

  test('it is told so too when only the ledger knows that the act came to its end', async () => {
    const { world, told, undo } = await disabled();
    world.controls.splice(0);
    await failureOf(undo());
    expect(told).toEqual([true]);
  });

  test('and not of an act of which nobody knows whether it was done', async () => {
    const { told, undo } = await disabled(() => Promise.reject(new FirebreakError('OUTCOME_UNKNOWN')));
    await failureOf(undo());
    expect(told).toEqual([false]);
  });

  test('people may give it up', async () => {
    const { world, undo } = await disabled();
    world.gone = ['web-1'];
    expect(await undo()).toMatchObject({ result: { verified: false } });
    expect(world.rows.at(-1)).toMatchObject({ state: 'given-up', errorCode: 'JOURNAL_LOST', detail: 'alice' });
  });

  test('the watch says so before the release, and looks after the account all the same', async () => {
    const { world, asked } = await disabled();
    world.machines.set('web-1', { journals: new Set() });
    const round = await world.run(world.activities.contain.watchRound, { incident: INCIDENT, planHash: PLAN_HASH });
    expect(round).toMatchObject({
      active: 1,
      unheld: [{ actionId: ACCOUNT.id, problem: 'journal-lost', fault: { code: 'JOURNAL_LOST' } }],
    });
    expect(asked).toEqual(['verify']);
  });

  test('what stands on the host is not taken for what was before: the watch puts back no monitoring', async () => {
    const { world, asked } = await disabled();
    world.controls.splice(0, 1, { ...world.controls[0]!, kind: 'heighten-monitoring' });
    world.machines.set('web-1', { journals: new Set() });
    const round = await world.run(world.activities.contain.watchRound, { incident: INCIDENT, planHash: PLAN_HASH });
    expect(round).toMatchObject({ reasserted: 0, unheld: [{ problem: 'journal-lost' }] });
    expect(asked).toEqual([]);
  });
});
