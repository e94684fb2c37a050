import {
  ActivityFailure,
  ApplicationFailure,
  makeContinueAsNewFunc,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';
import { TASK_QUEUES } from '../../src/domain/queues';
import type { IncidentInput, ResponseInput, WatchInput } from '../../workflows/messages';

/** What somebody who reaches the Temporal server runs on a queue of their own, under an incident's id. */

/** Goes on as an incident that says of itself whatever is wanted. */
export async function forgedContinuation(input: IncidentInput): Promise<void> {
  await makeContinueAsNewFunc<(input: IncidentInput) => Promise<unknown>>({
    workflowType: 'incident',
    taskQueue: TASK_QUEUES.flow,
  })(input);
}

/** Starts a real response or watch as its child. */
export async function forgedParent(
  type: 'response' | 'watch',
  workflowId: string,
  input: ResponseInput | WatchInput,
): Promise<unknown> {
  const child = await startChild(type, { workflowId, taskQueue: TASK_QUEUES.flow, args: [input] });
  return child.result();
}

/** Calls for one activity of the workers. @returns what it came to, and the code of its failure */
export async function callActivity(taskQueue: string, name: string, input: unknown): Promise<string> {
  const proxy = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '60 s',
    scheduleToCloseTimeout: '60 s',
    retry: { maximumAttempts: 1 },
  });
  try {
    await proxy[name]?.(input);
    return 'done';
  } catch (thrown) {
    const cause = thrown instanceof ActivityFailure ? thrown.cause : thrown;
    return cause instanceof ApplicationFailure ? (cause.type ?? 'no code') : String(cause);
  }
}
