import { SUMMARY_MAX_CHARACTERS } from '../../src/domain/numbers';
import type { LoggedEvent } from './event-log';

const LARGEST_PAYLOAD = 64 * 1024;

interface Encoded {
  readonly data?: Uint8Array;
}

function payloadsIn(value: unknown): readonly Encoded[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('data' in value && value.data instanceof Uint8Array) return [value as Encoded];
  return Object.values(value).flatMap(payloadsIn);
}

/**
 * A workflow task that failed by a fault of the workflow. News that arrive while a workflow ends fail its task too: the server then asks once
 * more, and that is nobody's fault.
 */
export function isTaskFault({ kind, attributes }: LoggedEvent): boolean {
  return kind === 'WorkflowTaskFailed' && attributes['cause'] !== 'WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND';
}

/** What every history of ours must keep to, as a list of breaches (DESIGN §3: the Temporal UI is a product surface). */
export function breaches(log: readonly LoggedEvent[]): readonly string[] {
  return log.flatMap((event) => {
    const found: string[] = [];
    const name = `${event.kind} ${event.id} ${event.name ?? ''}`;
    if (['ActivityTaskScheduled', 'TimerStarted', 'StartChildWorkflowExecutionInitiated'].includes(event.kind)) {
      // The test server drops the summaries of child workflows from this event; they are at the child's start.
      const needed = event.kind !== 'StartChildWorkflowExecutionInitiated';
      if (needed && !event.summary) found.push(`${name} has no summary`);
      if ((event.summary ?? '').length > SUMMARY_MAX_CHARACTERS) found.push(`${name}: summary too long`);
      if ((event.summary ?? '').includes('\n')) found.push(`${name}: summary of several lines`);
    }
    for (const { data } of payloadsIn(event.attributes))
      if ((data?.length ?? 0) >= LARGEST_PAYLOAD) found.push(`${name} carries ${data?.length} bytes`);
    if (isTaskFault(event)) found.push(`${name}: a workflow task failed`);
    return found;
  });
}
