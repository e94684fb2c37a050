import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';
import type { OperatorRole } from '../../domain/order';
import type { SealedOperator } from '../../ports/grant-rows';
import type { SealingKey } from './sealing-key';

/** Stands as the enroller of the first operator. */
export const BOOTSTRAP = 'bootstrap';

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
}): string {
  const { name, publicKey, roles, enrolment, createdBy } = operator;
  return canonicalJson({ for: 'firebreak operator', name, publicKey, roles, enrolment, createdBy });
}

/** As rows were sealed before it counted who enrolled somebody; a box made under the new binding never opens under this one. */
function earlierBinding(operator: Parameters<typeof operatorBinding>[0]): string {
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
  const bound = { ...row.operator, enrolment: row.enrolment };
  const secret = key.open(row.sealed, operatorBinding(bound)) ?? key.open(row.sealed, earlierBinding(bound));
  if (secret === undefined) {
    throw new FirebreakError(
      'NOT_AUTHORISED',
      `The record of the operator ${row.operator.name} was changed outside Firebreak: treat it as an attack.`,
    );
  }
  return secret;
}
