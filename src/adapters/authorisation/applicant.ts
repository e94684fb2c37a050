import { FirebreakError } from '../../domain/errors';
import { OPERATOR_ROLES, type OperatorRole } from '../../domain/order';
import { parsePublicKeyLine, publicKeyLine } from './ssh-public-key';
import { MalformedError } from './ssh-wire';

/** Type and key without comment. @throws FirebreakError BAD_INPUT */
export function canonicalKey(line: string): string {
  try {
    return publicKeyLine(parsePublicKeyLine(line));
  } catch (thrown) {
    if (thrown instanceof MalformedError) throw new FirebreakError('BAD_INPUT', `The public key: ${thrown.message}.`);
    throw thrown;
  }
}

/** In the order of OPERATOR_ROLES. @throws FirebreakError BAD_INPUT for an unknown role, or a detector with another one */
export function canonicalRoles(roles: readonly OperatorRole[]): readonly OperatorRole[] {
  const sorted = OPERATOR_ROLES.filter((role) => roles.includes(role));
  if (sorted.length === 0 || sorted.length !== new Set(roles).size) {
    throw new FirebreakError('BAD_INPUT', `Roles are ${OPERATOR_ROLES.join(', ')}.`);
  }
  if (sorted.includes('detector') && sorted.length > 1) {
    throw new FirebreakError('BAD_INPUT', 'A detector has no other role: it gives no second factor.');
  }
  return sorted;
}
