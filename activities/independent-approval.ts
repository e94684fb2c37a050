import { FirebreakError } from '../src/domain/errors';
import type { SignedRequest } from '../src/domain/order';
import { dependence } from '../src/domain/order';
import type { GuardedDeps } from './guarded';
import { ordersOf } from './orders-on-record';

/**
 * Tells an approver at once that the approval does not count: it may come from the same hands as the request (N5). The act that needs the
 * approval asks the same again.
 * @throws FirebreakError OPERATOR_NOT_ALLOWED, UNKNOWN_INCIDENT
 */
export async function demandIndependentApproval(
  deps: Pick<GuardedDeps, 'authorisation' | 'incidents' | 'ledger' | 'seals'>,
  signed: SignedRequest,
  { grantId, use }: { readonly grantId: string; readonly use: string },
): Promise<void> {
  if (signed.order.action !== 'approve') return;
  const row = await deps.incidents.find(signed.order.incident);
  if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', signed.order.incident);
  const approver = await deps.authorisation.confirm(grantId, use);
  const orders = await ordersOf(deps, signed.order.incident);
  const request = orders.find(({ action, operator }) => action === 'respond' && operator === row.order.operator);
  const requester =
    request === undefined
      ? { operator: row.order.operator, enrolledBy: [], enrolledLately: [] }
      : await deps.authorisation.confirm(request.grantId, request.use);
  const wrong = dependence(approver, requester);
  if (wrong !== undefined) throw new FirebreakError('OPERATOR_NOT_ALLOWED', wrong);
}
