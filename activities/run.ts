import { Context } from '@temporalio/activity';
import { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { Authority } from './caller';
import { authorities } from './authority';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';

export interface EndStuckRunInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  readonly workflowId: string;
  readonly runId: string;
  readonly reason: string;
}

/** Acts on runs themselves. */
export function runActivities(deps: GuardedDeps) {
  const authority = authorities(deps);
  return {
    /**
     * Ends a response whose workflow tasks keep failing, so that the second try can start (DESIGN §3). A run that is closed
     * already is left alone. Nothing but the incident's own responses is ended.
     */
    endStuckRun: (input: EndStuckRunInput): Promise<void> =>
      activity(async () => {
        await authority.toRecord(input, 'end-run');
        if (!String(input.workflowId).startsWith(`${input.incident}:response-`))
          throw new FirebreakError('NOT_AUTHORISED', {
            cause: 'unauthorised',
            why: 'not-its-response',
            name: input.incident,
          });
        try {
          await Context.current().client.workflow.getHandle(input.workflowId, input.runId).terminate(input.reason);
        } catch (thrown) {
          if (!(thrown instanceof Error) || thrown.name !== 'WorkflowNotFoundError') throw thrown;
        }
      }),
  };
}
