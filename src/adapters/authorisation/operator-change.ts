import { randomBytes } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';
import { ENROLMENT_SETTLES_MS } from '../../domain/numbers';
import type { OperatorChange, OperatorRole } from '../../domain/order';
import type { Voucher } from '../../ports/authorisation';
import type { ChangedEnrolment, ChangeVerdict, SealedOperator } from '../../ports/grant-rows';
import { canonicalKey, canonicalRoles } from './applicant';
import { openOperator, operatorBinding } from './operator-seal';
import { makeRecoveryCodes, recoveryDigest } from './recovery-codes';
import type { SealingKey } from './sealing-key';
import { TOTP_SECRET_BYTES } from './totp';

/** What a box with recovery codes is bound to. */
export function recoveryPurpose(name: string, enrolment: string): string {
  return canonicalJson({ for: 'firebreak recovery codes', name, enrolment });
}

/** An operator as the order wants them, sealed, with the new recovery codes in clear. */
export interface SealedChange {
  readonly changed: ChangedEnrolment;
  readonly codes: readonly string[];
}

/** Who orders a change, under which grant, and when. */
interface Ordered {
  readonly by: string;
  /** Becomes the enrolment. */
  readonly grantId: string;
  readonly nowMs: number;
}

/**
 * Seals an operator anew as an order wants them. All that gives power is bound into the seal, so that no change is made without the key.
 * @throws FirebreakError BAD_INPUT, NOT_AUTHORISED when the row was changed outside
 */
export function sealChange(
  order: OperatorChange,
  row: SealedOperator,
  { by, grantId, nowMs }: Ordered,
  key: SealingKey,
): SealedChange {
  const { operator } = row;
  const { name, createdBy } = operator;
  const secret = openOperator(row, key);
  const isNew = order.action === 'operator-rotate' || order.action === 'operator-recover';
  const codes = order.action === 'operator-recovery-codes' ? makeRecoveryCodes() : [];
  const bound = {
    name,
    createdBy,
    publicKey: keyAfter(order, row),
    roles: rolesAfter(order, operator.roles),
    enrolment: grantId,
    disabled: order.action === 'operator-disable' || (operator.disabled && order.action !== 'operator-enable'),
    vouchers: vouchersAfter(order, row, by, nowMs),
    recovery: recoveryAfter(order, row, grantId),
  };
  const { publicKey, roles, vouchers, recovery } = bound;
  const sealed = key.seal(isNew ? randomBytes(TOTP_SECRET_BYTES) : secret, operatorBinding(bound));
  return {
    changed: {
      ...{ enrolment: grantId, replaces: row.enrolment, keyId: key.id, sealed },
      ...{ publicKey, roles, vouchers, recovery },
      codes: codes.map((code) => recoveryDigest(code, name, grantId, key)),
    },
    codes,
  };
}

function keyAfter(order: OperatorChange, { operator }: SealedOperator): string {
  if (order.action !== 'operator-rotate') return operator.publicKey;
  if (order.publicKey !== '') return canonicalKey(order.publicKey);
  if (operator.roles.includes('detector'))
    throw new FirebreakError('BAD_INPUT', `${operator.name} is a detector and has no TOTP secret: give a new key.`);
  return operator.publicKey;
}

function rolesAfter(order: OperatorChange, before: readonly OperatorRole[]): readonly OperatorRole[] {
  if (order.action !== 'operator-roles') return before;
  const after = canonicalRoles(order.roles.split(',') as OperatorRole[]);
  // A detector's secret is known to nobody, and a person's must not stay behind.
  if (after.includes('detector') !== before.includes('detector'))
    throw new FirebreakError('BAD_INPUT', 'A detector becomes no person and no person a detector: remove and add.');
  return after;
}

/** Whoever gives power counts like who enrolled the operator (N5); taking power away gives none. */
function vouchersAfter(order: OperatorChange, row: SealedOperator, by: string, nowMs: number): readonly Voucher[] {
  const { vouchers, name } = row.operator;
  const how = howItGives(order, row.operator.roles);
  if (how === undefined || by === name) return vouchers;
  // A later one never takes the place of the first: an approval of between must still find it.
  const isFirst = (one: Voucher): boolean =>
    one.how !== 'unlock' && vouchers.find((other) => other.by === one.by && other.how === one.how) === one;
  const isYoung = (one: Voucher): boolean => nowMs - Date.parse(one.at) <= 2 * ENROLMENT_SETTLES_MS;
  const kept = vouchers.filter((one) => isFirst(one) || isYoung(one));
  return [...kept, { by, how, at: new Date(nowMs).toISOString() }];
}

function howItGives(order: OperatorChange, before: readonly OperatorRole[]): Voucher['how'] | undefined {
  switch (order.action) {
    case 'operator-roles':
      return rolesAfter(order, before).some((role) => !before.includes(role)) ? 'roles' : undefined;
    case 'operator-rotate':
      return 'rotate';
    case 'operator-enable':
      return 'enable';
    case 'operator-unlock':
      return 'unlock';
    case 'operator-disable':
    case 'operator-recovery-codes':
    case 'operator-recover':
      return undefined;
  }
}

/** An admin who rotates somebody's secret ends their codes, too; the others stay as good as they were. */
function recoveryAfter(order: OperatorChange, row: SealedOperator, grantId: string): string | null {
  if (order.action === 'operator-recovery-codes') return grantId;
  return order.action === 'operator-rotate' ? null : row.recovery;
}

/** @throws FirebreakError unless the change was made */
export function demandDone(verdict: ChangeVerdict, name: string, by: string): void {
  switch (verdict) {
    case 'done':
      return;
    case 'unknown':
      throw new FirebreakError('OPERATOR_UNKNOWN', name);
    case 'changed':
      throw new FirebreakError('OPERATOR_CHANGED', `Another order changed ${name} meanwhile.`);
    case 'stale':
      throw new FirebreakError('GRANT_EXPIRED', 'The order was not carried out in time.');
    case 'not-able':
      throw new FirebreakError(
        'OPERATOR_NOT_ALLOWED',
        `${by} is not an admin who can sign, or the order is for another.`,
      );
    case 'last-admin':
      throw new FirebreakError(
        'OPERATOR_NOT_ALLOWED',
        `${name} is the last admin who can sign: enrol another one first.`,
      );
    case 'not-locked':
      throw new FirebreakError('BAD_INPUT', `${name} is not locked.`);
    case 'same-state':
      throw new FirebreakError('BAD_INPUT', `${name} is so already: nothing was changed.`);
    case 'key-taken':
      throw new FirebreakError('BAD_INPUT', 'The key belongs to another operator already.');
  }
}
