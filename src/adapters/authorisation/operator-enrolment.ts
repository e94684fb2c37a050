import { randomBytes } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';
import type { OperatorChange } from '../../domain/order';
import { BOOTSTRAP } from '../../domain/order';
import type { Applicant, BootstrapRequest, OperatorEnrolment } from '../../ports/authorisation';
import type { Enrolment, OperatorRows } from '../../ports/grant-rows';
import { canonicalKey, canonicalRoles } from './applicant';
import { sealHandover } from './handover';
import { demandDone, recoveryPurpose, sealChange } from './operator-change';
import { openOperator, operatorBinding } from './operator-seal';
import type { SealingKey } from './sealing-key';
import { enrolmentUri, TOTP_SECRET_BYTES } from './totp';

const NAME = /^[a-z][a-z0-9._-]{0,31}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PROOF = 'bootstrap';

/** What a box with a TOTP secret is bound to. */
export function handoverPurpose(name: string, enrolment: string): string {
  return canonicalJson({ for: 'firebreak totp', name, enrolment });
}

/**
 * Shows a worker that whoever asks for the first operator holds the workers' key file: nobody can sign yet.
 * @returns the request with its proof
 */
export function proveBootstrap(request: Omit<BootstrapRequest, 'proof'>, key: SealingKey): BootstrapRequest {
  return { ...request, proof: key.seal(Buffer.from(PROOF), proofBinding(request)) };
}

function proofBinding({ name, publicKey, roles, enrolment, handoverKey }: Omit<BootstrapRequest, 'proof'>): string {
  return canonicalJson({ for: 'firebreak bootstrap', name, publicKey, roles, enrolment, handoverKey });
}

/** Operators over rows (B15). Enrolling makes a TOTP secret, which leaves encrypted to whoever ordered it, and only so. */
export class SealedOperatorEnrolment implements OperatorEnrolment {
  constructor(
    private readonly rows: OperatorRows,
    private readonly key: () => Promise<SealingKey>,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async demandProof(request: BootstrapRequest): Promise<void> {
    const key = await this.key();
    if (key.open(String(request.proof), proofBinding(request))?.toString() !== PROOF) {
      throw new FirebreakError('NOT_AUTHORISED', 'The first operator is enrolled by somebody who holds the key file.');
    }
  }

  async bootstrap(request: BootstrapRequest): Promise<string> {
    await this.demandProof(request);
    const key = await this.key();
    if (!request.roles.includes('admin')) {
      throw new FirebreakError('BAD_INPUT', 'The first operator needs the role admin, or nobody could add a second.');
    }
    const enrolment = sealedEnrolment(request, BOOTSTRAP, request.enrolment, key);
    if (!(await this.rows.insertFirst(enrolment))) {
      throw new FirebreakError('OPERATOR_NOT_ALLOWED', 'There are operators already; an admin adds more.');
    }
    return this.handOver(request.name, request.enrolment, request.handoverKey, key);
  }

  async add(applicant: Applicant, by: string, enrolment: string, handoverKey: string): Promise<string> {
    const key = await this.key();
    const enroller = await this.rows.find(by);
    if (enroller === undefined || enroller.locked || enroller.disabled || !enroller.roles.includes('admin')) {
      throw new FirebreakError('OPERATOR_NOT_ALLOWED', `${by} is not an admin.`);
    }
    const made = sealedEnrolment(applicant, by, enrolment, key);
    await this.refuseTaken(made);
    if (!(await this.rows.enrol(made))) {
      if (await this.rows.isStale(enrolment)) demandDone('stale', made.name, by);
      throw new FirebreakError('BAD_INPUT', `${applicant.name}, or the key, is enrolled or was removed already.`);
    }
    return this.handOver(made.name, enrolment, handoverKey, key);
  }

  async remove(name: string, by: string, grantId?: string): Promise<void> {
    if (grantId !== undefined && (await this.rows.wasCarriedOut(grantId))) return;
    const row = await this.rows.sealed(name);
    if (row === undefined) throw new FirebreakError('OPERATOR_UNKNOWN', name);
    demandDone(await this.rows.remove(name, row.enrolment, by, grantId), name, by);
  }

  async change(order: OperatorChange, by: string, grantId: string): Promise<string> {
    const key = await this.key();
    const name = order.operator;
    const repeated = await this.rows.wasCarriedOut(grantId);
    if (order.action === 'operator-recovery-codes') {
      if (repeated)
        throw new FirebreakError(
          'BAD_INPUT',
          'The codes of this order were made and are not shown again: order new ones.',
        );
      const codes = await this.changeOnce(order, by, grantId, key);
      return sealHandover(order.handoverKey, codes.join('\n'), recoveryPurpose(name, grantId));
    }
    if (!repeated) await this.changeOnce(order, by, grantId, key);
    return order.action === 'operator-rotate' || order.action === 'operator-recover'
      ? this.handOver(name, grantId, order.handoverKey, key)
      : '';
  }

  /** @returns the new recovery codes */
  private async changeOnce(
    order: OperatorChange,
    by: string,
    grantId: string,
    key: SealingKey,
  ): Promise<readonly string[]> {
    const row = await this.rows.sealed(order.operator);
    if (row === undefined) throw new FirebreakError('OPERATOR_UNKNOWN', order.operator);
    // Before anything is changed: a key that nothing can be encrypted to would lose the secret.
    if ('handoverKey' in order) sealHandover(order.handoverKey, '', '');
    const { changed, codes } = sealChange(order, row, { by, grantId, nowMs: this.nowMs() }, key);
    demandDone(await this.rows.change(changed), order.operator, by);
    return codes;
  }

  /** From the stored row, not from memory: a retry finds what the first try stored. */
  private async handOver(name: string, enrolment: string, handoverKey: string, key: SealingKey): Promise<string> {
    const row = await this.rows.sealed(name);
    if (row?.enrolment !== enrolment)
      throw new FirebreakError('BAD_INPUT', `${name} was enrolled otherwise meanwhile.`);
    const secret = openOperator(row, key);
    if (row.operator.roles.includes('detector')) return '';
    return sealHandover(handoverKey, enrolmentUri(secret, name), handoverPurpose(name, enrolment));
  }

  /** One key under two names would let a person approve their own request. The table's unique index settles races. */
  private async refuseTaken(made: Enrolment): Promise<void> {
    const known = await this.rows.sealed(made.name);
    if (known !== undefined && known.enrolment !== made.enrolment) {
      throw new FirebreakError(
        'BAD_INPUT',
        `${made.name} is enrolled already. To change the record: firebreak operator rotate ${made.name}, or roles, or remove.`,
      );
    }
    const holder = (await this.rows.list()).find(({ publicKey }) => publicKey === made.publicKey);
    if (holder !== undefined && holder.name !== made.name) {
      throw new FirebreakError('BAD_INPUT', `The key belongs to ${holder.name} already.`);
    }
  }
}

function sealedEnrolment(applicant: Applicant, createdBy: string, enrolment: string, key: SealingKey): Enrolment {
  const { name, roles } = applicant;
  if (!NAME.test(name) || name === BOOTSTRAP) {
    throw new FirebreakError('BAD_INPUT', `A name is made of ${NAME.source}, and ${BOOTSTRAP} is none.`);
  }
  if (!UUID.test(enrolment)) throw new FirebreakError('BAD_INPUT', 'An enrolment is named by a UUID.');
  const bound = {
    name,
    publicKey: canonicalKey(applicant.publicKey),
    roles: canonicalRoles(roles),
    enrolment,
    createdBy,
  };
  const sealed = key.seal(randomBytes(TOTP_SECRET_BYTES), operatorBinding(bound));
  return { ...bound, keyId: key.id, sealed };
}
