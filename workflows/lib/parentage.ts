import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { ERRORS } from '../../src/domain/errors';
import type { IncidentId } from '../../src/domain/ids';

/**
 * Only an incident may set off what acts: a workflow that somebody started by hand fails at once and visibly. A parent of that name
 * can be forged, though; what counts is the grant, which every act asks for itself (B15).
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
