import { Context } from '@temporalio/activity';

/**
 * Whether the incident's own workflow calls for this activity. One id has one running workflow, so nobody else runs under it while the
 * incident does.
 */
export function isIncidentItself(incident: string): boolean {
  return Context.current().info.workflowExecution?.workflowId === incident;
}
