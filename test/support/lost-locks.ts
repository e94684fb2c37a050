import type { TestWorkflowEnvironment } from '@temporalio/testing';

/**
 * Gives back the locks that the test server loses. It counts what is under way and skips time only when nothing is; a child that
 * ends after its parent has (our notices do: nobody waits for them) takes a lock that only the parent would give back
 * (`processCompleteWorkflowExecution notify parent`, temporal-test-server 1.32.1), and time would never be skipped again.
 */
export class LostLocks {
  private readonly open = new Map<string, string>();
  private readonly settled = new Set<string>();

  constructor(private readonly env: TestWorkflowEnvironment) {}

  /** A workflow that may be such a child. */
  watch(workflowId: string, runId: string): void {
    if (!this.settled.has(runId)) this.open.set(runId, workflowId);
  }

  async giveBack(): Promise<void> {
    const { testService } = this.env.connection;
    if (testService === undefined) return;
    for (const [runId, workflowId] of this.open) {
      const ended = await this.closeTime(workflowId, runId);
      if (ended === undefined || this.settled.has(runId)) continue;
      this.open.delete(runId);
      this.settled.add(runId);
      const parent = ended.parent === undefined ? undefined : await this.closeTime(ended.parent.id, ended.parent.run);
      if (parent !== undefined && parent.at <= ended.at) await testService.unlockTimeSkipping({});
    }
  }

  private async closeTime(
    workflowId: string,
    runId: string,
  ): Promise<
    { readonly at: number; readonly parent: { readonly id: string; readonly run: string } | undefined } | undefined
  > {
    const { closeTime, parentExecution } = await this.env.client.workflow.getHandle(workflowId, runId).describe();
    if (closeTime === undefined) return undefined;
    const { workflowId: id, runId: run } = parentExecution ?? {};
    return { at: closeTime.getTime(), parent: id && run ? { id, run } : undefined };
  }
}
