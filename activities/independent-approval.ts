import { FirebreakError } from '../src/domain/errors';
import type { SignedRequest } from '../src/domain/order';
import type { GuardedDeps } from './guarded';

/**
 * Tells an approver at once that the approval does not count: somebody whom the requester has enrolled may be the requester (N5). The act
 * that needs the approval asks the same again.
 * @throws FirebreakError OPERATOR_NOT_ALLOWED, UNKNOWN_INCIDENT
 */
export async function demandIndependentApproval(
  deps: Pick<GuardedDeps, 'authorisation' | 'incidents'>,
  signed: SignedRequest,
  { grantId, use }: { readonly grantId: string; readonly use: string },
): Promise<void> {
  if (signed.order.action !== 'approve') return;
  const row = await deps.incidents.find(signed.order.incident);
  if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', signed.order.incident);
  const requester = row.order.operator;
  const { enrolledBy } = await deps.authorisation.confirm(grantId, use);
  if (enrolledBy.includes(requester))
    throw new FirebreakError(
      'OPERATOR_NOT_ALLOWED',
      `${requester}, whose request it is, has enrolled ${signed.operator}: somebody else approves.`,
    );
}
