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
    if (event.kind === 'WorkflowTaskFailed') found.push(`${name}: a workflow task failed`);
    return found;
  });
}
