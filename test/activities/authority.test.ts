import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActInput, Authority, HostInput } from '../../activities';
import { createActivities } from '../../activities';
import { FirebreakError } from '../../src/domain/errors';
import { actionId, incidentId } from '../../src/domain/ids';
import type { AuditEvent } from '../../src/domain/ledger';
import type { Order } from '../../src/domain/order';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { PlannedAction } from '../../src/domain/plan';
import type { ActionResult } from '../../src/domain/plan';
import type { Phase } from '../../src/domain/words';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { sampleOrder, sampleResult } from '../support/incident-samples';
import { sealedPlan, workerSeals } from '../support/worker-seals';

/** The acts, called for directly, as anybody can who schedules an activity on our queue from a workflow of their own (B15). */
const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { incident: incidentId('INC-20261120-7F3K'), hosts: ['web-1'] });
const { incident } = ORDER;
const OTHER = incidentId('INC-20261120-8G4M');
const GRANT: Authority = { grantId: 'respond', use: respondUse(incident, 'run-1') };

const action = (kind: PlannedAction['kind'], more: object = {}): PlannedAction =>
  ({
    id: actionId(incident, kind, 'web-1'),
    kind,
    host: 'web-1',
    approval: 'none',
    expiresAt: '2026-11-20T04:00:00.000Z',
    sources: ['192.0.2.7'],
    ...more,
  }) as unknown as PlannedAction;
interface World {
  readonly order?: typeof ORDER;
  readonly actions?: readonly PlannedAction[];
  readonly phase?: Phase;
  /** What workers have written of acts; as it stands the block was begun and did not end. */
  readonly events?: readonly Partial<AuditEvent>[];
  readonly results?: readonly ActionResult[];
  /** Who has derived the plan: this order's worker, one of another order, somebody with a key of their own, nobody. */
  readonly planBy?: 'worker' | 'other-order' | 'stranger' | 'nobody';
  readonly isolation?: 'allowed' | 'approval' | 'never';
  /** The time of the control is over. */
  readonly over?: boolean;
  readonly databaseAway?: boolean;
}
const unblockOrder = (more: Partial<Extract<Order, { readonly action: 'unblock' }>>): Order => ({
  action: 'unblock',
  incident,
  targets: ['192.0.2.7'],
  hosts: [],
  reason: '',
  ...more,
});

/** A worker with its grants: `respond` by alice, `approve` by bob, `own` by alice for her own request, `release` by bob. */
function worker(world: World = {}) {
  const order = world.order ?? ORDER;
  const approve: Order = { action: 'approve', incident, planHash: 'plan', reason: '' };
  type Found = {
    readonly order: Order;
    readonly operator: string;
    readonly use: string;
    readonly enrolledBy?: string[];
  };
  const grants = new Map<string, Found>([
    ['respond', { order: respondOrder(order), operator: 'alice', use: GRANT.use }],
    ['approve', { order: approve, operator: 'bob', use: 'approve:1' }],
    ['elsewhere', { order: { ...approve, planHash: 'another' }, operator: 'bob', use: 'approve:3' }],
    ['own', { order: approve, operator: 'alice', use: 'approve:2' }],
    ['enrolled', { order: approve, operator: 'eve', use: 'approve:4', enrolledBy: ['dave', 'alice'] }],
    ['release', { order: { action: 'release', incident, reason: '' }, operator: 'bob', use: 'release:1' }],
    ['unblock', { order: unblockOrder({}), operator: 'bob', use: 'unblock:1' }],
    ['unblock-other', { order: unblockOrder({ incident: OTHER }), operator: 'bob', use: 'unblock:2' }],
    ['unblock-db', { order: unblockOrder({ hosts: ['db-1'] }), operator: 'bob', use: 'unblock:3' }],
    ['other', { order: { action: 'release', incident: OTHER, reason: '' }, operator: 'bob', use: 'release:2' }],
  ]);
  const seals = workerSeals();
  const touched: string[] = [];
  const ledger: AuditEvent[] = [];
  const touch = (verb: string) => (host: { readonly name: string }, what: { readonly id: string } | string) => {
    touched.push(`${verb} ${host.name}`);
    const id = typeof what === 'string' ? what : what.id;
    return Promise.resolve(sampleResult({ id, kind: 'block-sources', host: host.name }));
  };
  const forced = (verb: string) => (host: { readonly name: string }, _gateway: unknown, id: string) =>
    touch(verb)(host, id);
  const host = { name: 'web-1', isolation: world.isolation ?? 'allowed', management: [], hostKey: 'x' };
  const deps = {
    site: { hosts: new Map([host, { ...host, name: 'db-1' }].map((one) => [one.name, one])) },
    authorisation: {
      confirm: (grantId: string, use: string) => {
        const found = grants.get(grantId);
        if (found === undefined) return Promise.reject(new FirebreakError('GRANT_UNKNOWN'));
        return found.use === use
          ? Promise.resolve({ enrolledBy: ['boss'], signedText: 'text', signature: 'signature', ...found })
          : Promise.reject(new FirebreakError('GRANT_MISMATCH'));
      },
    },
    incidents: {
      find: () =>
        world.databaseAway === true
          ? Promise.reject(new FirebreakError('DATABASE_UNREACHABLE'))
          : Promise.resolve({ order, phase: world.phase ?? 'containing' }),
    },
    plans: {
      load: async (_incident: unknown, planHash: string) => {
        const from = { incident, planHash, grantId: 'respond', documentSha256: order.documentSha256 };
        const by = world.planBy ?? 'worker';
        const stored = await sealedPlan(
          by === 'stranger' ? workerSeals(2) : seals,
          { actions: world.actions ?? [action('block-sources')] },
          by === 'other-order' ? { ...from, grantId: 'another' } : from,
        );
        return by === 'nobody' ? { ...stored, seal: null } : stored;
      },
    },
    seals,
    senders: [],
    controls: {
      activate: () => Promise.resolve(),
      release: () => {
        touched.push('row released');
        return Promise.resolve();
      },
      rungOf: () => Promise.resolve('nftables'),
      isOver: () => Promise.resolve(world.over === true),
      active: () =>
        Promise.resolve(
          ['192.0.2.7', '192.0.2.8'].map((target) => ({
            action: actionId(incident, 'block-sources', 'web-1'),
            kind: 'block-sources',
            target,
          })),
        ),
      released: () => Promise.resolve([]),
    },
    responses: { record: () => Promise.resolve(), results: () => Promise.resolve(world.results ?? []) },
    ledger: {
      events: () =>
        Promise.resolve(
          world.events ?? [
            {
              action: 'perform',
              stage: 'result',
              result: 'HOST_TIMEOUT',
              subject: actionId(incident, 'block-sources', 'web-1'),
            },
          ],
        ),
      append: (events: readonly AuditEvent[]) => {
        ledger.push(...events);
        return Promise.resolve({ seq: 1, hash: '' });
      },
    },
    turns: { withTurn: (...all: unknown[]) => (all.at(-1) as () => unknown)() },
    containment: { perform: touch('perform'), verify: touch('verify'), undo: touch('undo') },
    lifter: {
      lift: (on: { readonly name: string }, what: { readonly id: string }, sources: readonly string[]) => {
        touched.push(`unblock ${on.name} ${sources.join(' ')}`);
        const result = sampleResult({ id: what.id, kind: 'block-sources', host: on.name });
        return Promise.resolve({ result, notInForce: [] });
      },
    },
    forced: {
      stage: (on: { readonly name: string }, id: string) => touch('stage')(on, id),
      force: forced('force'),
      lift: forced('lift'),
    },
    now: () => new Date('2026-11-20T03:00:10.000Z'),
  } as unknown as ActivityDeps;
  const { contain } = createActivities(deps);
  const run = <I>(act: (input: I) => Promise<unknown>, input: I) =>
    new MockActivityEnvironment({ attempt: 1 }).run(act, input);
  return { contain, run, touched, ledger };
}
const BASE = { incident, severity: 'critical', type: 'intrusion', operator: 'alice' } as const;
const act = (more: Partial<ActInput> = {}): ActInput => ({
  ...BASE,
  planHash: 'plan',
  actionId: actionId(incident, 'block-sources', 'web-1'),
  authority: GRANT,
  ...more,
});
const onHost = (more: Partial<HostInput> = {}): HostInput => ({
  ...BASE,
  host: 'web-1',
  planHash: 'plan',
  authority: GRANT,
  ...more,
});
const without = <T extends object>(input: T, what = 'authority'): T =>
  Object.fromEntries(Object.entries(input).filter(([key]) => key !== what)) as T;
async function refusedUntouched(
  { touched, ledger }: Pick<ReturnType<typeof worker>, 'touched' | 'ledger'>,
  running: Promise<unknown>,
  code = 'NOT_AUTHORISED',
): Promise<void> {
  await expect(running).rejects.toMatchObject({ type: code, nonRetryable: true });
  expect(touched).toEqual([]);
  expect(ledger).toMatchObject([{ level: 'CRITICAL', action: 'act.refused', result: code }]);
}

describe('B15 an act called for around the incident does nothing but alert', () => {
  test('B15 without a grant, whatever the act', async () => {
    for (const call of [
      (w: ReturnType<typeof worker>) => w.run(w.contain.performAction, without(act())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.undoAction, without(act())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.forceIsolation, without(onHost())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.liftForcedIsolation, without(onHost())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.stageForcedIsolation, without(onHost())),
    ]) {
      const there = worker();
      await refusedUntouched(there, call(there));
    }
  });

  test('B15 with a grant that does not exist, or one that was used up for something else', async () => {
    for (const [authority, code] of [
      [{ grantId: 'rubbish', use: GRANT.use }, 'GRANT_UNKNOWN'],
      [{ grantId: 'respond', use: respondUse(incident, 'run-2') }, 'GRANT_MISMATCH'],
    ] as const) {
      const there = worker();
      await refusedUntouched(there, there.run(there.contain.performAction, act({ authority })), code);
      const again = worker();
      await refusedUntouched(again, again.run(again.contain.forceIsolation, onHost({ authority })), code);
    }
  });

  test('B15 an order of another kind or incident does not fit', async () => {
    const release: Authority = { grantId: 'release', use: 'release:1' };
    const calls: ((there: ReturnType<typeof worker>) => Promise<unknown>)[] = [
      (there) => there.run(there.contain.performAction, act({ authority: release, operator: 'bob' })),
      (there) => there.run(there.contain.forceIsolation, onHost({ authority: release, operator: 'bob' })),
      (there) => there.run(there.contain.undoAction, act()),
      (there) => there.run(there.contain.liftForcedIsolation, onHost()),
      (there) =>
        there.run(
          there.contain.undoAction,
          act({ authority: { grantId: 'other', use: 'release:2' }, operator: 'bob' }),
        ),
      (there) => there.run(there.contain.forceIsolation, onHost({ incident: OTHER })),
      (there) => there.run(there.contain.performAction, act({ operator: 'mallory' })),
    ];
    for (const call of calls) {
      const there = worker();
      await refusedUntouched(there, call(there));
    }
  });

  test('B15 addresses are let go by an order of this incident, of this operator, for this host, and by no other', async () => {
    const by = (grantId: string, use: string, more: Partial<ActInput> = {}) =>
      act({ authority: { grantId, use }, operator: 'bob', ...more });
    for (const input of [
      without(act()),
      act(),
      by('release', 'release:1'),
      by('unblock-other', 'unblock:2'),
      by('unblock-db', 'unblock:3'),
      by('unblock', 'unblock:1', { operator: 'mallory' }),
      by('unblock', 'unblock:1', { incident: OTHER }),
    ]) {
      const there = worker();
      await refusedUntouched(there, there.run(there.contain.unblockSources, input));
    }
    const there = worker();
    // What was signed is let go, however much more the caller names.
    const wider = { ...by('unblock', 'unblock:1'), targets: ['192.0.2.7', '192.0.2.8'], sources: ['192.0.2.8'] };
    await there.run(there.contain.unblockSources, wider);
    expect(there.touched).toEqual(['row released', 'unblock web-1 192.0.2.7']);
    const whole = worker();
    const authority = { grantId: 'unblock', use: 'unblock:1' };
    await refusedUntouched(whole, whole.run(whole.contain.undoAction, act({ authority, operator: 'bob' })));
  });

  test('B15 a host that the order does not name, and an act beyond its mode', async () => {
    const elsewhere = worker({ actions: [action('block-sources', { host: 'db-1' })] });
    await refusedUntouched(elsewhere, elsewhere.run(elsewhere.contain.performAction, act()));
    const forced = worker();
    await refusedUntouched(forced, forced.run(forced.contain.forceIsolation, onHost({ host: 'db-1' })));
    const isolate = action('isolate-host');
    const beyond = worker({ order: { ...ORDER, mode: 'block' }, actions: [isolate] });
    await refusedUntouched(beyond, beyond.run(beyond.contain.performAction, act({ actionId: isolate.id })));
    const watchOnly = worker({ order: { ...ORDER, mode: 'monitor' } });
    await refusedUntouched(watchOnly, watchOnly.run(watchOnly.contain.forceIsolation, onHost()));
  });

  test('B15 a grant from the history of an incident that is closed begins nothing any more', async () => {
    const there = worker({ phase: 'closed' });
    await refusedUntouched(there, there.run(there.contain.performAction, act()));
    const forced = worker({ phase: 'closed' });
    await refusedUntouched(forced, forced.run(forced.contain.forceIsolation, onHost()));
  });

  test('B5 a host that must stay up is not isolated, not even staged, whoever says so', async () => {
    const isolate = action('isolate-host');
    const calls: ((there: ReturnType<typeof worker>) => Promise<unknown>)[] = [
      (there) => there.run(there.contain.forceIsolation, onHost()),
      (there) => there.run(there.contain.stageForcedIsolation, onHost()),
      (there) => there.run(there.contain.performAction, act({ actionId: isolate.id })),
    ];
    for (const call of calls) {
      const there = worker({ isolation: 'never', actions: [isolate] });
      await refusedUntouched(there, call(there));
    }
  });

  test('N5 what needs approval asks for the approval of this plan, by somebody else', async () => {
    const actions = [action('block-sources', { approval: 'required' })];
    for (const approval of [
      undefined,
      { grantId: 'own', use: 'approve:2' },
      { grantId: 'enrolled', use: 'approve:4' },
      { grantId: 'elsewhere', use: 'approve:3' },
      { grantId: 'release', use: 'release:1' },
    ]) {
      const there = worker({ actions });
      const input = act(approval === undefined ? {} : { approval });
      await refusedUntouched(there, there.run(there.contain.performAction, input));
    }
    const agreed = worker({ actions, isolation: 'approval' });
    const approval = { grantId: 'approve', use: 'approve:1' };
    await refusedUntouched(agreed, agreed.run(agreed.contain.forceIsolation, onHost()));
    const elsewhere = onHost({ approval: { grantId: 'elsewhere', use: 'approve:3' } });
    const another = worker({ actions, isolation: 'approval' });
    await refusedUntouched(another, another.run(another.contain.forceIsolation, elsewhere));
    await agreed.run(agreed.contain.performAction, act({ approval }));
    await agreed.run(agreed.contain.forceIsolation, onHost({ approval }));
    expect(agreed.touched).toEqual(['perform web-1', 'force web-1']);
  });

  test('U1 an order that was signed as a drill is one, whatever the caller says', async () => {
    const there = worker({ order: { ...ORDER, drill: true } });
    await there.run(there.contain.performAction, act());
    expect(there.touched).toEqual(['verify web-1']);
    const forced = worker({ order: { ...ORDER, drill: true } });
    await refusedUntouched(forced, forced.run(forced.contain.forceIsolation, onHost()));
  });
});

describe('H1 what is planned counts only with the seal of the worker that derived it', () => {
  test.each(['other-order', 'stranger', 'nobody'] as const)(
    'H1 a plan by %s starts no act, whatever it says of approval',
    async (planBy) => {
      const access = action('emergency-access', { account: 'svc-backup', publicKeys: ['attacker'] });
      const there = worker({ planBy, actions: [access] });
      await refusedUntouched(there, there.run(there.contain.performAction, act({ actionId: access.id })));
      const forced = worker({ planBy });
      const running = forced.run(forced.contain.forceIsolation, onHost());
      await expect(running).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
      expect(forced.touched).toEqual([]);
    },
  );

  test('H1 B4 forced isolation goes beyond the mode: it needs an act that was begun on the host and has not come to its end', async () => {
    const done = sampleResult({
      id: actionId(incident, 'block-sources', 'web-1'),
      kind: 'block-sources',
      host: 'web-1',
    });
    const begun = { action: 'perform', subject: done.action, stage: 'intent', at: '2026-11-20T03:00:09.000Z' } as const;
    for (const world of [{ events: [] }, { results: [done] }, { events: [begun] }]) {
      const there = worker(world);
      await refusedUntouched(there, there.run(there.contain.forceIsolation, onHost()));
    }
    const failed = worker();
    await failed.run(failed.contain.forceIsolation, onHost());
    expect(failed.touched).toEqual(['force web-1']);
  });
});

describe('B15 an act with an order behind it', () => {
  test('is carried out; so is forced isolation of a host of the order', async () => {
    const there = worker();
    await there.run(there.contain.performAction, act());
    await there.run(there.contain.stageForcedIsolation, onHost());
    await there.run(there.contain.forceIsolation, onHost());
    expect(there.touched).toEqual(['perform web-1', 'stage web-1', 'force web-1']);
  });

  test('L1 goes on from memory while the tables are away', async () => {
    const there = worker({ databaseAway: true });
    await there.run(there.contain.performAction, act());
    expect(there.touched).toEqual(['perform web-1']);
  });

  test('B14 H1 is undone by order, or because its time is over by the sealed plan and by the tables', async () => {
    const ordered = worker();
    const by = { authority: { grantId: 'release', use: 'release:1' }, operator: 'bob' };
    await ordered.run(ordered.contain.undoAction, act(by));
    await ordered.run(ordered.contain.liftForcedIsolation, onHost(by));
    expect(ordered.touched).toEqual(['row released', 'undo web-1', 'row released', 'lift web-1']);
    const expiredAct = (): ActInput => without(act(), 'operator');
    const ended = [action('block-sources', { expiresAt: '2026-11-20T03:00:05.000Z' })];
    for (const there of [worker({ over: true }), worker({ actions: ended })])
      await refusedUntouched(there, there.run(there.contain.undoAction, expiredAct()));
    const expired = worker({ over: true, actions: ended });
    await expired.run(expired.contain.undoAction, expiredAct());
    expect(expired.touched).toEqual(['row released', 'undo web-1']);
  });
});
