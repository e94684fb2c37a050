import { CancellationScope, ParentClosePolicy, WorkflowIdReusePolicy, startChild } from '@temporalio/workflow';
import type { Notice } from '../../src/domain/notice';
import { tierOf } from '../../src/domain/notice';
import { TASK_QUEUES } from '../../src/domain/queues';
import type { Authority } from '../../activities';
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

  /** @param authority the order that the incident was started with; a notice is told on no other ground (H1) */
  constructor(private readonly authority: Authority) {}

  /**
   * Nobody may be left untold because the step that tells is cancelled: the notice stands outside of every scope.
   * @param spoken the order whose words the notice carries
   */
  tell(notice: Notice, tier = tierOf(notice.kind), spoken?: Authority): void {
    if (this.told.has(notice.key)) return;
    this.told.add(notice.key);
    this.starting += 1;
    void CancellationScope.nonCancellable(() => this.start(notice, tier, spoken)).finally(() => {
      this.starting -= 1;
    });
  }

  /** The server has taken every notice; whether anybody was reached is another matter. */
  get idle(): boolean {
    return this.starting === 0;
  }

  private async start(notice: Notice, tier: number, spoken: Authority | undefined): Promise<void> {
    try {
      await startChild<typeof noticeWorkflow>('noticeWorkflow', {
        workflowId: workflowIds.notice(notice),
        taskQueue: TASK_QUEUES.flow,
        args: [{ notice, tier, authority: this.authority, ...(spoken === undefined ? {} : { spoken }) }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        staticSummary: summaryText(`tell people: ${notice.kind}, ${notice.title}`),
      });
    } catch {
      // A notice with this id is under way already (second try, reset): people are not told the same thing twice.
    }
  }
}
