import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, WorkflowIdReusePolicy, startChild } from '@temporalio/workflow';
import { inEnglish } from '../../src/domain/fact-words';
import { TASK_QUEUES } from '../../src/domain/queues';
import { WATCH_INTERVAL_MS } from '../../src/domain/numbers';
import { summaryText } from '../lib/activities';
import { workflowIds } from '../messages';
import type { watch } from '../watch/watch.workflow';
import type { Desk } from './desk';

/** Real-time watching begins when something is in force, and lives until the last control is released or expired (B14). */
export async function startWatch(desk: Desk): Promise<void> {
  const { order, title } = desk.input;
  const { result } = desk;
  const { decision } = desk.orders;
  desk.enter('watching');
  const inForce =
    desk.notUndone.length > 0 ||
    (result?.results.some((done) => done.counts.applied + done.counts.already > 0) ?? false);
  if (result === null || result.plan === null || !inForce || order.drill || desk.orders.ended !== null) {
    desk.watch = 'none';
    return;
  }
  const minutesSince = Math.floor((Date.now() - Date.parse(order.declaredAt)) / WATCH_INTERVAL_MS);
  try {
    await startChild<typeof watch>('watch', {
      workflowId: workflowIds.watch(order.incident),
      taskQueue: TASK_QUEUES.flow,
      args: [
        {
          ...desk.onBehalf,
          ...(decision?.approved === true ? { approval: decision.authority } : {}),
          order,
          title,
          planHash: result.plan.planHash,
          before: result.readingsBefore,
          lastState: desk.progress.securityState ?? result.securityState,
          // Rounds name the notices, so a second watch must not begin at 0 again.
          rounds: desk.heardFromWatch === 0 && desk.watch === 'none' ? 0 : Math.max(1, minutesSince),
          notUndone: desk.notUndone,
        },
      ],
      // It outlives the runs of the incident, which end it by a message (a continue-as-new would cancel it otherwise).
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: summaryText(`watch ${order.hosts.join(', ')} for ${order.incident}`),
    });
    desk.watch = 'running';
  } catch (thrown) {
    if (thrown instanceof WorkflowExecutionAlreadyStartedError) {
      desk.watch = 'running';
      return;
    }
    desk.watch = 'none';
    const fact = { fact: 'watch-not-started' } as const;
    desk.raise('manual', inEnglish(fact));
    desk.tell('manual-response', 'manual-watch', [fact]);
  }
}
