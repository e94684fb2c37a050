import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../activities';
import { FirebreakError } from '../../../src/domain/errors';
import type { SealedBag } from '../../../src/domain/evidence';
import type { AuditEvent } from '../../../src/domain/ledger';
import type { EvidenceOrder, Order } from '../../../src/domain/order';
import { evidenceUse, respondOrder, respondUse } from '../../../src/domain/order';
import type { ActivityDeps } from '../../../src/ports/activity-deps';
import type { ArtefactSink, LogOptions } from '../../../src/ports/collection';
import type { ControlRow } from '../../../src/ports/repositories';
import { sampleOrder, sampleReading, sampleResult } from '../../support/incident-samples';
import { workerSeals } from '../../support/worker-seals';
import type { World } from './world';
import { INCIDENT, artefactInfo, steadyClock } from './world';

export const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', {
  incident: INCIDENT,
  hosts: ['web-1', 'db-1'],
  documentSha256: 'd'.repeat(64),
});
const act = sampleResult({ id: `${INCIDENT}:block-sources:web-1`, kind: 'block-sources', host: 'web-1' });
export const RELEASED: ControlRow = {
  incident: INCIDENT,
  action: act.action,
  host: 'web-1',
  kind: 'block-sources',
  target: '192.0.2.7',
  state: 'released',
  since: '2026-11-20T03:00:05.000Z',
  expiresAt: '2026-11-20T05:00:00.000Z',
  endedAt: '2026-11-20T03:20:00.000Z',
  noticedAt: null,
  machine: null,
  rung: 'nftables',
};
const STARTED = { grantId: 'respond', use: respondUse(INCIDENT, 'run') };

export interface EvidenceSituation {
  readonly responseEndedAt?: string | null;
  readonly inForce?: readonly ControlRow[];
  /** Hosts of the inventory; those of the order unless it says others. */
  readonly inventory?: readonly string[];
  /** No key of these is pinned. */
  readonly unpinned?: readonly string[];
  /** Grants of orders about evidence. */
  readonly orders?: Readonly<Record<string, EvidenceOrder>>;
  readonly closed?: boolean;
  readonly keptMs?: number;
  readonly now?: () => Date;
}

/** The activities of the evidence over the real store, on one incident that has been responded to; db-1 does not answer. */
export async function evidenceOf(world: World, situation: EvidenceSituation = {}) {
  const { responseEndedAt = '2026-11-20T03:05:00.000Z', inForce = [], orders = {}, closed = false } = situation;
  const { inventory = ORDER.hosts, unpinned = [] } = situation;
  const seals = workerSeals();
  const asked: LogOptions[] = [];
  const events: AuditEvent[] = [];
  const row: { supplements: readonly SealedBag[] } & Record<string, unknown> = {
    order: ORDER,
    phase: closed ? 'closed' : 'watching',
    planHash: null,
    responseEndedAt,
    supplements: [],
    closedAt: closed ? '2026-11-20T04:00:00.000Z' : null,
    ...(closed ? { closingSeal: await seals.seal('closing', { incident: INCIDENT }, {}) } : {}),
  };
  const grants: Readonly<Record<string, { readonly order: Order; readonly use: string }>> = {
    [STARTED.grantId]: { order: respondOrder(ORDER), use: STARTED.use },
    ...Object.fromEntries(Object.entries(orders).map(([id, order]) => [id, { order, use: evidenceUse(id) }])),
  };
  const used = (grantId: string, use: string) => {
    const grant = grants[grantId];
    if (grant === undefined) throw new FirebreakError('GRANT_UNKNOWN');
    if (grant.use !== use) throw new FirebreakError('GRANT_MISMATCH');
    return { order: grant.order, operator: grantId === STARTED.grantId ? ORDER.operator : 'sato' };
  };
  const orderEvent = {
    ...{ key: `order:${STARTED.grantId}:${STARTED.use}`, level: 'AUDIT', incident: INCIDENT, actor: ORDER.operator },
    ...{ stage: 'event', action: 'respond', subject: STARTED.use, at: ORDER.declaredAt, seq: 1, hash: '' },
  } as const;
  const deps = {
    site: {
      hosts: new Map(inventory.map((name) => [name, { name }])),
      logs: { lookBackMs: 3_600_000, maxBytesPerSource: 1_000 },
      evidenceKeptMs: situation.keptMs ?? 0,
    },
    senders: [],
    seals,
    authorisation: {
      confirm: (grantId: string, use: string) => Promise.resolve().then(() => used(grantId, use)),
      verify: (grantId: string, _order: Order, use: string) => Promise.resolve().then(() => used(grantId, use)),
    },
    incidents: {
      find: () => Promise.resolve(row),
      document: () => Promise.resolve(Buffer.from(JSON.stringify({ logSources: ['/srv/app/log'] }))),
      update: (_incident: unknown, patch: object) => Promise.resolve(void Object.assign(row, patch)),
    },
    responses: {
      results: () => Promise.resolve([act]),
      undos: () => Promise.resolve([]),
      latestReadings: () => Promise.resolve([sampleReading('web-1', { attackerSessions: 0 })]),
    },
    controls: { all: () => Promise.resolve([RELEASED]), active: () => Promise.resolve(inForce) },
    ledger: {
      append: (some: readonly AuditEvent[]) =>
        Promise.resolve(void events.push(...some.filter(({ key }) => !events.some((known) => known.key === key)))),
      events: ({ writer, after = 0 }: { readonly writer?: string; readonly after?: number }) =>
        Promise.resolve(
          writer === 'order'
            ? [orderEvent]
            : events.map((event, at) => ({ ...event, seq: at + 2, hash: '' })).filter(({ seq }) => seq > after),
        ),
    },
    collector: {
      logs: async ({ name }: { readonly name: string }, sink: ArtefactSink, options: LogOptions) => {
        if (name === 'db-1') throw new FirebreakError('HOST_UNREACHABLE', name);
        asked.push(options);
        await sink.artefact('journal', async (write) => {
          await write(Buffer.from('the block was taken away\n'));
          return artefactInfo(name, 'journal');
        });
      },
    },
    evidence: world.store,
    machine: { name: 'ops-1', load: () => 0.2 },
    hostKeyFingerprint: (name: string) => {
      if (unpinned.includes(name)) throw new FirebreakError('HOST_KEY_UNKNOWN', name);
      return 'SHA256:x';
    },
    now: situation.now ?? steadyClock(),
  } as unknown as ActivityDeps;
  const { supplementBag, carryOutEvidenceOrder } = createActivities(deps).evidence;
  const within = (workflowId: string) =>
    new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run' } });
  return {
    asked,
    events,
    row,
    /** The supplement at the end of the incident, called for by its own workflow unless it is another one. */
    close: (caller: string = INCIDENT): Promise<SealedBag> =>
      within(caller).run(supplementBag, {
        incident: INCIDENT,
        authority: STARTED,
        workflow: { id: INCIDENT, runId: 'run' },
      }),
    order: (grantId: string, caller = evidenceUse(grantId)): Promise<void> =>
      within(caller).run(carryOutEvidenceOrder, { grantId, order: orders[grantId] as EvidenceOrder }),
  };
}
