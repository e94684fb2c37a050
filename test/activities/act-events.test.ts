import { FirebreakError } from '../../src/domain/errors';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import {
  ACCOUNT,
  actInput,
  ActWorld,
  BLOCK,
  failureOf,
  forcedResult,
  HOST_INPUT,
  INCIDENT,
  resultOf,
} from './support/act-world';

const performing = (perform: () => Promise<unknown>) =>
  new ActWorld({ containment: { perform } as unknown as Partial<ActivityDeps['containment']> });
const resultIn = (world: ActWorld) => world.events.find(({ stage }) => stage === 'result');

describe('L1 the ledger tells what an act came to', () => {
  test('what was carried out is CRITICAL: where, by which means, how many targets, and what a reader must know', async () => {
    const [refused = '', ...others] = BLOCK.sources;
    const came = { ...resultOf(BLOCK, BLOCK.sources, { [refused]: 'refused' }), notes: ['one session was ended.'] };
    const world = performing(() => Promise.resolve(came));
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    expect(world.events).toMatchObject([
      { stage: 'intent', level: 'AUDIT' },
      { stage: 'result', level: 'CRITICAL' },
    ]);
    expect(resultIn(world)).toMatchObject({
      ...{ incident: INCIDENT, actor: 'alice', action: 'perform', subject: BLOCK.id, result: 'done' },
      detail: {
        ...{ kind: 'block-sources', host: 'web-1', rung: 'nftables', verified: true },
        ...{ applied: others.length, refused: 1, notes: 'one session was ended.' },
        exceptions: expect.stringContaining(`${refused} refused`) as string,
      },
    });
    expect(resultIn(world)?.detail).not.toHaveProperty('failed');
  });

  test('forced isolation and every undo tell it too', async () => {
    const world = new ActWorld({
      containment: { ...performingBlock(), undo: () => Promise.resolve(resultOf(BLOCK, BLOCK.sources)) },
      forced: { force: () => Promise.resolve(forcedResult('applied')) },
    });
    await world.controlHasFailed();
    world.events.length = 1;
    await world.run(world.activities.contain.forceIsolation, HOST_INPUT);
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    await world.run(world.activities.contain.undoAction, actInput(BLOCK));
    const told = world.events.filter(({ stage, detail }) => stage === 'result' && detail?.['kind'] !== undefined);
    expect(told.map(({ level, action, detail }) => [level, action, detail?.['kind'], detail?.['rung']])).toEqual([
      ['CRITICAL', 'perform', 'forced-isolation', 'gateway'],
      ['CRITICAL', 'perform', 'block-sources', 'nftables'],
      ['CRITICAL', 'undo', 'block-sources', 'nftables'],
    ]);
  });

  test('what failed is ERROR, with the words of the failure and what the host has all the same', async () => {
    const [missing = ''] = BLOCK.sources;
    const world = performing(() => Promise.resolve(resultOf(BLOCK, BLOCK.sources, { [missing]: 'missing' })));
    await failureOf(world.run(world.activities.contain.performAction, actInput(BLOCK)));
    expect(resultIn(world)).toMatchObject({
      ...{ level: 'ERROR', result: 'VERIFY_FAILED' },
      detail: { host: 'web-1', applied: BLOCK.sources.length - 1, missing: 1 },
    });

    const refusing = performing(() =>
      Promise.reject(new FirebreakError('SUDO_REFUSED', 'sudo: a\u0007 terminal is required')),
    );
    await failureOf(refusing.run(refusing.activities.contain.performAction, actInput(ACCOUNT)));
    expect(resultIn(refusing)).toMatchObject({ level: 'ERROR', result: 'SUDO_REFUSED' });
    expect(resultIn(refusing)?.detail?.['error']).toMatch(/sudo: a {1,2}terminal is required/);
  });

  test('a drill carries nothing out: what it would come to is told, and is not CRITICAL', async () => {
    const preview = () => Promise.resolve({ rung: 'nftables', wouldApply: 1_000, already: 0, refused: [] });
    const world = new ActWorld({ previewer: { preview } as unknown as ActivityDeps['previewer'] });
    world.order = { ...world.order, drill: true };
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    expect(resultIn(world)).toMatchObject({ level: 'AUDIT', result: 'done', detail: { applied: 1_000 } });
  });
});

function performingBlock() {
  return { perform: () => Promise.resolve(resultOf(BLOCK, BLOCK.sources)) };
}
