import { ApplicationFailure, setHandler, workflowInfo } from '@temporalio/workflow';
import { ERRORS } from '../../src/domain/errors';
import { isIncidentId } from '../../src/domain/ids';
import { namesItsType } from '../../src/domain/order';
import { setAttributes } from '../lib/search-attributes';
import type { IncidentInput } from '../messages';
import { planQuery, progressQuery, progressSignal, unauthorisedActSignal, watchSignal, workflowIds } from '../messages';
import { alertUnauthorisedAct } from './alert-unauthorised';
import { Desk } from './desk';
import { receiveOrders } from './orders';

/**
 * Opens the desk with all handlers registered, before anything is awaited.
 * @throws ApplicationFailure BAD_INPUT or NOT_AUTHORISED when somebody started it by hand
 */
export function openDesk(input: IncidentInput): Desk {
  checkInput(input);
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
  // Signals can be sent by hand too; what is none of ours must not stop the workflow with a TypeError.
  setHandler(progressSignal, (news) => {
    if (Array.isArray(news?.carried?.results) && Array.isArray(news.progress?.steps)) desk.hearResponse(news);
  });
  setHandler(watchSignal, (news) => {
    if (typeof news?.active === 'number') desk.hearWatch(news);
  });
  setHandler(unauthorisedActSignal, (about) => {
    if (typeof about?.act === 'string' && typeof about.code === 'string') alertUnauthorisedAct(desk, about);
  });
  receiveOrders(desk);
  return desk;
}

/** The order was checked at the edge; this only keeps a start by hand from turning into a task that fails for ever. */
function checkInput(input: IncidentInput): void {
  const order = input?.order;
  const whole =
    isIncidentId(String(order?.incident)) &&
    namesItsType(order) &&
    Array.isArray(order.hosts) &&
    typeof order.limits === 'object' &&
    order.limits !== null &&
    Number.isFinite(Date.parse(order.declaredAt)) &&
    typeof input.grantId === 'string' &&
    typeof input.title === 'string';
  if (!whole) throw ApplicationFailure.nonRetryable('not an order to respond', 'BAD_INPUT');
}

/**
 * An incident runs under its own id, and only a run of it may hand over to the next one, once: whoever starts a workflow by hand
 * could otherwise claim that a release has been ordered (B15). The grants are verified again by the first act.
 */
function refuseForgedInput({ order, resumed }: IncidentInput): void {
  const { workflowId, continuedFromExecutionRunId, cronSchedule } = workflowInfo();
  const own = workflowId === workflowIds.incident(order.incident) && (cronSchedule ?? '') === '';
  if (own && (resumed === undefined || continuedFromExecutionRunId !== undefined)) return;
  throw ApplicationFailure.create({
    type: 'NOT_AUTHORISED',
    message: `${ERRORS.NOT_AUTHORISED.message} This is not the workflow that ${order.incident} was declared with.`,
    nonRetryable: true,
  });
}
