import type { TestWorkflowEnvironment } from '@temporalio/testing';

/**
 * Gives back the locks that the test server loses. It counts what is under way and skips time only when nothing is; a child's end
 * takes a lock that only its parent's hearing of it gives back (`processCompleteWorkflowExecution notify parent`,
 * temporal-test-server 1.32.1). A parent that has ended hears of nothing (our notices outlive theirs: nobody waits for them), and
 * time would never be skipped again. Who heard of whom stands in the parent's history; the hours of the two ends do not tell.
 */
export class LostLocks {
  private readonly seen = new Set<string>();
  /** Runs that had not ended at the last look, by run id. */
  private readonly open = new Map<string, string>();
  /** Children of ended parents that had not ended at the last look. */
  private readonly orphans = new Set<string>();

  constructor(private readonly env: TestWorkflowEnvironment) {}

  /** A workflow that may have children. */
  watch(workflowId: string, runId: string): void {
    if (this.seen.has(runId)) return;
    this.seen.add(runId);
    this.open.set(runId, workflowId);
  }

  async giveBack(): Promise<void> {
    const { testService } = this.env.connection;
    if (testService === undefined) return;
    if (this.open.size + this.orphans.size === 0) return;
    // What is watched from here on may not be in the list.
    const [watched, orphans] = [[...this.open], [...this.orphans]];
    const running = await this.running();
    for (const [runId, workflowId] of watched) {
      if (running.has(runId) || !this.open.delete(runId)) continue;
      for (const child of await this.unheardOf(workflowId, runId)) this.orphans.add(child);
    }
    for (const workflowId of orphans) {
      if (running.has(workflowId)) continue;
      const state = await this.state(workflowId);
      if (state === 'RUNNING' || !this.orphans.delete(workflowId)) continue;
      // One that was terminated never took its lock.
      if (state !== 'TERMINATED') await testService.unlockTimeSkipping({});
    }
  }

  /** Ids and run ids of all that run: one question, because it is asked ten times a second. */
  private async running(): Promise<ReadonlySet<string>> {
    const { workflowService } = this.env.connection;
    const { executions } = await workflowService.listOpenWorkflowExecutions({
      namespace: this.env.namespace ?? 'default',
    });
    return new Set(executions.flatMap(({ execution }) => [execution?.workflowId ?? '', execution?.runId ?? '']));
  }

  private async state(workflowId: string): Promise<string> {
    return (await this.env.client.workflow.getHandle(workflowId).describe()).status.name;
  }

  /** Children that were still running for all that a parent, now ended, had heard. */
  private async unheardOf(workflowId: string, runId: string): Promise<Iterable<string>> {
    const { events } = await this.env.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const children = new Map<string, string>();
    for (const event of events ?? []) {
      const started = event.childWorkflowExecutionStartedEventAttributes;
      if (started?.workflowExecution?.workflowId)
        children.set(String(started.initiatedEventId), started.workflowExecution.workflowId);
      const ended =
        event.childWorkflowExecutionCompletedEventAttributes ??
        event.childWorkflowExecutionFailedEventAttributes ??
        event.childWorkflowExecutionCanceledEventAttributes ??
        event.childWorkflowExecutionTimedOutEventAttributes ??
        event.childWorkflowExecutionTerminatedEventAttributes;
      if (ended) children.delete(String(ended.initiatedEventId));
    }
    return children.values();
  }
}
