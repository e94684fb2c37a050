import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { FirebreakError } from '../src/domain/errors';

const GRPC_NOT_FOUND = 5;
const GRPC_FAILED_PRECONDITION = 9;
const POLL_MS = 200;

/** One build of our workers, as `workerDeploymentOptions.version` names it. */
export interface DeploymentVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** `draining`: still has open pinned runs; `drained`: may be switched off. */
export type VersionStatus = 'inactive' | 'current' | 'ramping' | 'draining' | 'drained' | 'unknown';

/** Index is the wire number of `WorkerDeploymentVersionStatus`. */
const STATUSES: readonly VersionStatus[] = ['unknown', 'inactive', 'current', 'ramping', 'draining', 'drained'];

/** What the server knows about a deployment. */
export interface DeploymentState {
  /** Undefined: no version gets new workflows. */
  readonly currentBuildId: string | undefined;
  readonly versions: readonly { readonly buildId: string; readonly status: VersionStatus }[];
}

/**
 * Describes a deployment.
 *
 * @returns undefined when no worker of this deployment was ever seen.
 * @throws gRPC errors when the server does not answer.
 */
export async function describeDeployment(
  connection: Connection,
  { namespace, deploymentName }: { readonly namespace: string; readonly deploymentName: string },
): Promise<DeploymentState | undefined> {
  const reply = await connection.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .catch((error: unknown) => {
      if (hasCode(error, GRPC_NOT_FOUND)) return undefined;
      throw error;
    });
  const info = reply?.workerDeploymentInfo;
  if (!info) return undefined;
  return {
    currentBuildId: info.routingConfig?.currentDeploymentVersion?.buildId || undefined,
    versions: (info.versionSummaries ?? []).map((summary) => ({
      buildId: summary.deploymentVersion?.buildId ?? '',
      status: STATUSES[summary.status ?? 0] ?? 'unknown',
    })),
  };
}

/**
 * Makes a version current, so that its workers get new workflows; until then a versioned worker polls in vain.
 * Waits for the first worker of that version to show up. Harmless to repeat.
 *
 * A new version must poll every queue of the present one: while its workers are still starting, the
 * server's refusal is answered by asking again.
 *
 * @param withinMs - how long to wait for the workers. Default 30 s.
 * @returns the build that was current before, undefined if none.
 * @throws FirebreakError `NO_WORKER` when the workers do not show up in time.
 */
export async function makeVersionCurrent(
  connection: Connection,
  wanted: DeploymentVersion & { readonly namespace: string; readonly withinMs?: number },
): Promise<string | undefined> {
  const { namespace, deploymentName, buildId, withinMs = 30_000 } = wanted;
  const giveUpAt = Date.now() + withinMs;
  const before = (await describeDeployment(connection, wanted))?.currentBuildId;
  for (;;) {
    try {
      await connection.workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName,
        buildId,
        identity: `firebreak@${process.pid}`,
      });
      return before;
    } catch (error) {
      if (!hasCode(error, GRPC_NOT_FOUND) && !hasCode(error, GRPC_FAILED_PRECONDITION)) throw error;
      if (Date.now() > giveUpAt) {
        throw new FirebreakError(
          'NO_WORKER',
          `No worker of ${deploymentName} build ${buildId} serves every queue of namespace ${namespace} after ${withinMs / 1000} s.`,
          { cause: error },
        );
      }
    }
    await sleep(POLL_MS);
  }
}

function hasCode(error: unknown, code: number): boolean {
  return isGrpcServiceError(error) && Number(error.code) === code;
}
