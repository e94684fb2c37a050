import { hostname } from 'node:os';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { IncidentScope } from '../ports/host-programs';
import type { ActivityDeps } from '../ports/activity-deps';
import { createActivities } from '../../activities';
import type { QueueName } from '../domain/queues';
import { QUEUE_NAMES, TASK_QUEUES } from '../domain/queues';
import { aboutIncident } from './about-incident';
import { workflowBundle } from './bundle';

export interface RunWorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly deps: ActivityDeps;
  /** Is told of the incident that an activity is about. */
  readonly scope: IncidentScope;
  /** Folder that holds `workflows/` and, after a build, the bundle. */
  readonly root: string;
  /** Versioned deployment; unversioned when left out (tests). */
  readonly deployment?: { readonly deploymentName: string; readonly buildId: string };
  readonly maxCachedWorkflows?: number;
  /** Encrypts payloads; left out: plain. */
  readonly dataConverter?: DataConverter | undefined;
  /** What this process serves; somebody must serve each. Default: all four. */
  readonly queues?: readonly QueueName[];
}

/** Slots by queue: slow evidence never takes a slot from containment (DESIGN §3). */
const ACTIVITY_SLOTS: Readonly<Record<QueueName, number>> = { flow: 40, contain: 40, evidence: 20, notify: 40 };

/** Workers of several queues in one process. `run` ends after `shutdown`, when what was under way is done or was cut off. */
export interface RunningWorkers {
  run(): Promise<void>;
  shutdown(): void;
}

/** Creates the workers; nothing is polled before `run`. */
export async function createWorkers(options: RunWorkersOptions): Promise<RunningWorkers> {
  const activities = createActivities(options.deps);
  const shared = {
    connection: options.connection,
    namespace: options.namespace,
    ...(options.dataConverter === undefined ? {} : { dataConverter: options.dataConverter }),
    shutdownGraceTime: '20 s',
    shutdownForceTime: '30 s',
    maxHeartbeatThrottleInterval: '2 s',
    defaultHeartbeatThrottleInterval: '2 s',
    ...(options.deployment === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            version: options.deployment,
            useWorkerVersioning: true,
            defaultVersioningBehavior: 'PINNED',
          },
        }),
  } as const satisfies Partial<WorkerOptions>;
  const { queues = QUEUE_NAMES, dataConverter } = options;
  const bundle = queues.includes('flow')
    ? { workflowBundle: await workflowBundle(options.root, dataConverter === undefined ? 'plain' : 'encrypted') }
    : {};
  const workers = await Promise.all(
    [...new Set(queues)].map((queue) =>
      Worker.create({
        ...shared,
        taskQueue: TASK_QUEUES[queue],
        identity: `firebreak-${queue}@${hostname()}:${process.pid}`,
        activities: activities[queue],
        interceptors: { activity: [() => ({ inbound: aboutIncident(options.scope) })] },
        maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS[queue],
        ...(queue === 'flow'
          ? {
              ...bundle,
              maxConcurrentWorkflowTaskExecutions: 40,
              maxCachedWorkflows: options.maxCachedWorkflows ?? 150,
            }
          : {}),
      }),
    ),
  );
  return {
    run: async () => {
      await Promise.all(workers.map((worker) => worker.run()));
    },
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
