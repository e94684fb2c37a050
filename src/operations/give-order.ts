import type { WorkflowHandle } from '@temporalio/client';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import type { Order } from '../domain/order';
import type { IncidentType } from '../domain/words';
import type { Granted, OrderReply } from '../../workflows/messages';
import { workflowIds } from '../../workflows/messages';
import { depositGrant } from './authorise';
import type { Credentials, OperationsDeps } from './deps';
import { reasonProblem } from './plain-text';
import { fromTemporal } from './temporal-failure';

/** An order to a running incident, as the CLI takes it. */
export type OrderRequest =
  | {
      readonly action: 'classify';
      readonly incident: IncidentId;
      readonly type: Exclude<IncidentType, 'unknown'>;
      readonly reason: string;
    }
  | {
      readonly action: 'approve' | 'reject';
      readonly incident: IncidentId;
      readonly plan: string;
      readonly reason: string;
    }
  | {
      readonly action: 'acknowledge' | 'take-over' | 'escalate' | 'stand-down' | 'release';
      readonly incident: IncidentId;
      readonly reason: string;
    }
  | {
      readonly action: 'unblock';
      readonly incident: IncidentId;
      /** Canonical. */
      readonly targets: readonly string[];
      /** Empty: every host of the incident. */
      readonly hosts: readonly string[];
      readonly reason: string;
    };

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
  const row = await deps.incidents.find(request.incident);
  if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', request.incident);
  if (row.closedAt !== null) throw new FirebreakError('INCIDENT_CLOSED', `closed at ${row.closedAt}`);
  const order = await orderOf(deps, request, row.planHash);
  const client = await deps.temporal();
  const grantId = await depositGrant(deps, credentials, order);
  const granted: Granted = { grantId, operator: credentials.operator, reason: request.reason };
  const args = {
    ...granted,
    ...('type' in order ? { type: order.type } : {}),
    ...('planHash' in order ? { planHash: order.planHash } : {}),
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
  if (request.action === 'classify')
    return Promise.resolve({
      action: 'classify',
      incident: request.incident,
      type: request.type,
      reason: request.reason,
    });
  if (request.action === 'approve' || request.action === 'reject') {
    if (planHash === null) throw new FirebreakError('WRONG_STATE', 'there is no plan yet');
    if (request.plan.length < 8 || !planHash.startsWith(request.plan))
      throw new FirebreakError('PLAN_CHANGED', `the current plan is ${planHash.slice(0, 12)}`);
    await deps.plans.load(request.incident, planHash);
    return { action: request.action, incident: request.incident, planHash, reason: request.reason };
  }
  if (request.action === 'unblock') {
    const { action, incident, targets, hosts, reason } = request;
    return { action, incident, targets, hosts, reason };
  }
  return { action: request.action, incident: request.incident, reason: request.reason };
}
