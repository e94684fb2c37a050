import { randomBytes } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';
import { OPERATOR_ROLES, type OperatorRole } from '../../domain/order';
import type { Applicant, BootstrapRequest, OperatorEnrolment } from '../../ports/authorisation';
import type { Enrolment, OperatorRows } from '../../ports/grant-rows';
import { sealHandover } from './handover';
import { BOOTSTRAP, openOperator, operatorBinding } from './operator-seal';
import type { SealingKey } from './sealing-key';
import { parsePublicKeyLine, publicKeyLine } from './ssh-public-key';
import { MalformedError } from './ssh-wire';
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
    if (enroller === undefined || enroller.locked || !enroller.roles.includes('admin')) {
      throw new FirebreakError('OPERATOR_NOT_ALLOWED', `${by} is not an admin.`);
    }
    const made = sealedEnrolment(applicant, by, enrolment, key);
    await this.refuseTaken(made);
    if (!(await this.rows.enrol(made))) {
      throw new FirebreakError('BAD_INPUT', `${applicant.name}, or the key, is enrolled or was removed already.`);
    }
    return this.handOver(made.name, enrolment, handoverKey, key);
  }

  async remove(name: string, by: string): Promise<void> {
    const row = await this.rows.sealed(name);
    if (row === undefined) throw new FirebreakError('OPERATOR_UNKNOWN', name);
    if (!(await this.rows.remove(name, row.enrolment, by))) {
      throw new FirebreakError(
        'OPERATOR_NOT_ALLOWED',
        `${name} is the last admin who can sign: enrol another one first.`,
      );
    }
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
      throw new FirebreakError('BAD_INPUT', `${made.name} is enrolled already: firebreak operator remove ${made.name}`);
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

function canonicalKey(line: string): string {
  try {
    return publicKeyLine(parsePublicKeyLine(line));
  } catch (thrown) {
    if (thrown instanceof MalformedError) throw new FirebreakError('BAD_INPUT', `The public key: ${thrown.message}.`);
    throw thrown;
  }
}

function canonicalRoles(roles: readonly OperatorRole[]): readonly OperatorRole[] {
  const sorted = OPERATOR_ROLES.filter((role) => roles.includes(role));
  if (sorted.length === 0 || sorted.length !== new Set(roles).size) {
    throw new FirebreakError('BAD_INPUT', `Roles are ${OPERATOR_ROLES.join(', ')}.`);
  }
  if (sorted.includes('detector') && sorted.length > 1) {
    throw new FirebreakError('BAD_INPUT', 'A detector has no other role: it gives no second factor.');
  }
  return sorted;
}
