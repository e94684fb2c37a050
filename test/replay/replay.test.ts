import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { WorkflowBundle } from '@temporalio/worker';
import { Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { BRANCHES } from '../../src/domain/branches';
import { shippedBundle } from '../support/workflow-bundles';

const HISTORIES = join(__dirname, 'histories');
const FILES = readdirSync(HISTORIES)
  .filter((name) => name.endsWith('.json.gz'))
  .sort();

interface RecordedHistory {
  readonly events: {
    readonly workflowExecutionStartedEventAttributes?: {
      readonly input: { readonly payloads: readonly { readonly data: string }[] };
    };
    readonly activityTaskScheduledEventAttributes?: { readonly activityType: { name: string } };
  }[];
}

const read = (name: string): RecordedHistory =>
  JSON.parse(gunzipSync(readFileSync(join(HISTORIES, name))).toString('utf8')) as RecordedHistory;

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  const nothing = (): void => undefined;
  Runtime.install({
    logger: { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
  workflowBundle = await shippedBundle();
});

/** Under the incident's id, which an incident looks at before it does anything. */
function replay(history: RecordedHistory): Promise<void> {
  const [argument] = history.events[0]!.workflowExecutionStartedEventAttributes!.input.payloads;
  const { order } = JSON.parse(Buffer.from(argument!.data, 'base64').toString('utf8')) as {
    order: { incident: string };
  };
  return Worker.runReplayHistory({ workflowBundle }, history, order.incident);
}

describe('replay of recorded histories', () => {
  test('every branch has a recorded history, and no history is left over', () => {
    expect([...new Set(FILES.map((name) => name.split('.')[0]))].sort()).toEqual([...BRANCHES].sort());
  });

  test.each(FILES)('%s', async (name) => {
    await replay(read(name));
  });

  test('a flow that calls another activity than the recorded one is found out', async () => {
    const changed = read('normal-block.response.json.gz');
    const scheduled = changed.events.find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType.name === 'openBag',
    );
    scheduled!.activityTaskScheduledEventAttributes!.activityType.name = 'somethingElse';
    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });
});
