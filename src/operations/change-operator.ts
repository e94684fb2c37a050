import { FirebreakError } from '../domain/errors';
import type { OperatorChange, OperatorRole } from '../domain/order';
import type { Operator } from '../ports/authorisation';
import { depositGrant } from './authorise';
import type { Credentials, OperationsDeps } from './deps';
import { carriedOut, demandReason, demandShown, type EnrolDeps, type Handover } from './enrol';

/** A change that hands nothing over. */
export type PlainChange = Extract<
  OperatorChange,
  { readonly action: 'operator-disable' | 'operator-enable' | 'operator-unlock' | 'operator-roles' }
>;

export interface OperatorChanged {
  /** False: the ledger holds the intent only. */
  readonly recorded: boolean;
}

/** A new secret. */
export interface SecretChanged extends OperatorChanged {
  /** otpauth:// URI, known to nobody else; empty for a detector. */
  readonly otpauth: string;
}

/**
 * Lets a worker disable, enable or unlock somebody, or give them other roles, by an admin's signed order (B15).
 * @throws FirebreakError BAD_INPUT, OPERATOR_UNKNOWN, OPERATOR_NOT_ALLOWED, OPERATOR_CHANGED, NO_WORKER, TEMPORAL_UNREACHABLE and the codes of
 *   a refused grant
 */
export async function changeOperator(
  deps: EnrolDeps & Pick<OperationsDeps, 'operators'>,
  credentials: Credentials,
  order: PlainChange,
): Promise<OperatorChanged> {
  demandReason(order.reason);
  const { recorded } = await ordered(deps, credentials, order);
  await demandShown(deps, order.operator, (now) => isAs(order, now));
  return { recorded };
}

function isAs(order: PlainChange, now: Operator | undefined): boolean {
  if (now === undefined) return false;
  switch (order.action) {
    case 'operator-disable':
      return now.disabled;
    case 'operator-enable':
      return !now.disabled;
    case 'operator-unlock':
      return !now.locked;
    case 'operator-roles':
      return [...now.roles].sort().join() === order.roles.split(',').sort().join();
  }
}

/** The roles of an order, as they are signed. */
export function rolesInOrder(roles: readonly OperatorRole[]): string {
  return [...new Set(roles)].join(',');
}

/**
 * Lets a worker make a new TOTP secret and take a new key. @param publicKey undefined when the key stays
 * @throws FirebreakError as `changeOperator`
 */
export async function rotateOperator(
  deps: EnrolDeps & Pick<OperationsDeps, 'operators'>,
  credentials: Credentials,
  rotation: { readonly operator: string; readonly publicKey: string | undefined; readonly reason: string },
  handover: Handover,
): Promise<SecretChanged> {
  const { operator, publicKey = '', reason } = rotation;
  demandReason(reason);
  const order = { action: 'operator-rotate', operator, publicKey, handoverKey: handover.publicKey, reason } as const;
  return withSecret(order, handover, await shown(deps, await ordered(deps, credentials, order)));
}

/**
 * Lets a worker unlock the signer and make a new TOTP secret. @param credentials of the same person, with a recovery code as `otp`
 * @throws FirebreakError as `changeOperator`
 */
export async function recoverOperator(
  deps: EnrolDeps & Pick<OperationsDeps, 'operators'>,
  credentials: Credentials,
  reason: string,
  handover: Handover,
): Promise<SecretChanged> {
  demandReason(reason);
  const { operator } = credentials;
  const order = { action: 'operator-recover', operator, handoverKey: handover.publicKey, reason } as const;
  return withSecret(order, handover, await shown(deps, await ordered(deps, credentials, order)));
}

/**
 * Lets a worker make recovery codes for the signer; earlier ones end.
 * @throws FirebreakError as `changeOperator`
 */
export async function makeRecoveryCodes(
  deps: EnrolDeps & Pick<OperationsDeps, 'operators'>,
  credentials: Credentials,
  handover: Handover,
): Promise<OperatorChanged & { readonly codes: readonly string[] }> {
  const { operator } = credentials;
  const order = { action: 'operator-recovery-codes', operator, handoverKey: handover.publicKey } as const;
  const { grantId, recorded, handover: box } = await shown(deps, await ordered(deps, credentials, order));
  return { codes: handover.openCodes(box, operator, grantId).split('\n'), recorded };
}

interface Answer extends OperatorChanged {
  readonly grantId: string;
  readonly handover: string;
}

async function ordered(deps: EnrolDeps, credentials: Credentials, order: OperatorChange): Promise<Answer> {
  await deps.temporal();
  const grantId = await depositGrant(deps, credentials, order);
  return { grantId, ...(await carriedOut(deps, grantId, { grantId, order })) };
}

/**
 * Whoever reaches the Temporal server can answer in the place of a worker: only what the tables show as carried out is believed.
 * @throws FirebreakError OPERATOR_CHANGED
 */
async function shown({ operators }: Pick<OperationsDeps, 'operators'>, answer: Answer): Promise<Answer> {
  if (await operators.wasCarriedOut(answer.grantId)) return answer;
  throw new FirebreakError('OPERATOR_CHANGED', 'It was answered as done, but the tables do not show it.');
}

function withSecret(order: { readonly operator: string }, handover: Handover, answer: Answer): SecretChanged {
  const { recorded, handover: box, grantId } = answer;
  return { otpauth: box === '' ? '' : handover.open(box, order.operator, grantId), recorded };
}
