import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';
import type { OperatorRole } from '../../domain/order';
import type { Voucher } from '../../ports/authorisation';
import type { SealedOperator } from '../../ports/grant-rows';
import type { SealingKey } from './sealing-key';

/**
 * What a TOTP secret is bound to. All that gives an operator power is in it, so a row whose key or roles were changed in
 * the database, or that was copied to another name, opens no more: enrolling takes the worker-only key.
 */
export function operatorBinding(operator: {
  readonly name: string;
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
  readonly enrolment: string;
  readonly createdBy: string;
  readonly disabled?: boolean;
  readonly vouchers?: readonly Voucher[];
  readonly recovery?: string | null;
}): string {
  const { name, publicKey, roles, enrolment, createdBy } = operator;
  return canonicalJson({
    ...{ for: 'firebreak operator', name, publicKey, roles, enrolment, createdBy },
    ...changesOf(operator),
  });
}

/** What changes have made of an operator; an operator whom nobody has changed is sealed as they always were. */
function changesOf({
  disabled,
  vouchers,
  recovery,
}: Pick<Parameters<typeof operatorBinding>[0], 'disabled' | 'vouchers' | 'recovery'>): Readonly<
  Record<string, unknown>
> {
  return {
    ...(disabled === true && { disabled }),
    ...(vouchers !== undefined && vouchers.length > 0 && { vouchers }),
    ...(typeof recovery === 'string' && { recovery }),
  };
}

/** As rows were sealed before it counted who enrolled somebody; a box made under the new binding never opens under this one. */
function earlierBinding(operator: Parameters<typeof operatorBinding>[0]): string | undefined {
  if (Object.keys(changesOf(operator)).length > 0) return undefined;
  const { name, publicKey, roles, enrolment } = operator;
  return canonicalJson({ for: 'firebreak operator', name, publicKey, roles, enrolment });
}

/**
 * The TOTP secret of an operator.
 * @throws FirebreakError CONFIG_INVALID when another key sealed it, NOT_AUTHORISED when the row is not the one enrolled
 */
export function openOperator(row: SealedOperator, key: SealingKey): Buffer {
  if (row.keyId !== key.id) {
    throw new FirebreakError(
      'CONFIG_INVALID',
      `The operator ${row.operator.name} was enrolled under the key ${row.keyId}, this worker has ${key.id}.`,
    );
  }
  const bound = { ...row.operator, enrolment: row.enrolment, recovery: row.recovery };
  const earlier = earlierBinding(bound);
  const secret =
    key.open(row.sealed, operatorBinding(bound)) ?? (earlier === undefined ? undefined : key.open(row.sealed, earlier));
  if (secret === undefined) {
    throw new FirebreakError(
      'NOT_AUTHORISED',
      `The record of the operator ${row.operator.name} was changed outside Firebreak: treat it as an attack.`,
    );
  }
  return secret;
}
