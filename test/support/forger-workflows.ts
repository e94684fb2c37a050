import { makeContinueAsNewFunc, startChild } from '@temporalio/workflow';
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
