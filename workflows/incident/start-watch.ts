import { ParentClosePolicy, WorkflowIdReusePolicy, startChild } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../src/domain/queues';
import { summaryText } from '../lib/activities';
import { workflowIds } from '../messages';
import type { watch } from '../watch/watch.workflow';
import type { Desk } from './desk';

/** Real-time watching begins when something is in force, and lives until the last control is released or expired (B14). */
export async function startWatch(desk: Desk): Promise<void> {
  const { order, title } = desk.input;
  const { result } = desk;
  desk.enter('watching');
  const inForce = result?.results.some((done) => done.counts.applied + done.counts.already > 0) ?? false;
  if (result === null || result.plan === null || !inForce || order.drill || desk.orders.ended !== null) return;
  try {
    await startChild<typeof watch>('watch', {
      workflowId: workflowIds.watch(order.incident),
      taskQueue: TASK_QUEUES.flow,
      args: [
        {
          incident: order.incident,
          order,
          title,
          planHash: result.plan.planHash,
          before: result.readingsBefore,
          lastState: result.securityState,
          rounds: 0,
        },
      ],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: summaryText(`watch ${order.hosts.join(', ')} for ${order.incident}`),
    });
    desk.watching = true;
  } catch {
    desk.raise('manual', 'the watch could not be started: lost controls are not put back');
    desk.tell('manual-response', 'manual-watch', ['the watch could not be started: lost controls are not put back']);
  }
}
