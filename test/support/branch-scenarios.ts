import type { Branch } from '../../src/domain/branches';
import { onRecord } from '../../src/domain/fact';
import type { IncidentOrder } from '../../src/domain/incident';
import { workflowIds } from '../../workflows/messages';
import { sampleAssessment, samplePlan, sampleReading, sampleResult } from './incident-samples';
import type { Overrides } from './mock-activities';
import { failure, hanging, tellNotice, tryOf } from './mock-activities';
import type { WorkflowWorld } from './workflow-world';

/** One way through the flow: what is ordered, how the world behaves, and what people do meanwhile. */
interface Scenario {
  readonly order?: Partial<IncidentOrder>;
  readonly world?: (order: () => IncidentOrder) => Overrides;
  /** Brings the incident to where the branch is over; without it the first response is waited for. */
  readonly play?: (world: WorkflowWorld, order: IncidentOrder) => Promise<unknown>;
  /** Whose histories show the branch; the first response when left out. */
  readonly shownBy?: readonly ('incident' | 'response-1' | 'response-2' | 'watch' | 'notice:start')[];
}

const ONE_HOST = ['web-1'];
const MINUTE = 60_000;

/** Isolation of the host needs somebody's approval. */
const approvalNeeded = (order: () => IncidentOrder): Overrides => ({
  decidePlan: () => {
    const plan = samplePlan(order());
    return {
      ...plan,
      steps: plan.steps.map((step) => (step.kind === 'isolate-host' ? { ...step, approval: 'required' } : step)),
    };
  },
});

const untilTold = (world: WorkflowWorld, order: IncidentOrder, key: string): Promise<void> =>
  world.until(`people are told ${key}`, () => world.told(order).includes(key));

const respondedThen =
  (...steps: ((world: WorkflowWorld, order: IncidentOrder) => Promise<unknown>)[]) =>
  async (world: WorkflowWorld, order: IncidentOrder): Promise<void> => {
    await world.responseOf(order);
    await world.until('the watch has begun', () => world.exists(workflowIds.watch(order.incident)));
    for (const step of steps) await step(world, order);
  };

const closed = (world: WorkflowWorld, order: IncidentOrder): Promise<unknown> => world.result(order.incident);

export const SCENARIOS: Readonly<Record<Branch, Scenario>> = {
  'normal-block': { order: { mode: 'block' } },
  'normal-isolate': { order: { hosts: ['web-1', 'db-1'] } },
  'monitor-only': { order: { mode: 'monitor' } },
  'unknown-type-classified': {
    order: { type: 'unknown' },
    play: async (world, order) => {
      await untilTold(world, order, 'classification-needed');
      await world.give(order, 'classify', 'bob', { type: 'malware' });
      await world.responseOf(order);
    },
  },
  'unknown-type-silence': { order: { type: 'unknown', mode: 'monitor' } },
  'contradictory-type': {
    world: (order) => ({
      assessIncident: () =>
        sampleAssessment(order(), {
          type: 'unknown',
          needsHuman: true,
          contradictions: [onRecord('stated intrusion, but the evidence speaks for ddos (3 to 0)')],
        }),
    }),
    play: async (world, order) => {
      await untilTold(world, order, 'classification-needed');
      await world.give(order, 'classify', 'bob', { type: 'ddos' });
      await world.responseOf(order);
    },
  },
  'approval-given': {
    world: approvalNeeded,
    play: async (world, order) => {
      await untilTold(world, order, 'approval-needed');
      await world.give(order, 'approve', 'carol', { planHash: samplePlan(order).planHash });
      await world.responseOf(order);
    },
  },
  'approval-silence': { world: approvalNeeded },
  'control-failed-forced-isolation': {
    world: () => ({
      performAction: () => {
        throw failure('HOST_UNREACHABLE');
      },
    }),
  },
  'forced-isolation-failed': {
    world: () => ({
      performAction: () => {
        throw failure('HOST_UNREACHABLE');
      },
      forceIsolation: () => {
        throw failure('VERIFY_FAILED', 'no rung of forced isolation holds');
      },
    }),
  },
  'logs-failed-alternative': {
    world: () => ({
      collectLogs: () => {
        throw failure('LOGS_UNAVAILABLE');
      },
    }),
  },
  'logs-failed-altogether': {
    world: () => ({
      collectLogs: () => {
        throw failure('LOGS_UNAVAILABLE');
      },
      collectAlternative: () => {
        throw failure('LOGS_UNAVAILABLE');
      },
    }),
  },
  'notification-failed': {
    world: () => ({
      deliver: async (input) => {
        if (input.notice.key !== 'start') return {};
        await tellNotice(input.person, input.channel, 'CHANNEL_REFUSED');
        throw failure('CHANNEL_REFUSED');
      },
    }),
    play: async (world, order) => {
      await world.responseOf(order);
      await world.result(workflowIds.notice({ incident: order.incident, key: 'start' }));
    },
    shownBy: ['notice:start'],
  },
  'seal-failed': {
    world: () => ({
      sealBag: () => {
        throw failure('DISK_FULL');
      },
    }),
  },
  'tighten-failed': {
    world: () => ({
      performAction: (input) => {
        if (input.actionId.includes(':heighten-monitoring:')) throw failure('VERIFY_FAILED');
        const [, kind = '', host = ''] = input.actionId.split(':');
        return {
          result: sampleResult({ id: input.actionId, kind: kind as 'block-sources', host }),
          unrecorded: [],
          recorded: true,
        };
      },
    }),
  },
  'report-failed': {
    world: () => ({
      writeReport: () => {
        throw failure('DISK_FULL', 'the report directory', MINUTE);
      },
    }),
  },
  'deadline-passed': {
    order: { limits: { overallMs: 6 * MINUTE } },
    world: () => ({
      collectLogs: () => {
        throw hanging(3 * MINUTE);
      },
    }),
  },
  'unexpected-error-second-try': {
    world: (order) => ({
      // Something that is no result, after one act has been done.
      performAction: (input) => {
        const [, kind = '', host = ''] = input.actionId.split(':');
        if (tryOf() === 1 && kind === 'disable-account') return undefined;
        return {
          result: sampleResult({ id: input.actionId, kind: kind as 'block-sources', host }),
          unrecorded: [],
          recorded: order().incident.length > 0,
        };
      },
    }),
    play: (world, order) => world.responseOf(order, 2),
    shownBy: ['incident', 'response-1', 'response-2'],
  },
  'unexpected-error-twice': {
    // Something that is no list, where the chart reads it outside of any box's fallback.
    world: (order) => ({ assessIncident: () => ({ ...sampleAssessment(order()), contradictions: 7 }) }),
    play: async (world, order) => {
      await world.responseOf(order, 2).catch(() => undefined);
      await world.until('the emergency is told', () => world.told(order).includes('emergency-twice-failed'));
      await world.until('a report is written', () => world.callsOf(order, 'writeReport').length > 0);
    },
    shownBy: ['incident', 'response-2'],
  },
  'stand-down': {
    play: respondedThen((world, order) => world.give(order, 'stand-down'), closed),
    shownBy: ['incident', 'watch'],
  },
  'take-over': {
    world: approvalNeeded,
    play: async (world, order) => {
      await untilTold(world, order, 'approval-needed');
      await world.give(order, 'take-over');
      await world.responseOf(order);
    },
    shownBy: ['incident', 'response-1'],
  },
  escalate: { play: respondedThen((world, order) => world.give(order, 'escalate')), shownBy: ['incident'] },
  release: {
    world: (order) => ({
      listUndo: () =>
        samplePlan(order()).steps.map(({ id, kind, host }) => ({
          actionId: id,
          kind,
          host,
          expiresAt: '2026-11-21T03:00:00Z',
        })),
    }),
    play: respondedThen((world, order) => world.give(order, 'release'), closed),
    shownBy: ['incident', 'watch'],
  },
  'address-let-go': {
    order: { mode: 'block', hosts: ['web-1', 'db-1'] },
    world: () => ({
      unblockSources: (input) => {
        if (input.actionId.endsWith(':web-1')) throw failure('HOST_KEY_CHANGED');
        return { unblocked: 1, notInForce: 0, notInForceTargets: [], notes: [], unrecorded: [] };
      },
    }),
    play: respondedThen(
      (world, order) => world.give(order, 'unblock', 'bob', { targets: ['192.0.2.7'], hosts: [] }),
      (world, order) => world.give(order, 'release'),
      closed,
    ),
    shownBy: ['incident'],
  },
  'unauthorised-start': {
    world: () => ({
      authorise: () => {
        throw failure('GRANT_UNKNOWN');
      },
    }),
    play: closed,
    shownBy: ['incident'],
  },
  'unauthorised-update': {
    world: () => ({
      authorise: (input) => {
        if (input.expected.action !== 'respond') throw failure('SIGNATURE_INVALID');
        return { operator: 'alice' };
      },
    }),
    play: respondedThen(
      (world, order) => world.give(order, 'release', 'mallory').catch(() => undefined),
      (world, order) => untilTold(world, order, 'unauthorised-release-1'),
    ),
    shownBy: ['incident'],
  },
  cancelled: {
    world: approvalNeeded,
    play: async (world, order) => {
      await untilTold(world, order, 'approval-needed');
      // Not in the midst of an act: where a cancel and the act's end meet, the test server refuses the workflow task with
      // ACTIVITY_UNKNOWN and hangs, which the real server does not.
      await world.until('only the approval is waited for', async () =>
        (await world.responseLog(order)).some((event) => event.summary?.includes('wait for approval') === true),
      );
      await world.incident(order).cancel();
      await world.responseOf(order);
    },
    shownBy: ['incident', 'response-1'],
  },
  'watch-drift': {
    world: (order) => {
      let round = 0;
      return {
        watchRound: () => {
          round += 1;
          const act = { actionId: `${order().incident}:block-sources:web-1`, kind: 'block-sources', host: 'web-1' };
          return {
            active: round < 3 ? 1 : 0,
            expired: round === 3 ? [{ ...act, expiresAt: '2026-11-20T04:00:00.000Z' }] : [],
            drift: round === 1 ? [{ host: 'web-1', target: '192.0.2.7', kind: 'wanted-but-missing' }] : [],
            reasserted: round === 1 ? 1 : 0,
            readings: [sampleReading('web-1', { attackerSessions: round === 2 ? 3 : 0 })],
            unreachable: [],
          };
        },
      };
    },
    play: respondedThen(closed),
    shownBy: ['watch', 'incident'],
  },
  drill: { order: { drill: true }, play: closed },
};

/** Plays a branch to its end. @returns the order, and the ids of the workflows whose histories show the branch */
export async function playBranch(
  world: WorkflowWorld,
  branch: Branch,
): Promise<{ readonly order: IncidentOrder; readonly shownBy: Readonly<Record<string, string>> }> {
  const scenario = SCENARIOS[branch];
  const orders: IncidentOrder[] = [];
  const overrides = scenario.world?.(() => orders[0]!) ?? {};
  const order = await world.declare({ hosts: ONE_HOST, ...scenario.order }, overrides);
  orders.push(order);
  await world.start(order);
  await (scenario.play ?? ((there, what) => there.responseOf(what)))(world, order);
  const names = scenario.shownBy ?? ['response-1'];
  return {
    order,
    shownBy: Object.fromEntries(
      names.map((name) => [name, name === 'incident' ? order.incident : `${order.incident}:${name}`]),
    ),
  };
}
