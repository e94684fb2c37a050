import { randomBytes } from 'node:crypto';
import { createAuthorisation, createDepositing } from '../../../src/adapters/authorisation/create-authorisation';
import { makeHandoverKey } from '../../../src/adapters/authorisation/handover';
import { recoveryPurpose } from '../../../src/adapters/authorisation/operator-change';
import { handoverPurpose } from '../../../src/adapters/authorisation/operator-enrolment';
import { secretOfUri, totpCode } from '../../../src/adapters/authorisation/totp';
import { canonicalJson } from '../../../src/domain/hash';
import type { OperatorChange, OperatorRole, Order, SignedRequest } from '../../../src/domain/order';
import { enrolBy } from '../../support/enrol';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { type AuthorityWorld, INCIDENT, type TestDatabase } from './world';

export const CLASSIFY: Order = { action: 'classify', incident: INCIDENT, type: 'malware', reason: 'beacons seen' };
export const APPROVE: Order = { action: 'approve', incident: INCIDENT, planHash: 'b'.repeat(64), reason: '' };
export const USE = 'classify:1';
export const WHY = { reason: 'lost phone' };
export const refused = (code: string) => ({ name: 'FirebreakError', code });

export interface Person {
  readonly name: string;
  readonly key: TestKey;
  readonly secret: Buffer;
}

const handover = makeHandoverKey();
const handed = { handoverKey: handover.publicKey };

/** Orders about operators, as an admin signs them. */
export const ORDERS = {
  disable: (operator: string): OperatorChange => ({ action: 'operator-disable', operator, ...WHY }),
  enable: (operator: string): OperatorChange => ({ action: 'operator-enable', operator, ...WHY }),
  unlock: (operator: string): OperatorChange => ({ action: 'operator-unlock', operator, ...WHY }),
  roles: (operator: string, roles: string): OperatorChange => ({ action: 'operator-roles', operator, roles, ...WHY }),
  rotate: (operator: string, publicKey = ''): OperatorChange => ({
    ...{ action: 'operator-rotate', operator, publicKey },
    ...handed,
    ...WHY,
  }),
  recover: (operator: string): OperatorChange => ({ action: 'operator-recover', operator, ...handed, ...WHY }),
  newCodes: (operator: string): OperatorChange => ({ action: 'operator-recovery-codes', operator, ...handed }),
};

/** Operators of one test: alice is the first admin, bob may respond and approve. */
export class OperatorWorld {
  readonly database: TestDatabase;
  readonly keys: readonly TestKey[];
  readonly alice: Person;
  private readonly signedBefore = new Set<string>();

  private constructor(private readonly authority: AuthorityWorld) {
    this.database = authority.database;
    this.keys = authority.keys;
    this.alice = { name: 'alice', key: authority.keys[0]!, secret: authority.secret };
  }

  static async up(authority: AuthorityWorld): Promise<{ readonly world: OperatorWorld; readonly bob: Person }> {
    const world = new OperatorWorld(authority);
    return { world, bob: await world.enrol('bob', authority.keys[1]!, ['respond', 'approve']) };
  }

  get keyFile(): string {
    return this.authority.keyFile;
  }

  worker() {
    return this.wired().authorisation;
  }

  enrolment() {
    return this.wired().enrolment;
  }

  found(name: string) {
    return this.database.cli.operators.find(name);
  }

  async enrol(name: string, key: TestKey, roles: readonly OperatorRole[], by = 'alice'): Promise<Person> {
    const uri = await enrolBy(this.enrolment(), { name, publicKey: key.publicKey, roles }, by);
    return { name, key, secret: secretOfUri(uri) };
  }

  async deposit(person: Person, order: Order, otp?: string): Promise<string> {
    const request: SignedRequest = {
      ...{ v: 1, order, operator: person.name },
      nonce: randomBytes(16).toString('hex'),
      issuedAt: new Date().toISOString(),
    };
    const signedText = canonicalJson(request);
    const secret = person.secret.toString('hex');
    // A used step is given back by hand: a test does not wait for half a minute.
    if (otp === undefined && this.signedBefore.has(secret))
      await this.database.admin('DELETE FROM operator_totp_steps WHERE operator = $1', [person.name]);
    if (otp === undefined) this.signedBefore.add(secret);
    return createDepositing(this.database.cli.grants).deposit({
      signedText,
      signature: person.key.sign(signedText),
      otp: otp ?? totpCode(person.secret, Date.now()),
    });
  }

  /** As a worker does it. @returns what was handed over, opened */
  async carriedOut(person: Person, order: OperatorChange, otp?: string): Promise<string> {
    const grant = await this.deposit(person, order, otp);
    await this.worker().verify(grant, order, `enrolment:${grant}`);
    const box = await this.enrolment().change(order, person.name, grant);
    if (box === '') return '';
    const purpose = order.action === 'operator-recovery-codes' ? recoveryPurpose : handoverPurpose;
    return handover.open(box, purpose(order.operator, grant));
  }

  async lock(person: Person): Promise<void> {
    for (let i = 0; i < 5; i += 1) {
      const grant = await this.deposit(person, CLASSIFY, wrongCode(person));
      await expect(this.worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('OTP_INVALID'));
    }
    expect(await this.found(person.name)).toMatchObject({ locked: true });
  }

  private wired() {
    const { grants, operators } = this.database.postgres;
    return createAuthorisation({ grants, operators, keyFile: this.keyFile });
  }
}

function wrongCode(person: Person): string {
  const valid = [-2, -1, 0, 1, 2].map((one) => totpCode(person.secret, Date.now() + one * 30_000));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !valid.includes(code))!;
}
