import { randomBytes, randomUUID } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import { OPERATOR_ROLES, type OperatorRole } from '../../domain/order';
import type { Operator, OperatorRegistry } from '../../ports/authorisation';
import type { Enrolment, OperatorRows } from '../../ports/grant-rows';
import { operatorBinding } from './operator-seal';
import type { SealingKey } from './sealing-key';
import { parsePublicKeyLine, publicKeyLine } from './ssh-public-key';
import { MalformedError } from './ssh-wire';
import { enrolmentUri, TOTP_SECRET_BYTES } from './totp';

const NAME = /^[a-z][a-z0-9._-]{0,31}$/;
/** Written as the enroller of the first operator. */
const BOOTSTRAP = 'bootstrap';

interface Applicant {
  readonly name: string;
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
}

/** Operators over rows (B15): enrolling makes a TOTP secret and shows it once, as a URI. */
export class SealedOperatorRegistry implements OperatorRegistry {
  /** @param key gives the sealing key; undefined on a side that only lists */
  constructor(
    private readonly rows: OperatorRows,
    private readonly key: (() => Promise<SealingKey>) | undefined,
  ) {}

  list(): Promise<readonly Operator[]> {
    return this.rows.list();
  }

  find(name: string): Promise<Operator | undefined> {
    return this.rows.find(name);
  }

  /** @throws FirebreakError OPERATOR_NOT_ALLOWED when there are operators already, BAD_INPUT, CONFIG_INVALID */
  async bootstrap(applicant: Applicant): Promise<string> {
    if (!applicant.roles.includes('admin')) {
      throw new FirebreakError('BAD_INPUT', 'The first operator needs the role admin, or nobody could add a second.');
    }
    const { enrolment, uri } = await this.enrolmentOf(applicant, BOOTSTRAP);
    if (!(await this.rows.insertFirst(enrolment))) {
      throw new FirebreakError('OPERATOR_NOT_ALLOWED', 'There are operators already; an admin adds more.');
    }
    return uri;
  }

  /**
   * Adds an operator, or enrols one again with a new key and secret, which also unlocks.
   * @returns the otpauth:// URI, shown once; empty for a detector, which has no second factor
   * @throws FirebreakError OPERATOR_NOT_ALLOWED, BAD_INPUT, CONFIG_INVALID
   */
  async add(applicant: Applicant, by: string): Promise<string> {
    const enroller = await this.rows.find(by);
    if (enroller === undefined || enroller.locked || !enroller.roles.includes('admin')) {
      throw new FirebreakError('OPERATOR_NOT_ALLOWED', `${by} is not an admin.`);
    }
    if (by === applicant.name) {
      throw new FirebreakError('OPERATOR_NOT_ALLOWED', 'Nobody enrols themselves again; ask another admin.');
    }
    const { enrolment, uri } = await this.enrolmentOf(applicant, by);
    await this.refuseSharedKey(enrolment);
    await this.rows.enrol(enrolment);
    return uri;
  }

  private async enrolmentOf(
    applicant: Applicant,
    createdBy: string,
  ): Promise<{ readonly enrolment: Enrolment; readonly uri: string }> {
    if (this.key === undefined) throw new FirebreakError('CONFIG_INVALID', 'Enrolling needs the key file.');
    const { name, roles } = applicant;
    if (!NAME.test(name)) throw new FirebreakError('BAD_INPUT', `A name is made of ${NAME.source}.`);
    const bound = {
      name,
      publicKey: canonicalKey(applicant.publicKey),
      roles: canonicalRoles(roles),
      enrolment: randomUUID(),
    };
    const key = await this.key();
    const secret = randomBytes(TOTP_SECRET_BYTES);
    const sealed = key.seal(secret, operatorBinding(bound));
    const uri = bound.roles.includes('detector') ? '' : enrolmentUri(secret, name);
    return { enrolment: { ...bound, keyId: key.id, sealed, createdBy }, uri };
  }

  /** One key under two names would let a person approve their own request. The table's unique index settles races. */
  private async refuseSharedKey(enrolment: Enrolment): Promise<void> {
    const holder = (await this.rows.list()).find(({ publicKey }) => publicKey === enrolment.publicKey);
    if (holder !== undefined && holder.name !== enrolment.name) {
      throw new FirebreakError('BAD_INPUT', `The key belongs to ${holder.name} already.`);
    }
  }
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
