import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActInput, Authority, HostInput } from '../../../activities';
import { createActivities } from '../../../activities';
import { sealedEvent } from '../../../activities/act-events';
import { FirebreakError } from '../../../src/domain/errors';
import { actionId, incidentId } from '../../../src/domain/ids';
import type { AuditEvent } from '../../../src/domain/ledger';
import type { Order } from '../../../src/domain/order';
import { respondOrder, respondUse } from '../../../src/domain/order';
import type { PlannedAction } from '../../../src/domain/plan';
import type { ActionResult } from '../../../src/domain/plan';
import type { Phase } from '../../../src/domain/words';
import type { ActivityDeps } from '../../../src/ports/activity-deps';
import { sampleOrder, sampleResult } from '../../support/incident-samples';
import { sealedPlan, workerSeals } from '../../support/worker-seals';
/** The acts, called for directly, as anybody can who schedules an activity on our queue from a workflow of their own (B15). */
export const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', {
  incident: incidentId('INC-20261120-7F3K'),
  hosts: ['web-1'],
});
export const { incident } = ORDER;
export const OTHER = incidentId('INC-20261120-8G4M');
export const GRANT: Authority = { grantId: 'respond', use: respondUse(incident, 'run-1') };

export const action = (kind: PlannedAction['kind'], more: object = {}): PlannedAction =>
  ({
    id: actionId(incident, kind, 'web-1'),
    kind,
    host: 'web-1',
    approval: 'none',
    expiresAt: '2026-11-20T04:00:00.000Z',
    sources: ['192.0.2.7'],
    ...more,
  }) as unknown as PlannedAction;
export interface World {
  readonly order?: typeof ORDER;
  readonly actions?: readonly PlannedAction[];
  readonly phase?: Phase;
  /** Who has written that phase; somebody who is no worker cannot seal that the incident is closed. */
  readonly phaseBy?: 'worker' | 'nobody';
  /** What workers have written of acts; as it stands the block was begun and did not end. */
  readonly events?: readonly Partial<AuditEvent>[];
  readonly results?: readonly ActionResult[];
  /** Who has written the events of acts; somebody who is no worker cannot seal them. */
  readonly eventsBy?: 'worker' | 'nobody';
  /** Grants of orders that the ledger tells of, as found good a second ago. */
  readonly orders?: readonly string[];
  /** The worker's clock. */
  readonly now?: string;
  /** Who has derived the plan: this order's worker, one of another order, somebody with a key of their own, nobody. */
  readonly planBy?: 'worker' | 'other-order' | 'stranger' | 'nobody';
  readonly isolation?: 'allowed' | 'approval' | 'never';
  /** The time of the control is over; `no-control`: the tables have none of this act. */
  readonly over?: boolean | 'no-control';
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

const FAILED: Partial<AuditEvent> = {
  action: 'perform',
  stage: 'result',
  result: 'HOST_TIMEOUT',
  subject: actionId(incident, 'block-sources', 'web-1'),
};

/** The event that `authorise` writes; somebody who forges one may name any grant. */
function orderEvent(grants: ReadonlyMap<string, { readonly use: string }>, grantId: string): Partial<AuditEvent> {
  return { key: `order:${grantId}:${grants.get(grantId)?.use ?? 'forged'}`, stage: 'event', result: 'authorised' };
}

/** A worker with its grants: `respond` by alice, `approve` by bob, `own` by alice for her own request, `release` by bob. */
export function worker(world: World = {}) {
  const order = world.order ?? ORDER;
  const approve: Order = { action: 'approve', incident, planHash: 'plan', reason: '' };
  type Found = {
    readonly order: Order;
    readonly operator: string;
    readonly use: string;
    readonly enrolledBy?: string[];
    readonly enrolledLately?: string[];
  };
  const grants = new Map<string, Found>([
    ['respond', { order: respondOrder(order), operator: 'alice', use: GRANT.use }],
    ['approve', { order: approve, operator: 'bob', use: 'approve:1' }],
    ['elsewhere', { order: { ...approve, planHash: 'another' }, operator: 'bob', use: 'approve:3' }],
    ['own', { order: approve, operator: 'alice', use: 'approve:2' }],
    ['enrolled', { order: approve, operator: 'eve', use: 'approve:4', enrolledBy: ['dave', 'alice'] }],
    ['same-day', { order: approve, operator: 'fay', use: 'approve:5', enrolledBy: ['boss'], enrolledLately: ['boss'] }],
    ['enroller', { order: approve, operator: 'boss', use: 'approve:6', enrolledBy: ['bootstrap'] }],
    ['release', { order: { action: 'release', incident, reason: '' }, operator: 'bob', use: 'release:1' }],
    ['unblock', { order: unblockOrder({}), operator: 'bob', use: 'unblock:1' }],
    ['unblock-other', { order: unblockOrder({ incident: OTHER }), operator: 'bob', use: 'unblock:2' }],
    ['unblock-db', { order: unblockOrder({ hosts: ['db-1'] }), operator: 'bob', use: 'unblock:3' }],
    ['other', { order: { action: 'release', incident: OTHER, reason: '' }, operator: 'bob', use: 'release:2' }],
    ['take-over', { order: { action: 'take-over', incident, reason: '' }, operator: 'bob', use: 'take-over:1' }],
  ]);
  const seals = workerSeals();
  const touched: string[] = [];
  const ledger: AuditEvent[] = [];
  /** What was done although the host may turn connections away. */
  const insisted: string[] = [];
  type Asked = { readonly insists?: boolean };
  const touch =
    (verb: string) => (on: { readonly name: string }, what: { readonly id: string } | string, by?: Asked) => {
      const { name } = on;
      touched.push(`${verb} ${name}`);
      if (by?.insists === true) insisted.push(`${verb} ${name}`);
      const id = typeof what === 'string' ? what : what.id;
      return Promise.resolve(sampleResult({ id, kind: 'block-sources', host: name }));
    };
  const forced =
    (verb: string) => (on: { readonly name: string }, _gateway: unknown, id: string, _rung: unknown, by: Asked) =>
      touch(verb)(on, id, by);
  const host = { name: 'web-1', isolation: world.isolation ?? 'allowed', management: [], hostKey: 'x' };
  const deps = {
    site: { hosts: new Map([host, { ...host, name: 'db-1' }].map((one) => [one.name, one])) },
    authorisation: {
      confirm: (grantId: string, use: string) => {
        const found = grants.get(grantId);
        if (found === undefined) return Promise.reject(new FirebreakError('GRANT_UNKNOWN'));
        return found.use === use
          ? Promise.resolve({
              enrolledBy: ['boss'],
              enrolledLately: [],
              signedText: 'text',
              signature: 'signature',
              ...found,
            })
          : Promise.reject(new FirebreakError('GRANT_MISMATCH'));
      },
    },
    incidents: {
      find: async () => {
        if (world.databaseAway === true) throw new FirebreakError('DATABASE_UNREACHABLE');
        const closingSeal = world.phaseBy === 'nobody' ? 'AAAA' : await seals.seal('closing', { incident }, {});
        return { order, phase: world.phase ?? 'containing', closingSeal };
      },
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
      expire: () => {
        touched.push('row expired');
        return Promise.resolve();
      },
      rungOf: () => Promise.resolve('nftables'),
      machineOf: () => Promise.resolve(undefined),
      isOver: () => Promise.resolve(world.over === 'no-control' ? undefined : world.over === true),
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
        Promise.all(
          [...(world.events ?? [FAILED]), ...(world.orders ?? []).map((grantId) => orderEvent(grants, grantId))].map(
            async (event, place) => {
              const whole = { key: `act:${place}`, at: '2026-11-20T03:00:09.000Z', ...event } as AuditEvent;
              return world.eventsBy === 'nobody' ? whole : sealedEvent({ seals }, whole);
            },
          ),
        ),
      append: (events: readonly AuditEvent[]) => {
        ledger.push(...events);
        return Promise.resolve({ seq: 1, hash: '' });
      },
    },
    turns: { withTurn: (...all: unknown[]) => (all.at(-1) as () => unknown)() },
    containment: { perform: touch('perform'), verify: touch('verify'), undo: touch('undo') },
    previewer: {
      preview: async (on: { readonly name: string }, what: { readonly id: string }) => {
        await touch('preview')(on, what);
        return { rung: 'nftables', wouldApply: 1, already: 0, refused: [] };
      },
    },
    lifter: {
      lift: (on: { readonly name: string }, what: { readonly id: string }, sources: readonly string[], by: Asked) => {
        touched.push(`unblock ${on.name} ${sources.join(' ')}`);
        if (by.insists === true) insisted.push(`unblock ${on.name}`);
        const result = sampleResult({ id: what.id, kind: 'block-sources', host: on.name });
        return Promise.resolve({ result, notInForce: [] });
      },
    },
    forced: {
      stage: (on: { readonly name: string }, id: string) => touch('stage')(on, id),
      force: forced('force'),
      lift: forced('lift'),
    },
    now: () => new Date(world.now ?? '2026-11-20T03:00:10.000Z'),
  } as unknown as ActivityDeps;
  const { contain } = createActivities(deps);
  const run = <I>(act: (input: I) => Promise<unknown>, input: I) =>
    new MockActivityEnvironment({ attempt: 1 }).run(act, input);
  return { contain, run, touched, insisted, ledger };
}
const BASE = { incident, severity: 'critical', type: 'intrusion', operator: 'alice' } as const;
export const act = (more: Partial<ActInput> = {}): ActInput => ({
  ...BASE,
  planHash: 'plan',
  actionId: actionId(incident, 'block-sources', 'web-1'),
  authority: GRANT,
  ...more,
});
export const onHost = (more: Partial<HostInput> = {}): HostInput => ({
  ...BASE,
  host: 'web-1',
  planHash: 'plan',
  authority: GRANT,
  ...more,
});
export const without = <T extends object>(input: T, what = 'authority'): T =>
  Object.fromEntries(Object.entries(input).filter(([key]) => key !== what)) as T;
export async function refusedUntouched(
  { touched, ledger }: Pick<ReturnType<typeof worker>, 'touched' | 'ledger'>,
  running: Promise<unknown>,
  code = 'NOT_AUTHORISED',
): Promise<void> {
  await expect(running).rejects.toMatchObject({ type: code, nonRetryable: true });
  expect(touched).toEqual([]);
  expect(ledger).toMatchObject([{ level: 'CRITICAL', action: 'act.refused', result: code }]);
}
