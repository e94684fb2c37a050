import { MockActivityEnvironment } from '@temporalio/testing';
import type { Authority } from '../../../activities';
import { createActivities } from '../../../activities';
import { sealedEvent } from '../../../activities/act-events';
import type { LateContent } from '../../../activities/late-record';
import type { ErrorCode } from '../../../src/domain/errors';
import { FirebreakError } from '../../../src/domain/errors';
import type { Host } from '../../../src/domain/host';
import { sha256Hex } from '../../../src/domain/hash';
import type { ActionId } from '../../../src/domain/ids';
import { actionId, incidentId } from '../../../src/domain/ids';
import type { IncidentOrder } from '../../../src/domain/incident';
import type { AuditEvent } from '../../../src/domain/ledger';
import type { MachineSeen } from '../../../src/domain/machine';
import type { Order } from '../../../src/domain/order';
import type { SecurityReading } from '../../../src/domain/security-state';
import { respondOrder, respondUse } from '../../../src/domain/order';
import type { ActionResult, BlockSources, DisableAccount, TargetResult } from '../../../src/domain/plan';
import { countOutcomes } from '../../../src/domain/plan';
import type { TargetOutcome } from '../../../src/domain/words';
import type { ActivityDeps } from '../../../src/ports/activity-deps';
import type { ControlRow } from '../../../src/ports/repositories';
import { sampleOrder, sampleReading } from '../../support/incident-samples';
import { sealedPlan, workerSeals } from '../../support/worker-seals';
import { sampleHost } from '../../support/sample-host';

export const INCIDENT = incidentId('INC-20261120-7F3K');
export const PLAN_HASH = 'a'.repeat(64);
export const EXPIRES = '2026-11-20T05:00:00.000Z';
export const ORDER: IncidentOrder = sampleOrder('2026-11-20T03:00:00.000Z', { incident: INCIDENT, hosts: ['web-1'] });

const base = { host: 'web-1', approval: 'none', expiresAt: EXPIRES } as const;
export const BLOCK: BlockSources = {
  ...base,
  id: actionId(INCIDENT, 'block-sources', 'web-1'),
  kind: 'block-sources',
  direction: 'in',
  sources: Array.from({ length: 1_000 }, (_, n) => `192.0.${2 + (n >> 8)}.${n & 255}`),
  protect: [],
};
export const ACCOUNT: DisableAccount = {
  ...base,
  id: actionId(INCIDENT, 'disable-account', 'web-1'),
  kind: 'disable-account',
  account: 'deploy',
};
export const FORCED = actionId(INCIDENT, 'forced-isolation', 'web-1');

const BEHIND = {
  respond: { grantId: 'respond', use: respondUse(INCIDENT, 'run-1') },
  release: { grantId: 'release', use: 'release:1' },
  unblock: { grantId: 'unblock', use: 'unblock:1' },
} as const;

const common = { incident: INCIDENT, severity: ORDER.severity, type: ORDER.type, operator: 'alice' } as const;
export const actInput = (action: { readonly id: ActionId }) => ({
  ...common,
  planHash: PLAN_HASH,
  actionId: action.id,
});
export const HOST_INPUT = { ...common, host: 'web-1', planHash: PLAN_HASH } as const;
/** A day after the declaration. */
export const FORCED_UNTIL = '2026-11-21T03:00:00.000Z';

/** A result whose targets came to this, all the others `applied`. */
export function resultOf(
  action: { readonly id: ActionId; readonly kind: ActionResult['kind']; readonly host: string },
  targets: readonly string[],
  outcomes: Readonly<Record<string, TargetOutcome>> = {},
  rung = 'nftables',
): ActionResult {
  const results = targets.map((target): TargetResult => ({ target, outcome: outcomes[target] ?? 'applied' }));
  const at = '2026-11-20T03:00:05.000Z';
  return {
    action: action.id,
    kind: action.kind,
    host: action.host,
    counts: countOutcomes(results),
    exceptions: results.filter(({ outcome }) => outcome !== 'applied' && outcome !== 'already'),
    verified: true,
    rung,
    replayed: false,
    startedAt: at,
    endedAt: at,
    notes: [],
  };
}

export const forcedResult = (outcome: TargetOutcome, rung = 'gateway'): ActionResult =>
  resultOf({ id: FORCED, kind: 'forced-isolation', host: 'web-1' }, ['web-1'], { 'web-1': outcome }, rung);

/** What the machine of a host calls itself. */
export const machineId = (host: string): string => sha256Hex(host);

const host = (name: string): Host =>
  sampleHost(name, {
    role: name.startsWith('gw') ? 'gateway' : 'host',
    management: ['198.51.100.0/24'],
    ...(name === 'web-1' ? { gateway: 'gw-1' } : {}),
  });

type Row = Parameters<ActivityDeps['responses']['record']>[0];

/** Tables, ledger and hosts in memory; the activities are the real ones. `away` is PostgreSQL out of reach. */
export class ActWorld {
  away = false;
  readonly controls: ControlRow[] = [];
  readonly rows: Row[] = [];
  readonly events: AuditEvent[] = [];
  readonly turns: string[] = [];
  order = ORDER;
  /** Id of the workflow that calls. */
  caller = `${INCIDENT}:response-1`;
  /** Hosts without a pinned key. */
  readonly unpinned = new Set<string>();
  /** Which machines answer under the names of the inventory, where it is not those that always did. */
  readonly machines = new Map<string, Partial<MachineSeen> | FirebreakError>();
  /** Whether each look at a machine insisted. */
  readonly looks: boolean[] = [];
  /** Hosts whose machine is gone, says the order to release. */
  gone: readonly string[] = [];
  /** What the order to let addresses go was signed for. */
  toUnblock: readonly string[] = [];
  bag: unknown = null;
  /** What the incident's row says of the security state. */
  securityState: unknown = null;
  /** Readings before containment. */
  before: readonly SecurityReading[] = [];
  /** What a host shows when it is looked at. */
  shows: Partial<SecurityReading> = {};
  /** What the sealed plan says of its acts. */
  approvalOf: 'none' | 'required' = 'none';
  clock = Date.parse('2026-11-20T03:00:10.000Z');
  readonly seals = workerSeals();
  private activityNumber = 0;
  readonly activities: ReturnType<typeof createActivities>;

  constructor(parts: {
    readonly containment?: Partial<ActivityDeps['containment']>;
    readonly lifter?: ActivityDeps['lifter'];
    readonly previewer?: ActivityDeps['previewer'];
    readonly forced?: Partial<ActivityDeps['forced']>;
    readonly evidence?: Partial<ActivityDeps['evidence']>;
  }) {
    this.activities = createActivities(this.deps(parts));
  }

  /** Runs one activity, each with an id of its own and the order behind it, as a workflow does. */
  run<I extends { readonly authority: Authority }, R>(
    activity: (input: I) => Promise<R>,
    input: Omit<I, 'authority'>,
    attempt = 1,
  ): Promise<R> {
    this.activityNumber += attempt === 1 ? 1 : 0;
    const environment = new MockActivityEnvironment({
      ...{ activityId: String(this.activityNumber), attempt },
      workflowExecution: { workflowId: this.caller, runId: 'run' },
    });
    const { undoAction, liftForcedIsolation, unblockSources } = this.activities.contain;
    const undoes = ([undoAction, liftForcedIsolation] as unknown[]).includes(activity);
    const behind = undoes ? 'release' : (unblockSources as unknown) === activity ? 'unblock' : 'respond';
    return environment.run(activity, { ...input, authority: BEHIND[behind] } as unknown as I);
  }

  /** The block has failed on web-1: what forced isolation needs (B2). */
  async controlHasFailed(): Promise<void> {
    const failed: AuditEvent = {
      key: 'act:earlier',
      level: 'AUDIT',
      actor: 'alice',
      stage: 'result',
      action: 'perform',
      subject: BLOCK.id,
      result: 'HOST_TIMEOUT',
      at: '2026-11-20T03:00:04.000Z',
    };
    this.events.push(await sealedEvent(this, failed));
  }

  /** What workers have sealed for later, opened. */
  async late(records: readonly string[]): Promise<readonly LateContent[]> {
    const opened = records.map((record) => this.seals.open('late-record', { incident: INCIDENT }, record));
    return (await Promise.all(opened)) as readonly LateContent[];
  }

  active(): readonly string[] {
    return this.controls.filter((row) => row.state === 'active').map((row) => row.target);
  }

  /** `verb stage result` of all events, in their order. */
  ledger(): readonly string[] {
    return this.events.map(({ action, stage, result }) => [action, stage, result ?? ''].join(' ').trim());
  }

  /** The pinned key of a host. */
  keyOf(name: string): string {
    const found = this.machines.get(name);
    return (found instanceof FirebreakError ? undefined : found?.hostKey) ?? `SHA256:${name}`;
  }

  private async reach<T>(code: ErrorCode, work: () => T): Promise<T> {
    if (this.away) throw new FirebreakError(code);
    return Promise.resolve(work());
  }

  private deps(parts: ConstructorParameters<typeof ActWorld>[0]): ActivityDeps {
    const table = <T>(work: () => T) => this.reach('DATABASE_UNREACHABLE', work);
    const fakes = {
      site: {
        hosts: new Map(['web-1', 'gw-1', 'db-1'].map((name) => [name, host(name)])),
        protectedAddresses: [],
        widths: {},
      },
      hostKeyFingerprint: (name: string) => {
        if (this.unpinned.has(name)) throw new FirebreakError('HOST_KEY_UNKNOWN', name);
        return this.keyOf(name);
      },
      machines: {
        look: (on: Host, acts: readonly ActionId[], { insists = false }: { readonly insists?: boolean }) => {
          this.looks.push(insists);
          const found = this.machines.get(on.name);
          if (found instanceof FirebreakError) return Promise.reject(found);
          const usual = { hostKey: this.keyOf(on.name), id: machineId(on.name), journals: new Set<string>(acts) };
          return Promise.resolve({ ...usual, ...found });
        },
      },
      // While the ledger is away time passes by the minute, so that nobody waits for its patience.
      now: () => new Date((this.clock += this.away ? 60_000 : 1)),
      incidents: {
        find: () => table(() => ({ order: this.order, planHash: PLAN_HASH, bag: this.bag })),
        document: () => table(() => Buffer.from(JSON.stringify({ title: 'x', accounts: [], sources: [] }))),
        update: (_incident: unknown, patch: { readonly bag?: unknown; readonly securityState?: unknown }) =>
          table(() => {
            if (patch.bag !== undefined) this.bag = patch.bag;
            if (patch.securityState !== undefined) this.securityState = patch.securityState;
          }),
      },
      // What has been found good is remembered by the worker, too.
      authorisation: {
        confirm: (grantId: string) => {
          const orders: Readonly<Record<string, Order>> = {
            release: {
              ...{ action: 'release', incident: INCIDENT, reason: '' },
              ...(this.gone.length === 0 ? {} : { gone: this.gone }),
            },
            unblock: { action: 'unblock', incident: INCIDENT, targets: this.toUnblock, hosts: [], reason: '' },
          };
          const order = orders[grantId] ?? respondOrder(this.order);
          const proof = { signedText: '', signature: '', enrolledBy: ['boss'], enrolledLately: [] };
          return Promise.resolve({ order, operator: 'alice', ...proof });
        },
      },
      // Remembered by the worker (composition/remember-plans), whatever PostgreSQL does.
      plans: {
        load: () =>
          sealedPlan(
            this.seals,
            { actions: [BLOCK, ACCOUNT].map((action) => ({ ...action, approval: this.approvalOf })) },
            {
              incident: INCIDENT,
              planHash: PLAN_HASH,
              grantId: BEHIND.respond.grantId,
              documentSha256: this.order.documentSha256,
            },
          ),
      },
      seals: this.seals,
      senders: [],
      responses: {
        record: (row: Row) => table(() => void this.rows.push(row)),
        results: () =>
          table(() =>
            this.rows.flatMap((row) => (['undone', 'given-up'].includes(row.state) ? [] : (row.result ?? []))),
          ),
        readings: () => table(() => ({ before: this.before, after: [] })),
        latestReadings: () => table(() => []),
        recordReading: () => table(() => undefined),
      },
      controls: {
        activate: (
          action: { id: ActionId; kind: ControlRow['kind']; host: string; expiresAt: string },
          { rung, machine }: Pick<ActionResult, 'rung' | 'machine'>,
          results: readonly TargetResult[],
          at: string,
        ) =>
          table(() => {
            for (const { target, outcome } of results) {
              const known = this.controls.some((row) => row.action === action.id && row.target === target);
              if (known || (outcome !== 'applied' && outcome !== 'already')) continue;
              const { id, kind, expiresAt } = action;
              const row = {
                incident: INCIDENT,
                action: id,
                host: action.host,
                kind,
                target,
                rung,
                machine: machine ?? null,
                since: at,
                expiresAt,
              };
              this.controls.push({ ...row, state: 'active', endedAt: null, noticedAt: null });
            }
          }),
        release: (_incident: unknown, action: ActionId, at: string, targets?: readonly string[]) =>
          table(() => {
            this.controls.forEach((row, place) => {
              const meant = row.action === action && (targets === undefined || targets.includes(row.target));
              if (meant && row.state === 'active') this.controls[place] = { ...row, state: 'released', endedAt: at };
            });
          }),
        giveUp: (_incident: unknown, action: ActionId, at: string) =>
          table(() => {
            this.controls.forEach((row, place) => {
              if (row.action === action && row.state === 'active')
                this.controls[place] = { ...row, state: 'given-up', endedAt: at };
            });
          }),
        machineOf: (action: ActionId) => table(() => this.controls.find((row) => row.action === action)?.machine),
        expire: (_incident: unknown, action: ActionId, noticedAt: string) =>
          table(() => {
            this.controls.forEach((row, place) => {
              if (row.action === action && row.state === 'active')
                this.controls[place] = { ...row, state: 'expired', endedAt: row.expiresAt, noticedAt };
            });
          }),
        all: () => table(() => this.controls),
        active: () => table(() => this.controls.filter((row) => row.state === 'active')),
        released: () => table(() => this.controls.filter((row) => row.state === 'released')),
        isOver: () => table(() => false),
        rungOf: (action: ActionId) => table(() => this.controls.find((row) => row.action === action)?.rung),
      },
      ledger: {
        append: (events: readonly AuditEvent[]) =>
          this.reach('LEDGER_UNREACHABLE', () => {
            for (const event of events)
              if (!this.events.some((known) => known.key === event.key)) this.events.push(event);
          }),
        events: () => table(() => this.events),
      },
      turns: {
        withTurn: async (...[name, , , , , act]: Parameters<ActivityDeps['turns']['withTurn']>) => {
          this.turns.push(name);
          return act();
        },
      },
      collector: { reading: ({ name }: Host) => Promise.resolve(sampleReading(name, this.shows)) },
      machine: { name: 'ops-1', load: () => 0.2 },
      ...parts,
    };
    return fakes as unknown as ActivityDeps;
  }
}

/** A failure as the workflow gets it. */
export async function failureOf(work: Promise<unknown>): Promise<{
  readonly type: string;
  readonly nonRetryable: boolean;
  readonly details: readonly { readonly unrecorded: readonly string[] }[];
}> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (thrown: unknown) => thrown as Awaited<ReturnType<typeof failureOf>>,
  );
}
