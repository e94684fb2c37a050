import type { RetryPolicy } from '@temporalio/common';
import type { ActivityFunction, ActivityInterfaceFor, ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ContainActivities, EvidenceActivities, FlowActivities, NotifyActivities } from '../../activities';
import type { RetryNumbers } from '../../src/domain/numbers';
import {
  CONTAIN_HEARTBEAT_TIMEOUT_MS,
  EVIDENCE_HEARTBEAT_TIMEOUT_MS,
  RETRIES,
  SUMMARY_MAX_CHARACTERS,
  TIME_SHARES,
} from '../../src/domain/numbers';
import { TASK_QUEUES } from '../../src/domain/queues';

/** Retries at a fixed interval, as B6 counts them. */
export const fixedRetries = ({ retries, intervalMs }: RetryNumbers): RetryPolicy => ({
  maximumAttempts: retries + 1,
  initialInterval: intervalMs,
  backoffCoefficient: 1,
});

/** Short database work of the flow itself: an outage of PostgreSQL is waited for, within the step's share. */
const flowOptions: ActivityOptions = {
  taskQueue: TASK_QUEUES.flow,
  startToCloseTimeout: '60 s',
  scheduleToCloseTimeout: '2 m',
  heartbeatTimeout: '15 s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '5 s' },
};

/** What containment waits for is tried again at short intervals as long as its caller has time (B7). */
const insistentOptions: ActivityOptions = { ...flowOptions, scheduleToCloseTimeout: TIME_SHARES.humanClassification };

/** For what must reach the tables sooner or later, because nothing comes after it. */
const patientOptions: ActivityOptions = {
  ...flowOptions,
  scheduleToCloseTimeout: '7 days',
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '60 s' },
};

const containOptions: ActivityOptions = {
  taskQueue: TASK_QUEUES.contain,
  startToCloseTimeout: '60 s',
  scheduleToCloseTimeout: TIME_SHARES.accessControl,
  heartbeatTimeout: CONTAIN_HEARTBEAT_TIMEOUT_MS,
  // A cancelled act must be over before its host is touched again.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: fixedRetries(RETRIES.networkControl),
};

const evidenceOptions: ActivityOptions = {
  taskQueue: TASK_QUEUES.evidence,
  startToCloseTimeout: '3 m',
  scheduleToCloseTimeout: TIME_SHARES.logs,
  heartbeatTimeout: EVIDENCE_HEARTBEAT_TIMEOUT_MS,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: fixedRetries(RETRIES.logCollection),
};

const notifyOptions: ActivityOptions = {
  taskQueue: TASK_QUEUES.notify,
  // A call may ring 45 s and talk 2 minutes; a timed-out attempt would call again.
  startToCloseTimeout: '4 m',
  heartbeatTimeout: '15 s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: fixedRetries(RETRIES.notification),
};

/** An activity call with its line in the Temporal UI. */
type Summarised<A> = {
  readonly [K in keyof A]: A[K] extends (...args: infer P) => infer R ? (summary: string, ...args: P) => R : never;
};

/** At most 120 characters on one line: what the Timeline tab prints on a bar. */
export function summaryText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= SUMMARY_MAX_CHARACTERS ? line : `${line.slice(0, SUMMARY_MAX_CHARACTERS - 1)}…`;
}

function summarised<A extends Record<keyof A, ActivityFunction>>(options: ActivityOptions): Summarised<A> {
  const proxies: ActivityInterfaceFor<A> = proxyActivities<A>(options);
  return new Proxy({} as Summarised<A>, {
    get: (_target, name) => {
      const proxy = proxies[name as keyof A] as {
        executeWithOptions(options: ActivityOptions, args: unknown[]): Promise<unknown>;
      };
      return (summary: string, ...args: unknown[]) =>
        proxy.executeWithOptions({ ...options, summary: summaryText(summary) }, args);
    },
  });
}

export const flow = summarised<FlowActivities>(flowOptions);
export const insistentFlow = summarised<Pick<FlowActivities, 'assessIncident' | 'decidePlan'>>(insistentOptions);
export const patientFlow =
  summarised<Pick<FlowActivities, 'recordProgress' | 'recordRefusedStart' | 'recordLate' | 'authorise'>>(
    patientOptions,
  );
export const contain = summarised<ContainActivities>(containOptions);
/** Whether an incident may close is asked until somebody knows. */
export const patientContain = summarised<Pick<ContainActivities, 'listUndo'>>({
  ...patientOptions,
  taskQueue: TASK_QUEUES.contain,
});
export const evidence = summarised<EvidenceActivities>(evidenceOptions);
export const notify = summarised<NotifyActivities>(notifyOptions);

/** Staging is a precaution that forced isolation can do without: a dead host must not hold up the acts on the others (C6). */
export const staging = summarised<Pick<ContainActivities, 'stageForcedIsolation'>>({
  ...containOptions,
  scheduleToCloseTimeout: '10 s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { maximumAttempts: 1 },
});
/** Reading is tried once: a missing reading never holds anything up. */
export const readings = summarised<Pick<EvidenceActivities, 'takeReading'>>({
  ...evidenceOptions,
  startToCloseTimeout: '15 s',
  scheduleToCloseTimeout: '15 s',
  retry: { maximumAttempts: 1 },
});
/** Volatile state is worth one look: it changes while one waits. */
export const volatile = summarised<Pick<EvidenceActivities, 'captureVolatile'>>({
  ...evidenceOptions,
  retry: { maximumAttempts: 1 },
});
/** What came after the seal: closing does not wait for it for long. */
export const supplementing = summarised<Pick<EvidenceActivities, 'supplementBag'>>({
  ...evidenceOptions,
  startToCloseTimeout: '2 m',
  scheduleToCloseTimeout: '4 m',
});
/** Forced isolation has its own reserve of time. */
export const forced = summarised<Pick<ContainActivities, 'forceIsolation'>>({
  ...containOptions,
  scheduleToCloseTimeout: TIME_SHARES.forcedIsolation,
});
