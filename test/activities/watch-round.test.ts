import { FirebreakError } from '../../src/domain/errors';
import type { Host } from '../../src/domain/host';
import type { ActionResult } from '../../src/domain/plan';
import type { TargetOutcome } from '../../src/domain/words';
import { sampleReading } from '../support/incident-samples';
import type { ActContext, ForcedIsolation } from '../../src/ports/containment';
import {
  ACCOUNT,
  actInput,
  ActWorld,
  BLOCK,
  EXPIRES,
  FORCED,
  FORCED_UNTIL,
  forcedResult,
  HOST_INPUT,
  INCIDENT,
  PLAN_HASH,
  resultOf,
} from './support/act-world';

const account = (outcome: TargetOutcome): ActionResult => ({
  ...resultOf(ACCOUNT, ['deploy'], { deploy: outcome }),
  verified: outcome === 'already',
});
const forced = (outcome: TargetOutcome): ActionResult => ({
  ...forcedResult(outcome),
  verified: outcome === 'already',
});
const round = (world: ActWorld) =>
  world.run(world.activities.contain.watchRound, { incident: INCIDENT, planHash: PLAN_HASH });

type Look = (host: Host, action: unknown, context: ActContext) => Promise<ActionResult>;
interface Behaviour {
  readonly verify: Look;
  readonly perform?: Look;
  readonly reassert?: Look;
}

/** One account disabled on web-1, and what the host says in the round after. */
async function disabled(host: Behaviour): Promise<ActWorld> {
  const world = new ActWorld({
    containment: {
      perform: () => Promise.resolve(account('applied')),
      reassert: () => Promise.reject(new Error('not asked for')),
      ...host,
    },
  });
  await world.run(world.activities.contain.performAction, actInput(ACCOUNT));
  world.events.splice(0);
  world.turns.splice(0);
  return world;
}

/** The same for forced isolation, held by the gateway. */
async function isolated(host: {
  readonly verify: () => Promise<ActionResult>;
  readonly reassert?: ForcedIsolation['reassert'];
}): Promise<ActWorld> {
  const world = new ActWorld({
    containment: {
      perform: () => Promise.resolve(account('applied')),
      verify: () => Promise.reject(new FirebreakError('HOST_UNREACHABLE')),
    },
    forced: {
      force: () => Promise.resolve(forced('applied')),
      reassert: () => Promise.reject(new Error('not asked for')),
      ...host,
    },
  });
  await world.run(world.activities.contain.performAction, actInput(ACCOUNT));
  await world.controlHasFailed();
  await world.run(world.activities.contain.forceIsolation, HOST_INPUT);
  world.turns.splice(0);
  return world;
}

describe('B13 the security state of a round', () => {
  const holds = { verify: () => Promise.resolve(account('already')) };

  test.each([
    ['safe', {}],
    ['worse', { attackerSessions: 2 }],
    ['degraded', { attackerSessions: 1 }],
  ] as const)('is %s, and on record', async (state, shows) => {
    const world = await disabled(holds);
    world.before = [sampleReading('web-1', { attackerSessions: 1 })];
    world.shows = shows;
    expect(await round(world)).toMatchObject({ state });
    expect(world.securityState).toBe(state);
  });

  test('is not safe where nobody has looked before containment and the attacker is still there', async () => {
    const world = await disabled(holds);
    world.shows = { attackerSessions: 1 };
    expect(await round(world)).toMatchObject({ state: 'degraded' });
  });

  test('is not safe while a control cannot be looked at', async () => {
    const world = await disabled({ verify: () => Promise.reject(new FirebreakError('VERIFY_FAILED')) });
    expect(await round(world)).toMatchObject({ state: 'degraded' });
  });
});

describe('a round of the watch', () => {
  test('B14 what holds is only looked at', async () => {
    const world = await disabled({ verify: () => Promise.resolve(account('already')) });
    expect(await round(world)).toMatchObject({ active: 1, drift: [], reasserted: 0, unheld: [], unreachable: [] });
    expect(world.events).toEqual([]);
    expect(world.turns).toEqual([]);
  });

  test('B5 B14 an act that failed and may be in force keeps the watch going, and is undone when its time is over', async () => {
    const world = new ActWorld({
      containment: { perform: () => Promise.reject(new FirebreakError('OUTCOME_UNKNOWN')) },
    });
    const failing = world.run(world.activities.contain.performAction, actInput(BLOCK));
    await expect(failing).rejects.toMatchObject({ type: 'OUTCOME_UNKNOWN' });
    expect(await round(world)).toMatchObject({ active: 1, expired: [] });
    world.clock = Date.parse(EXPIRES);
    expect(await round(world)).toMatchObject({ active: 0, expired: [{ actionId: BLOCK.id, host: 'web-1' }] });
  });

  test('B14 the plan on record is gone by when nobody could read it back', async () => {
    const world = await disabled({ verify: () => Promise.resolve(account('already')) });
    const seen = world.run(world.activities.contain.watchRound, { incident: INCIDENT, planHash: '' });
    expect(await seen).toMatchObject({ active: 1, unheld: [] });
  });

  test('B14 B9 L1 what is lost is put back in the host’s turn and with an entry in the ledger', async () => {
    const world = await disabled({
      verify: () => Promise.resolve(account('missing')),
      reassert: () => Promise.resolve(account('applied')),
    });
    expect(await round(world)).toMatchObject({
      drift: [{ host: 'web-1', target: 'deploy', kind: 'wanted-but-missing' }],
      reasserted: 1,
      unheld: [],
    });
    expect(world.ledger()).toEqual(['reassert intent', 'reassert result done']);
    expect(world.events[0]).toMatchObject({ actor: 'firebreak', subject: ACCOUNT.id });
    expect(world.turns).toEqual(['web-1']);
  });

  test.each<[string, Behaviour['reassert'], object]>([
    [
      'fails',
      () => Promise.reject(new FirebreakError('UNSUPPORTED_HOST', 'no nft')),
      { problem: 'not-put-back', fault: { code: 'UNSUPPORTED_HOST', detail: 'no nft' } },
    ],
    ['does not hold', () => Promise.resolve(account('failed')), { problem: 'lost-again' }],
  ])('B14 a re-assert that %s is handed back, act by act', async (_, reassert, problem) => {
    const world = await disabled({ verify: () => Promise.resolve(account('missing')), ...(reassert && { reassert }) });
    const seen = await round(world);
    expect(seen).toMatchObject({ reasserted: 0, unreachable: [] });
    expect(seen.unheld).toEqual([{ actionId: ACCOUNT.id, host: 'web-1', kind: 'disable-account', ...problem }]);
  });

  test('B14 a control that cannot be looked at is no control that holds', async () => {
    const world = await disabled({ verify: () => Promise.reject(new TypeError('x is not a function')) });
    expect(await round(world)).toMatchObject({ unreachable: [], unheld: [{ actionId: ACCOUNT.id }] });
  });

  test('B14 a host that does not answer is named, and the others are looked at', async () => {
    const world = await disabled({
      verify: (host) =>
        host.name === 'web-1'
          ? Promise.reject(new FirebreakError('HOST_KEY_CHANGED'))
          : Promise.resolve(account('missing')),
      reassert: () => Promise.resolve(account('applied')),
    });
    world.order = { ...world.order, hosts: ['web-1', 'db-1'] };
    const row = world.controls[0]!;
    const machine = { hostKey: 'SHA256:db-1', id: null };
    world.controls.push({ ...row, machine, action: BLOCK.id, kind: 'block-sources', host: 'db-1' });
    expect(await round(world)).toMatchObject({ unreachable: ['web-1'], unheld: [], reasserted: 1 });
    expect(world.turns).toEqual(['db-1']);
  });

  test('B14 forced isolation is looked at and put back, also when its host does not answer', async () => {
    const told: string[] = [];
    const world = await isolated({
      verify: () => Promise.resolve(forced('missing')),
      reassert: (_host, _gateway, _action, _rung, expiresAt) => {
        told.push(expiresAt);
        return Promise.resolve(forced('applied'));
      },
    });
    // A row can be made by others: the end is that of the signed order.
    for (const row of world.controls.filter(({ action }) => action === FORCED))
      Object.assign(row, { expiresAt: '2099-01-01T00:00:00.000Z' });
    expect(await round(world)).toMatchObject({
      active: 2,
      drift: [{ host: 'web-1', target: 'web-1' }],
      reasserted: 1,
      unreachable: ['web-1'],
    });
    expect(told).toEqual([FORCED_UNTIL]);
    expect(world.events.filter(({ action }) => action === 'reassert')).toMatchObject([
      { action: 'reassert', stage: 'intent', subject: FORCED, actor: 'firebreak' },
      { action: 'reassert', stage: 'result', result: 'done' },
    ]);
  });

  test('H1 a row of forced isolation that no worker has carried out is never put in force, and is an alert', async () => {
    const forging = new ActWorld({
      forced: {
        verify: () => Promise.resolve(forced('missing')),
        reassert: () => Promise.reject(new Error('put in force by a row')),
      },
    });
    const row = {
      incident: INCIDENT,
      action: FORCED,
      host: 'web-1',
      kind: 'forced-isolation',
      target: 'web-1',
      rung: 'nftables',
      state: 'active',
      since: '2026-11-20T03:00:05.000Z',
      expiresAt: '2099-01-01T00:00:00.000Z',
      endedAt: null,
      noticedAt: null,
      machine: null,
    } as const;
    forging.controls.push(row, { ...row, host: 'db-1', action: `${INCIDENT}:forced-isolation:db-1` as typeof FORCED });
    expect(await round(forging)).toMatchObject({
      reasserted: 0,
      unheld: [{ actionId: FORCED, problem: 'not-put-back', fault: { code: 'NOT_AUTHORISED' } }],
    });
    expect(forging.events).toMatchObject([{ level: 'CRITICAL', action: 'act.refused', result: 'NOT_AUTHORISED' }]);
    expect(forging.turns).toEqual([]);
  });

  test('H1 what the mode of the order does not allow, and what nobody has approved, is not put back because a row says so', async () => {
    for (const [order, approval] of [
      ['monitor', 'none'],
      ['isolate', 'required'],
    ] as const) {
      const world = await disabled({ verify: () => Promise.resolve(account('missing')) });
      world.order = { ...world.order, mode: order };
      world.approvalOf = approval;
      expect(await round(world)).toMatchObject({ reasserted: 0, unheld: [{ fault: { code: 'NOT_AUTHORISED' } }] });
      expect(world.turns).toEqual([]);
    }
  });

  test('B14 forced isolation that cannot be read back is said, and left as it is', async () => {
    const world = await isolated({ verify: () => Promise.resolve(forced('unknown')) });
    expect(await round(world)).toMatchObject({ drift: [], reasserted: 0, unheld: [{ actionId: FORCED }] });
  });

  test('B14 a host that hangs is given up inside of the activity’s minute', async () => {
    const limits: number[] = [];
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      limits.push(ms);
      return AbortSignal.abort();
    });
    try {
      const world = await disabled({
        verify: (_host, _action, { signal }) =>
          new Promise((_resolve, reject) => {
            if (signal.aborted) reject(new FirebreakError('OUTCOME_UNKNOWN'));
          }),
      });
      expect(await round(world)).toMatchObject({ unreachable: ['web-1'], unheld: [] });
      // The machine of the act was noted before the round.
      expect(limits).toEqual([10_000, 40_000]);
    } finally {
      timeout.mockRestore();
    }
  });
});

describe('B5 B14 a source that people have let go', () => {
  const [gone = ''] = BLOCK.sources;

  /** A host that holds everything of BLOCK but `gone`, and what the watch asked of it. */
  async function without(letGo: (world: ActWorld) => void, more: Partial<Behaviour> = {}) {
    const asked: (readonly string[])[] = [];
    const look: Look = (_host, action) => {
      const { sources } = action as typeof BLOCK;
      asked.push(sources);
      const result = resultOf(BLOCK, sources, { ...everything(sources), [gone]: 'missing' });
      const there = sources.includes(gone);
      // The first look began before anybody let it go.
      if (asked.length === 1) letGo(world);
      return Promise.resolve({ ...(there ? result : resultOf(BLOCK, sources, everything(sources))), verified: !there });
    };
    const world: ActWorld = new ActWorld({
      containment: {
        perform: () => Promise.resolve(resultOf(BLOCK, BLOCK.sources)),
        verify: look,
        reassert: () => Promise.reject(new Error('not asked for')),
        ...more,
      },
    });
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    return { world, asked };
  }
  const everything = (sources: readonly string[]) =>
    Object.fromEntries(sources.map((source) => [source, 'already' as const]));
  const release = (world: ActWorld) => {
    const place = world.controls.findIndex((row) => row.target === gone);
    world.controls[place] = { ...world.controls[place]!, state: 'released', endedAt: '2026-11-20T03:10:00.000Z' };
  };

  test('B14 is neither looked for nor put back, nor called lost', async () => {
    const { world, asked } = await without(() => undefined);
    release(world);
    expect(await round(world)).toMatchObject({ active: 1, drift: [], reasserted: 0, unheld: [] });
    expect(asked).toEqual([BLOCK.sources.slice(1)]);
  });

  test('B14 nor when it is let go while the host is looked at', async () => {
    const { world, asked } = await without(release);
    expect(await round(world)).toMatchObject({ drift: [], reasserted: 0, unheld: [] });
    expect(asked).toEqual([BLOCK.sources, BLOCK.sources.slice(1)]);
  });

  test('B14 nor put on again by an act that is called for once more', async () => {
    const performed: (readonly string[])[] = [];
    const { world } = await without(() => undefined, {
      perform: (_host, action) => {
        const { sources } = action as typeof BLOCK;
        performed.push(sources);
        return Promise.resolve(resultOf(BLOCK, sources));
      },
    });
    release(world);
    await world.run(world.activities.contain.performAction, actInput(BLOCK));
    expect(performed).toEqual([BLOCK.sources, BLOCK.sources.slice(1)]);
    expect(world.active()).not.toContain(gone);
  });

  test('B14 what is lost beside it is put back without it', async () => {
    const back: (readonly string[])[] = [];
    const { world } = await without(() => undefined, {
      verify: (_host, action) => {
        const { sources } = action as typeof BLOCK;
        return Promise.resolve({ ...resultOf(BLOCK, sources, { [sources[0] ?? '']: 'missing' }), verified: false });
      },
      reassert: (_host, action) => {
        const { sources } = action as typeof BLOCK;
        back.push(sources);
        return Promise.resolve(resultOf(BLOCK, sources, everything(sources.slice(1))));
      },
    });
    release(world);
    expect(await round(world)).toMatchObject({ drift: [{ target: BLOCK.sources[1] }], reasserted: 1, unheld: [] });
    expect(back).toEqual([BLOCK.sources.slice(1)]);
  });
});
