import { ApplicationFailure, setHandler, workflowInfo } from '@temporalio/workflow';
import { ERRORS } from '../../src/domain/errors';
import { setAttributes } from '../lib/search-attributes';
import type { IncidentInput } from '../messages';
import { planQuery, progressQuery, progressSignal, watchSignal, workflowIds } from '../messages';
import { Desk } from './desk';
import { receiveOrders } from './orders';

/**
 * An incident runs under its own id, and only a run of it may hand over to the next one: whoever starts a workflow by hand could
 * otherwise claim that a release has been ordered (B15).
 * @throws ApplicationFailure NOT_AUTHORISED
 */
function refuseForgedInput({ order, resumed }: IncidentInput): void {
  const { workflowId, continuedFromExecutionRunId } = workflowInfo();
  if (
    workflowId === workflowIds.incident(order.incident) &&
    (resumed === undefined || continuedFromExecutionRunId !== undefined)
  )
    return;
  throw ApplicationFailure.create({
    type: 'NOT_AUTHORISED',
    message: `${ERRORS.NOT_AUTHORISED.message} This is not the workflow of ${order.incident}.`,
    nonRetryable: true,
  });
}

/**
 * Opens the desk with all handlers registered, before anything is awaited.
 * @throws ApplicationFailure NOT_AUTHORISED
 */
export function openDesk(input: IncidentInput): Desk {
  refuseForgedInput(input);
  const desk = new Desk(input);
  setAttributes({
    order: input.order,
    Severity: input.order.severity,
    Phase: desk.progress.phase,
    NeedsHuman: desk.progress.needsHuman,
  });
  setHandler(progressQuery, () => desk.progress, { description: 'Where the incident stands.' });
  setHandler(planQuery, () => desk.result?.plan ?? desk.carried?.plan ?? null, { description: 'The response plan.' });
  setHandler(progressSignal, (progress, carried) => {
    desk.heardFromResponse += 1;
    desk.carried = carried;
    desk.update({ ...progress, outcome: desk.progress.outcome });
  });
  setHandler(watchSignal, (seen) => {
    desk.update({ securityState: seen.state });
    if (seen.active === 0) desk.watchEnded = true;
  });
  receiveOrders(desk);
  return desk;
}
