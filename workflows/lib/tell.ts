import { CancellationScope, ParentClosePolicy, WorkflowIdReusePolicy, startChild } from '@temporalio/workflow';
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
  private starting = 0;

  /** Nobody may be left untold because the step that tells is cancelled: the notice stands outside of every scope. */
  tell(notice: Notice, tier = 1): void {
    if (this.told.has(notice.key)) return;
    this.told.add(notice.key);
    this.starting += 1;
    void CancellationScope.nonCancellable(() => this.start(notice, tier)).finally(() => {
      this.starting -= 1;
    });
  }

  /** The server has taken every notice; whether anybody was reached is another matter. */
  get idle(): boolean {
    return this.starting === 0;
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
