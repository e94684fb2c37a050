import { ApplicationFailure, Context } from '@temporalio/activity';
import type {
  ActInput,
  ContainActivities,
  EvidenceActivities,
  FlowActivities,
  NotifyActivities,
  RecalledResponse,
  Recipient,
} from '../../activities';
import { ATTEMPT_FAILED_SIGNAL } from '../../activities/notify';
import type { ErrorCode } from '../../src/domain/errors';
import { ERRORS } from '../../src/domain/errors';
import type { IncidentId } from '../../src/domain/ids';
import { actionId } from '../../src/domain/ids';
import type { IncidentOrder } from '../../src/domain/incident';
import type { ActionKind } from '../../src/domain/plan';
import type { QueueName } from '../../src/domain/queues';
import type { Channel } from '../../src/domain/words';
import {
  sampleAssessment,
  sampleBag,
  sampleOverview,
  samplePlan,
  sampleReading,
  sampleReport,
  sampleResult,
} from './incident-samples';

export type AllActivities = FlowActivities & ContainActivities & EvidenceActivities & NotifyActivities;
export type ActivityName = keyof AllActivities;

/** Stand-ins that are told what to do; what is not told does its work at once and well. */
export type Overrides = { [K in ActivityName]?: (...args: Parameters<AllActivities[K]>) => unknown };

/** The try of the response that an activity works for. */
export function tryOf(): 1 | 2 {
  return Context.current().info.workflowExecution?.workflowId.endsWith(':response-2') === true ? 2 : 1;
}

/** One attempt of an activity, as the stand-in saw it. */
export interface Call {
  readonly name: ActivityName;
  readonly incident: IncidentId | undefined;
  readonly workflowId: string;
  readonly attempt: number;
  /** When this attempt began, by the server's clock; milliseconds. */
  readonly at: number;
  readonly input: Record<string, unknown>;
}

/** A failure with a catalogue code, retryable as the catalogue says, as the real activities throw it. */
export function failure(code: ErrorCode, detail = 'by the test', nextRetryDelayMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message: `${ERRORS[code].message} ${detail}`,
    nonRetryable: !ERRORS[code].retryable,
    ...(nextRetryDelayMs === undefined ? {} : { nextRetryDelay: nextRetryDelayMs }),
  });
}

/**
 * A step that hangs: the test server cannot skip time while an activity runs, but it can between attempts. The next attempt must
 * lie inside of the activity's whole limit, else the server gives up at once.
 */
export function hanging(nextAttemptMs: number): ApplicationFailure {
  return failure('HOST_TIMEOUT', 'hangs', nextAttemptMs);
}

/** What the real `deliver` does on its first failed attempt (N3). */
export async function tellNotice(person: string, channel: Channel, code: ErrorCode): Promise<void> {
  const { client, info } = Context.current();
  const { workflowId, runId } = info.workflowExecution ?? { workflowId: '', runId: '' };
  await client.workflow.getHandle(workflowId, runId).signal(ATTEMPT_FAILED_SIGNAL, { person, channel, code });
}

export const QUEUE_OF: Readonly<Record<ActivityName, QueueName>> = {
  authorise: 'flow',
  assessIncident: 'flow',
  decidePlan: 'flow',
  recordProgress: 'flow',
  recordRefusedStart: 'flow',
  recordLate: 'flow',
  writeReport: 'flow',
  writeOverview: 'flow',
  recallResponse: 'flow',
  endStuckRun: 'flow',
  stageForcedIsolation: 'contain',
  performAction: 'contain',
  undoAction: 'contain',
  unblockSources: 'contain',
  forceIsolation: 'contain',
  liftForcedIsolation: 'contain',
  listUndo: 'contain',
  watchRound: 'contain',
  openBag: 'evidence',
  captureVolatile: 'evidence',
  collectLogs: 'evidence',
  collectAlternative: 'evidence',
  recordAbsence: 'evidence',
  takeReading: 'evidence',
  sealBag: 'evidence',
  supplementBag: 'evidence',
  resolveRecipients: 'notify',
  deliver: 'notify',
  tellOfRecovery: 'notify',
};

/** `grant-bob` is Bob's. */
export function operatorOf(grantId: string): string {
  return grantId.split('-')[1] ?? 'nobody';
}

/** The world as it should be: every act works, everybody is reached, every order is signed. */
export function goodWorld(
  orderOf: (incident: IncidentId) => IncidentOrder,
  recordOf: (incident: IncidentId) => RecalledResponse,
): AllActivities {
  const collect = ({ host }: { readonly host: string }) =>
    Promise.resolve({ host, artefacts: 3, absences: 0, bytes: 1_000, lines: 100, truncated: [], rung: 1 });
  const act = (input: ActInput) => {
    const [, kind = '', host = ''] = input.actionId.split(':');
    return Promise.resolve({
      result: sampleResult({ id: input.actionId, kind: kind as ActionKind, host }),
      unrecorded: [],
    });
  };
  const force = (input: { readonly incident: IncidentId; readonly host: string }) => {
    const id = actionId(input.incident, 'forced-isolation', input.host);
    return Promise.resolve({
      result: sampleResult({ id, kind: 'forced-isolation', host: input.host }),
      unrecorded: [],
    });
  };
  const everybody: readonly Recipient[] = [
    { person: 'bob', name: 'Bob', channels: ['voice', 'slack'], fallback: ['sms', 'mail'] },
  ];
  return {
    authorise: (input) =>
      Promise.resolve({
        v: 1,
        order: input.expected,
        operator: operatorOf(input.grantId),
        nonce: '0'.repeat(32),
        issuedAt: '',
      }),
    assessIncident: (input) => Promise.resolve(sampleAssessment(orderOf(input.incident))),
    decidePlan: (input) => Promise.resolve(samplePlan(orderOf(input.incident))),
    recordProgress: () => Promise.resolve(),
    recordRefusedStart: () => Promise.resolve({ tellOfBound: false }),
    recordLate: () => Promise.resolve(),
    writeReport: (input) => Promise.resolve(sampleReport(input.incident, input.revision)),
    writeOverview: (input) => {
      const order = orderOf(input.incident);
      return Promise.resolve(order.group === undefined ? 'no-group' : sampleOverview(order));
    },
    recallResponse: (input) => Promise.resolve(recordOf(input.incident)),
    endStuckRun: async (input) => {
      await Context.current().client.workflow.getHandle(input.workflowId, input.runId).terminate(input.reason);
    },
    stageForcedIsolation: () => Promise.resolve(),
    performAction: act,
    undoAction: act,
    unblockSources: () =>
      Promise.resolve({ unblocked: 1, notInForce: 0, notInForceTargets: [], notes: [], unrecorded: [] }),
    forceIsolation: force,
    liftForcedIsolation: force,
    listUndo: () => Promise.resolve([]),
    watchRound: (input) =>
      Promise.resolve({
        active: 1,
        expired: [],
        drift: [],
        reasserted: 0,
        readings: orderOf(input.incident).hosts.map((host) => sampleReading(host)),
        unreachable: [],
      }),
    openBag: () => Promise.resolve(),
    captureVolatile: collect,
    collectLogs: collect,
    collectAlternative: collect,
    recordAbsence: () => Promise.resolve(),
    takeReading: (input) => Promise.resolve(sampleReading(input.host)),
    sealBag: (input) => Promise.resolve(sampleBag(input.incident)),
    supplementBag: (input) => Promise.resolve(sampleBag(input.incident)),
    resolveRecipients: () => Promise.resolve(everybody),
    tellOfRecovery: () => Promise.resolve([]),
    deliver: (input) =>
      Promise.resolve({
        id: `${input.notice.incident}:${input.notice.key}:${input.person}:${input.channel}`,
        incident: input.notice.incident,
        kind: input.notice.kind,
        person: input.person,
        channel: input.channel,
        state: 'delivered',
        attempts: Context.current().info.attempt,
        possibleDouble: false,
        at: '2026-11-20T03:00:02.000Z',
      }),
  };
}
