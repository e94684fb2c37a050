import type { ChildWorkflowHandle } from '@temporalio/workflow';
import { condition } from '@temporalio/workflow';
import { flow } from '../lib/activities';
import type { response } from '../response/response.workflow';
import type { Desk } from './desk';

/** Not a minute: late steps report after whole minutes, and a timer that is cancelled as it fires upsets the skipped-time server. */
const QUIET_MS = 70_000;
const ANSWER_MS = 30_000;
const AFTER_DEADLINE_MS = 30_000;

/**
 * Watches over a response until it has ended. One whose workflow tasks keep failing says nothing, not even when it is asked; it
 * is ended by force and counts as failed (DESIGN §3). So does one that outlives the deadline.
 */
export async function endIfStuck(
  desk: Desk,
  child: ChildWorkflowHandle<typeof response>,
  ended: () => boolean,
): Promise<void> {
  while (!ended()) {
    const patience = Math.max(1, Math.min(QUIET_MS, desk.deadlineAt + AFTER_DEADLINE_MS - Date.now()));
    if (await heard(desk, ended, patience, 'response quiet: ask whether it is alive')) {
      if (!overdue(desk)) continue;
    } else {
      await desk.passOnOrders();
      const alive = await heard(desk, ended, ANSWER_MS, 'wait for the response’s sign of life');
      if (alive && !overdue(desk)) continue;
    }
    if (ended()) return;
    await flow.endStuckRun('end the response: it is stuck or has outlived the deadline', {
      ...desk.onBehalf,
      workflowId: child.workflowId,
      runId: child.firstExecutionRunId,
      reason: overdue(desk) ? 'the response outlived the deadline' : 'the response is stuck: its workflow tasks fail',
    });
    await condition(ended);
  }
}

function heard(desk: Desk, ended: () => boolean, withinMs: number, summary: string): Promise<boolean> {
  const before = desk.heardFromResponse;
  return condition(() => ended() || desk.heardFromResponse !== before, withinMs, { summary });
}

function overdue(desk: Desk): boolean {
  return Date.now() >= desk.deadlineAt + AFTER_DEADLINE_MS;
}
