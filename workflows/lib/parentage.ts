import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { ERRORS } from '../../src/domain/errors';
import type { IncidentId } from '../../src/domain/ids';

/**
 * Only an incident, which has verified its grant, may set off what acts: a workflow that somebody started around it does nothing
 * and fails visibly (B15). A parent cannot be forged from outside.
 * @throws ApplicationFailure NOT_AUTHORISED
 */
export function startedWithin(incident: IncidentId): void {
  const parent = workflowInfo().parent?.workflowId;
  if (parent !== undefined && parent.split(':')[0] === incident) return;
  throw ApplicationFailure.create({
    type: 'NOT_AUTHORISED',
    message: `${ERRORS.NOT_AUTHORISED.message} It was not started by ${String(incident).slice(0, 40)}.`,
    nonRetryable: true,
  });
}
