import { Context } from '@temporalio/activity';
import { activity } from './failure';

/** Acts on runs themselves. */
export function runActivities() {
  return {
    /**
     * Ends a response whose workflow tasks keep failing, so that the second try can start (DESIGN §3). A run that is closed
     * already is left alone.
     */
    endStuckRun: (input: {
      readonly workflowId: string;
      readonly runId: string;
      readonly reason: string;
    }): Promise<void> =>
      activity(async () => {
        try {
          await Context.current().client.workflow.getHandle(input.workflowId, input.runId).terminate(input.reason);
        } catch (thrown) {
          if (!(thrown instanceof Error) || thrown.name !== 'WorkflowNotFoundError') throw thrown;
        }
      }),
  };
}
