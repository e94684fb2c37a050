import type { WorkflowHandle } from '@temporalio/client';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import type { EnrolmentOrder, EvidenceOrder, Order } from '../domain/order';
import type { IncidentRow } from '../ports/repositories';
import type { Granted, OrderReply } from '../../workflows/messages';
import { workflowIds } from '../../workflows/messages';
import { depositGrant } from './authorise';
import type { Credentials, OperationsDeps } from './deps';
import { knownIncident, refuseUnknown } from './known-names';
import { reasonProblem } from './plain-text';
import { fromTemporal } from './temporal-failure';

type Decision = Extract<Order, { readonly action: 'approve' | 'reject' }>;

/** An order to a running incident, as the CLI takes it: a decision names the plan by the beginning of its hash. */
export type OrderRequest =
  | Exclude<Order, Decision | EnrolmentOrder | EvidenceOrder | { readonly action: 'respond' }>
  | (Omit<Decision, 'planHash'> & { readonly plan: string });

const ANSWER_WITHIN_MS = 30_000;

/** An order with its grant, as an Update of its incident. */
export interface GrantedUpdate {
  readonly handle: WorkflowHandle;
  readonly name: OrderRequest['action'];
  readonly args: Granted & Readonly<Record<string, unknown>>;
  /** The grant's: an Update that is sent again is the same one. */
  readonly updateId: string;
}

/**
 * Signs an order, deposits its grant and sends it as an Update (B15).
 * @throws FirebreakError BAD_INPUT, UNKNOWN_INCIDENT, INCIDENT_CLOSED, WRONG_STATE, PLAN_CHANGED, NO_WORKER, TEMPORAL_UNREACHABLE and the
 *   codes of a refused grant
 */
export function giveOrder(deps: OperationsDeps, credentials: Credentials, request: OrderRequest): Promise<OrderReply> {
  return sendOrder(deps, credentials, request, ({ handle, name, args, updateId }) =>
    handle.executeUpdate<OrderReply, [typeof args]>(name, { args: [args], updateId }),
  );
}

/**
 * Signs an order, deposits its grant and lets `send` bring it to the incident.
 * @throws as `giveOrder`
 */
export async function sendOrder<R>(
  deps: OperationsDeps,
  credentials: Credentials,
  request: OrderRequest,
  send: (update: GrantedUpdate) => Promise<R>,
): Promise<R> {
  acceptReason(request);
  const { planHash } = await openIncident(deps, request.incident);
  const order = await orderOf(deps, request, planHash);
  const client = await deps.temporal();
  const grantId = await depositGrant(deps, credentials, order);
  const granted: Granted = { grantId, operator: credentials.operator, reason: request.reason };
  const args = {
    ...granted,
    ...('type' in order ? { type: order.type } : {}),
    ...('planHash' in order ? { planHash: order.planHash } : {}),
    ...('gone' in order ? { gone: order.gone } : {}),
    ...('targets' in order ? { targets: order.targets, hosts: order.hosts } : {}),
  };
  const handle = client.workflow.getHandle(workflowIds.incident(request.incident));
  try {
    return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      send({ handle, name: request.action, args, updateId: grantId }),
    );
  } catch (thrown) {
    const error = fromTemporal(thrown);
    if (error.code !== 'TEMPORAL_UNREACHABLE' || !(await answers(deps))) throw error;
    throw new FirebreakError('NO_WORKER', 'the order was sent but nobody took it', { cause: thrown });
  }
}

/**
 * The row of an incident that still takes orders. A row can be made to say that it is closed; one that runs takes them all the same (H1).
 * @throws FirebreakError UNKNOWN_INCIDENT, INCIDENT_CLOSED
 */
export async function openIncident(
  deps: Pick<OperationsDeps, 'incidents' | 'temporal'>,
  incident: IncidentId,
): Promise<IncidentRow> {
  const row = await knownIncident(deps, incident);
  if (row.closedAt !== null && !(await runs(deps, incident)))
    throw new FirebreakError('INCIDENT_CLOSED', `closed at ${row.closedAt}`);
  return row;
}

/**
 * Only what the incident has put on a host can be given up there; a host that left the inventory is among them.
 * @throws FirebreakError UNKNOWN_HOST with the nearest name
 */
export async function refuseUnknownGone(
  { controls, incidents }: Pick<OperationsDeps, 'controls' | 'incidents'>,
  request: OrderRequest,
): Promise<void> {
  if (!('gone' in request) || request.gone === undefined) return;
  const rows = await controls.all(request.incident);
  const { order } = await knownIncident({ incidents }, request.incident);
  refuseUnknown(
    'host',
    request.gone.map((name) => ({ path: '--gone', name })),
    new Set([...rows.map(({ host }) => host), ...order.hosts]),
  );
}

async function runs({ temporal }: Pick<OperationsDeps, 'temporal'>, incident: IncidentId): Promise<boolean> {
  try {
    const client = await temporal();
    const { status } = await client.withDeadline(Date.now() + 3_000, () =>
      client.workflow.getHandle(workflowIds.incident(incident)).describe(),
    );
    return status.name === 'RUNNING';
  } catch {
    return false;
  }
}

/** Looked at before anybody is asked for key and code. @throws FirebreakError BAD_INPUT */
export function acceptReason(request: Pick<OrderRequest, 'reason'>): void {
  const wrong = reasonProblem(request.reason);
  if (wrong !== undefined)
    throw new FirebreakError('BAD_INPUT', undefined, { problems: [{ path: '--reason', message: wrong }] });
}

async function answers(deps: OperationsDeps): Promise<boolean> {
  try {
    const client = await deps.temporal();
    await client.withDeadline(Date.now() + 3_000, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}

async function orderOf(deps: OperationsDeps, request: OrderRequest, planHash: string | null): Promise<Order> {
  if (!('plan' in request)) return request;
  if (planHash === null) throw new FirebreakError('WRONG_STATE', 'there is no plan yet');
  if (request.plan.length < 8 || !planHash.startsWith(request.plan))
    throw new FirebreakError('PLAN_CHANGED', `the current plan is ${planHash.slice(0, 12)}`);
  await deps.plans.load(request.incident, planHash);
  return { action: request.action, incident: request.incident, planHash, reason: request.reason };
}
