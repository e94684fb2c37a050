import { ParentClosePolicy, WorkflowIdReusePolicy, startChild } from '@temporalio/workflow';
import type { Notice } from '../../src/domain/notice';
import { TASK_QUEUES } from '../../src/domain/queues';
import type { noticeWorkflow } from '../notice/notice.workflow';
import { workflowIds } from '../messages';
import { summaryText } from './activities';

/**
 * Starts a workflow of its own for each notice: its retries (5 × 30 s) may outlive the response and never hold it up (N2).
 * The workflow id carries incident and key, so that a notice is never told twice (N6).
 */
export class Teller {
  private readonly told = new Set<string>();
  private readonly starting: Promise<void>[] = [];

  tell(notice: Notice, tier = 1): void {
    if (this.told.has(notice.key)) return;
    this.told.add(notice.key);
    this.starting.push(this.start(notice, tier));
  }

  /** Waits until the server has taken every notice; not until anybody was reached. */
  async started(): Promise<void> {
    await Promise.all(this.starting);
  }

  private async start(notice: Notice, tier: number): Promise<void> {
    try {
      await startChild<typeof noticeWorkflow>('noticeWorkflow', {
        workflowId: workflowIds.notice(notice),
        taskQueue: TASK_QUEUES.flow,
        args: [{ notice, tier }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        staticSummary: summaryText(`tell people: ${notice.kind}, ${notice.title}`),
      });
    } catch {
      // A notice with this id is under way already (second try, reset): people are not told the same thing twice.
    }
  }
}
