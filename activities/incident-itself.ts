import { Context } from '@temporalio/activity';

/**
 * Whether the incident's own workflow calls for this activity. One id has one running workflow, so nobody else runs under it while the
 * incident does.
 */
export function isIncidentItself(incident: string): boolean {
  return Context.current().info.workflowExecution?.workflowId === incident;
}

/** Whether the incident or one of the tries of its response calls. */
export function isRunOf(incident: string): boolean {
  const caller = Context.current().info.workflowExecution?.workflowId;
  return [incident, `${incident}:response-1`, `${incident}:response-2`].some((id) => id === caller);
}
