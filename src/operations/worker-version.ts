import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';

const GRPC_NOT_FOUND = 5;
/** TASK_QUEUE_TYPE_ACTIVITY: every queue has activity pollers. */
const ACTIVITY_QUEUE = 2;
const MAKE_CURRENT = 'run `node dist/temporal/set-up.js make-current` (`firebreak up` does it by itself)';

/**
 * Whether the version that gets new work is one that somebody runs (DESIGN §3): a versioned worker whose version is not current polls in
 * vain, and a current version without workers leaves every incident waiting.
 * @returns the current version in words
 * @throws Error saying what is wrong and what to do; gRPC errors when the server does not answer
 */
export async function checkWorkerVersion(
  client: Client,
  wanted: { readonly namespace: string; readonly deploymentName: string; readonly queues: readonly string[] },
): Promise<string> {
  const { namespace, deploymentName, queues } = wanted;
  const reply = await client.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .catch((thrown: unknown) => {
      if (isGrpcServiceError(thrown) && Number(thrown.code) === GRPC_NOT_FOUND) return undefined;
      throw thrown;
    });
  if (reply === undefined) throw new Error(`no worker of ${deploymentName} was ever seen: start a worker`);
  const current = reply.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? '';
  const running = await Promise.all(queues.map((queue) => buildsOn(client, namespace, deploymentName, queue)));
  const all = [...new Set(running.flat())].sort();
  if (current === '')
    throw new Error(`no version is current, so workers (${all.join(', ') || 'none'}) get no new work: ${MAKE_CURRENT}`);
  const without = queues.filter((_queue, index) => !(running[index] ?? []).includes(current));
  if (without.length > 0)
    throw new Error(
      `version ${current} is current, but on ${without.join(', ')} ${all.length === 0 ? 'nobody polls' : `only ${all.join(', ')} poll`}: ${MAKE_CURRENT}`,
    );
  const others = all.filter((build) => build !== current);
  return others.length === 0 ? current : `${current}; also running: ${others.join(', ')}`;
}

/** Build ids of the deployment's workers that poll a queue. */
async function buildsOn(client: Client, namespace: string, deploymentName: string, queue: string): Promise<string[]> {
  const reply = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: ACTIVITY_QUEUE,
  });
  return (reply.pollers ?? []).flatMap(({ deploymentOptions }) =>
    deploymentOptions?.deploymentName === deploymentName && deploymentOptions.buildId
      ? [deploymentOptions.buildId]
      : [],
  );
}
