import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createAuthorisation, createDepositing } from '../../../src/adapters/authorisation/create-authorisation';
import { makeSealingKeyFile, readSealingKey } from '../../../src/adapters/authorisation/sealing-key';
import { secretOfUri, totpCode } from '../../../src/adapters/authorisation/totp';
import { canonicalJson } from '../../../src/domain/hash';
import { respondOrder, respondUse, type OperatorRole, type Order, type SignedRequest } from '../../../src/domain/order';
import type { KeyRing, TestKey } from '../../unit/adapters/authorisation/keys';
import { enrolBy, enrolFirst as enrolAsFirst } from '../../support/enrol';
import { INCIDENT, order, OTHER_INCIDENT, type TestServer, type TestDatabase, useAuthority } from './world';

const CLASSIFY: Order = { action: 'classify', incident: INCIDENT, type: 'malware', reason: 'beacons seen' };
const USE = 'classify:1';
const groupMembers = [
  { incident: INCIDENT, type: 'intrusion' },
  { incident: OTHER_INCIDENT, type: 'malware' },
] as const;
const RESPOND = respondOrder(order(INCIDENT, { groupMembers }));
const STARTED = respondUse(INCIDENT, 'run-1');

function composeRequest(order: Order, operator: string, now = new Date()): string {
  const nonce = randomBytes(16).toString('hex');
  const request: SignedRequest = { v: 1, order, operator, nonce, issuedAt: now.toISOString() };
  return canonicalJson(request);
}

interface Person {
  readonly name: string;
  readonly key: TestKey;
  readonly secret: Buffer;
}

describe('authority on real rows (B15)', () => {
  const authority = useAuthority(['ed25519', 'ecdsa', 'rsa'], ['respond', 'approve', 'admin']);
  let server: TestServer;
  let ring: KeyRing;
  let keys: readonly TestKey[];
  let database: TestDatabase;
  let keyFile: string;
  let alice: Person;

  beforeEach(() => {
    ({ server, ring, keys, database, keyFile } = authority());
    alice = { name: 'alice', key: keys[0]!, secret: authority().secret };
  });

  const wired = (file = keyFile) =>
    createAuthorisation({ grants: database.postgres.grants, operators: database.postgres.operators, keyFile: file });
  const worker = () => wired().authorisation;
  const enrolment = () => wired().enrolment;
  const registry = () => database.cli.operators;
  const depositing = () => createDepositing(database.cli.grants);

  async function enrolFirst(name: string, key: TestKey, roles: readonly OperatorRole[]): Promise<Person> {
    const applicant = { name, publicKey: key.publicKey, roles };
    return {
      name,
      key,
      secret: secretOfUri(await enrolAsFirst(enrolment(), await readSealingKey(keyFile), applicant)),
    };
  }

  async function enrol(name: string, key: TestKey, roles: readonly OperatorRole[]): Promise<Person> {
    const uri = await enrolBy(enrolment(), { name, publicKey: key.publicKey, roles }, 'alice');
    return { name, key, secret: uri === '' ? Buffer.alloc(0) : secretOfUri(uri) };
  }

  /** The database and this process share a clock here. */
  const codeAt = (person: Person, steps = 0) => totpCode(person.secret, Date.now() + steps * 30_000);

  /** A code that is none of the three valid ones. */
  function wrongCode(person: Person): string {
    const valid = [-2, -1, 0, 1, 2].map((steps) => codeAt(person, steps));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !valid.includes(code))!;
  }

  interface Given {
    readonly otp?: string | null;
    readonly key?: TestKey;
    readonly namespace?: string;
    readonly issuedAt?: Date;
  }
  function deposit(person: Person, order: Order, given: Given = {}): Promise<string> {
    const signedText = composeRequest(order, person.name, given.issuedAt);
    const signature = (given.key ?? person.key).sign(signedText, { namespace: given.namespace ?? 'firebreak' });
    const otp = given.otp === undefined ? codeAt(person) : given.otp;
    return depositing().deposit({ signedText, signature, ...(otp !== null && { otp }) });
  }

  const refused = (code: string) => ({ name: 'FirebreakError', code });

  it('B15 a signed order with a fresh code passes, and the code is blanked', async () => {
    const grant = await deposit(alice, CLASSIFY);
    expect(await worker().verify(grant, CLASSIFY, USE)).toMatchObject({ v: 1, order: CLASSIFY, operator: 'alice' });
    const [row] = await database.admin<{ otp: string | null; verdict: string }>('SELECT otp, verdict FROM grants');
    expect(row).toEqual({ otp: null, verdict: 'valid' });
  });

  it('B15 ECDSA and RSA keys are as good', async () => {
    for (const [name, key] of [['bob', keys[1]!] as const, ['carol', keys[2]!] as const]) {
      const person = await enrol(name, key, ['respond']);
      const grant = await deposit(person, CLASSIFY);
      expect(await worker().verify(grant, CLASSIFY, USE)).toMatchObject({ operator: name });
    }
  });

  it('B15 the same use again gives the same answer, also after its lifetime; another use is refused', async () => {
    const grant = await deposit(alice, CLASSIFY);
    const first = await worker().verify(grant, CLASSIFY, USE);
    expect(await worker().verify(grant, CLASSIFY, USE)).toEqual(first);
    await database.admin(`UPDATE grants SET created_at = created_at - interval '1 day'`);
    expect(await worker().verify(grant, CLASSIFY, USE)).toEqual(first);
    await expect(worker().verify(grant, CLASSIFY, 'classify:2')).rejects.toMatchObject(refused('GRANT_USED'));
  });

  it('B15 a respond order is good once for each incident in it and for no other', async () => {
    const grant = await deposit(alice, RESPOND);
    for (const use of [STARTED, respondUse(OTHER_INCIDENT, 'run-2'), STARTED]) {
      expect(await worker().verify(grant, RESPOND, use)).toMatchObject({ order: RESPOND });
    }
    for (const use of ['INC-20261120-9999@run-1', INCIDENT, `${INCIDENT}@`])
      await expect(worker().verify(grant, RESPOND, use)).rejects.toMatchObject(refused('GRANT_MISMATCH'));
  });

  it('B15 of many workers with different uses one wins', async () => {
    const grant = await deposit(alice, CLASSIFY);
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => worker().verify(grant, CLASSIFY, `use:${i}`)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject(refused('GRANT_USED'));
    }
  });

  it('B15 another order than the signed one is refused and does not burn the grant', async () => {
    const grant = await deposit(alice, CLASSIFY);
    const other: Order = { ...CLASSIFY, reason: 'something else' };
    await expect(worker().verify(grant, other, USE)).rejects.toMatchObject(refused('GRANT_MISMATCH'));
    expect(await worker().verify(grant, CLASSIFY, USE)).toMatchObject({ operator: 'alice' });
  });

  it('B15 a grant that does not exist, or is no id at all, is refused', async () => {
    for (const id of ['3f0e8a34-7d0a-4a55-9a33-0c1f3f3c7f10', '', `' OR 1=1 --`]) {
      await expect(worker().verify(id, CLASSIFY, USE)).rejects.toMatchObject(refused('GRANT_UNKNOWN'));
    }
  });

  describe('the signature', () => {
    it.each<[string, Given]>([
      ['by another key', { key: undefined as never }],
      ['for another purpose', { namespace: 'git' }],
    ])('B15 %s is refused', async (what, given) => {
      const key = what === 'by another key' ? keys[1]! : alice.key;
      const grant = await deposit(alice, CLASSIFY, { ...given, key });
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('SIGNATURE_INVALID'));
    });

    it('B15 a wrong signature counts no miss: nobody can lock out another person', async () => {
      for (let i = 0; i < 6; i += 1) {
        const grant = await deposit(alice, CLASSIFY, { key: keys[1]!, otp: wrongCode(alice) });
        await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('SIGNATURE_INVALID'));
      }
      expect(await registry().find('alice')).toMatchObject({ locked: false });
    });

    it('B15 of an unknown operator', async () => {
      const grant = await deposit({ ...alice, name: 'mallory' }, CLASSIFY);
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('OPERATOR_UNKNOWN'));
    });

    it('B15 the same signed text in a second grant is refused', async () => {
      const signedText = composeRequest(CLASSIFY, 'alice');
      const signature = alice.key.sign(signedText);
      const [first, second] = [codeAt(alice), codeAt(alice, 1)];
      const one = await worker().deposit({ signedText, signature, otp: first });
      const two = await worker().deposit({ signedText, signature, otp: second });
      await worker().verify(one, CLASSIFY, USE);
      await expect(worker().verify(two, CLASSIFY, 'classify:2')).rejects.toMatchObject(refused('GRANT_USED'));
    });

    it('B15 a text signed long ago is refused even with a fresh code', async () => {
      const grant = await deposit(alice, CLASSIFY, { issuedAt: new Date(Date.now() - 6 * 60_000) });
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('GRANT_EXPIRED'));
    });

    it('B15 a text that is not canonical JSON of a request is refused', async () => {
      const canonical = composeRequest(CLASSIFY, 'alice');
      const texts = [
        canonical.replace('{', '{ '),
        `${canonical}\n`,
        canonical.replace('"v":1', '"v":2'),
        '{}',
        'null',
        '',
      ];
      for (const signedText of texts) {
        const grant = await worker().deposit({ signedText, signature: alice.key.sign(signedText), otp: codeAt(alice) });
        await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('GRANT_MISMATCH'));
      }
    });
  });

  describe('the code', () => {
    it('B15 wrong is refused, and asking again neither helps nor counts again', async () => {
      const grant = await deposit(alice, CLASSIFY, { otp: wrongCode(alice) });
      for (let i = 0; i < 7; i += 1) {
        await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('OTP_INVALID'));
      }
      const [row] = await database.admin<{ misses: number; otp: null }>('SELECT misses, otp FROM operators, grants');
      expect(row).toEqual({ misses: 1, otp: null });
    });

    it('B15 missing is refused', async () => {
      const grant = await deposit(alice, CLASSIFY, { otp: null });
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('OTP_INVALID'));
    });

    it('B15 works once: a second order needs the next code', async () => {
      const code = codeAt(alice);
      const one = await deposit(alice, CLASSIFY, { otp: code });
      const two = await deposit(alice, { ...CLASSIFY, type: 'ddos' }, { otp: code });
      await worker().verify(one, CLASSIFY, USE);
      await expect(worker().verify(two, { ...CLASSIFY, type: 'ddos' }, USE)).rejects.toMatchObject(
        refused('OTP_REUSED'),
      );
    });

    it('B15 of two workers that see one code in two grants at once, one passes', async () => {
      const code = codeAt(alice);
      const orders: Order[] = (['malware', 'ddos', 'intrusion'] as const).map((type) => ({ ...CLASSIFY, type }));
      const grants = await Promise.all(orders.map((one) => deposit(alice, one, { otp: code })));
      const answers = await Promise.allSettled(grants.map((grant, i) => worker().verify(grant, orders[i]!, USE)));
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('B15 is judged at the time of deposit: a worker that is late does not fail a right code', async () => {
      const then = Date.now() - 4 * 60_000;
      const grant = await deposit(alice, CLASSIFY, { otp: totpCode(alice.secret, then), issuedAt: new Date(then) });
      await database.admin(`UPDATE grants SET created_at = created_at - interval '4 minutes'`);
      expect(await worker().verify(grant, CLASSIFY, USE)).toMatchObject({ operator: 'alice' });
    });

    it('B15 a grant older than its lifetime is refused', async () => {
      const then = Date.now() - 5.1 * 60_000;
      const grant = await deposit(alice, CLASSIFY, { otp: totpCode(alice.secret, then), issuedAt: new Date(then) });
      await database.admin(`UPDATE grants SET created_at = created_at - interval '5.1 minutes'`);
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('GRANT_EXPIRED'));
    });

    it('B15 five misses lock, also when they come at once; a right code does not unlock, only removing and enrolling does', async () => {
      await enrol('bob', keys[1]!, ['admin']);
      const otp = wrongCode(alice);
      const grants = await Promise.all(Array.from({ length: 5 }, () => deposit(alice, CLASSIFY, { otp })));
      await Promise.allSettled(grants.map((grant) => worker().verify(grant, CLASSIFY, USE)));
      expect(await registry().find('alice')).toMatchObject({ locked: true });
      const right = await deposit(alice, CLASSIFY);
      await expect(worker().verify(right, CLASSIFY, USE)).rejects.toMatchObject(refused('OPERATOR_LOCKED'));

      const anew = { name: 'alice', publicKey: alice.key.publicKey, roles: ['respond'] } as const;
      await expect(enrolBy(enrolment(), anew, 'bob')).rejects.toMatchObject(refused('BAD_INPUT'));
      await enrolment().remove('alice', 'bob');
      const uri = await enrolBy(enrolment(), anew, 'bob');
      const again = { ...alice, secret: secretOfUri(uri) };
      expect(await worker().verify(await deposit(again, CLASSIFY), CLASSIFY, USE)).toMatchObject({ operator: 'alice' });
    });

    it('B15 four misses and a right code start the count anew', async () => {
      for (let round = 0; round < 2; round += 1) {
        for (let i = 0; i < 4; i += 1) {
          const grant = await deposit(alice, CLASSIFY, { otp: wrongCode(alice) });
          await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('OTP_INVALID'));
        }
        await worker().verify(await deposit(alice, CLASSIFY, { otp: codeAt(alice, round) }), CLASSIFY, USE);
      }
      expect(await registry().find('alice')).toMatchObject({ locked: false });
    });

    it.each(['12345', '1234567', '12345a', '１２３４５６', ''])('B15 %j is not taken for a code', async (otp) => {
      await expect(deposit(alice, CLASSIFY, { otp })).rejects.toMatchObject(refused('OTP_INVALID'));
    });
  });

  describe('roles', () => {
    it('B15 an order needs its role', async () => {
      const bob = await enrol('bob', keys[1]!, ['respond']);
      const approve: Order = { action: 'approve', incident: INCIDENT, planHash: 'b'.repeat(64), reason: '' };
      const grant = await deposit(bob, approve);
      await expect(worker().verify(grant, approve, USE)).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
    });

    it('B15 a detector needs no code, and may respond only', async () => {
      const sensor = await enrol('sensor', keys[1]!, ['detector']);
      const alarm = respondOrder(order(INCIDENT, { groupMembers, trigger: 'detector' }));
      const grant = await deposit(sensor, alarm, { otp: null });
      expect(await worker().verify(grant, alarm, STARTED)).toMatchObject({ operator: 'sensor' });
      const disguised = await deposit(sensor, RESPOND, { otp: null });
      await expect(worker().verify(disguised, RESPOND, STARTED)).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
      const other = await deposit(sensor, CLASSIFY, { otp: null });
      await expect(worker().verify(other, CLASSIFY, USE)).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
      await expect(enrol('odd', keys[2]!, ['detector', 'respond'])).rejects.toMatchObject(refused('BAD_INPUT'));
    });
  });

  describe('somebody who may write into the database but has no key file', () => {
    it('B15 who makes themselves an operator, or takes more roles, or swaps the key, gives no orders', async () => {
      const bob = await enrol('bob', keys[1]!, ['respond']);
      const approve: Order = { action: 'approve', incident: INCIDENT, planHash: 'b'.repeat(64), reason: '' };
      const tampering = [
        `UPDATE operators SET roles = '{respond,approve}' WHERE name = 'bob'`,
        `UPDATE operators SET sealed = (SELECT sealed FROM operators WHERE name = 'alice') WHERE name = 'bob'`,
        `UPDATE operators SET public_key = 'ssh-ed25519 AAAA' WHERE name = 'bob'`,
      ];
      for (const sql of tampering) {
        await database.admin(sql);
        const grant = await deposit(bob, approve);
        await expect(worker().verify(grant, approve, USE)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
      }
    });

    it('B15 who writes a verdict into a grant by hand lets nothing pass', async () => {
      const grant = await deposit(alice, CLASSIFY, { key: keys[1]!, otp: null });
      await database.admin(`UPDATE grants SET verdict = 'valid', otp = NULL, verdict_seal = 'AAAA'`);
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
      await database.admin(`INSERT INTO grant_uses (grant_id, use, subject) SELECT id, '${USE}', '' FROM grants`);
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
    });

    it('B15 the application role cannot name the time of a grant, nor give back a used code', async () => {
      const { pool } = database.postgres;
      const denied = { code: '42501' };
      await expect(pool.query(`UPDATE grants SET created_at = now()`)).rejects.toMatchObject(denied);
      await expect(pool.query(`UPDATE grants SET signed_text = ''`)).rejects.toMatchObject(denied);
      await expect(pool.query(`DELETE FROM operator_totp_steps`)).rejects.toMatchObject(denied);
      await expect(pool.query(`DELETE FROM grant_uses`)).rejects.toMatchObject(denied);
      await expect(pool.query(`DELETE FROM operators`)).rejects.toMatchObject(denied);
    });

    it('B15 secrets are not in the tables in clear', async () => {
      const [row] = await database.admin<{ all: string }>('SELECT operators::text AS all FROM operators');
      for (const encoding of ['hex', 'base64', 'latin1'] as const) {
        expect(row!.all).not.toContain(alice.secret.toString(encoding));
      }
    });
  });

  describe('enrolling', () => {
    it('B15 bootstrap works on an empty table only, and once when tried ten times at once', async () => {
      await expect(enrolFirst('bob', keys[1]!, ['admin'])).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
      database = await server.database();
      const tries = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => enrolFirst(`first-${i}`, keys[i % 3]!, ['admin'])),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await registry().list()).toHaveLength(1);
    });

    it('B15 only an admin adds operators, nobody takes over a name or a key', async () => {
      await enrol('bob', keys[1]!, ['respond']);
      const carol = { name: 'carol', publicKey: keys[2]!.publicKey, roles: ['respond'] } as const;
      for (const by of ['bob', 'nobody', 'carol']) {
        await expect(enrolBy(enrolment(), carol, by)).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
      }
      for (const name of ['alice', 'bob']) {
        await expect(enrol(name, keys[2]!, ['admin'])).rejects.toMatchObject(refused('BAD_INPUT'));
      }
      await expect(enrol('carol', keys[1]!, ['respond'])).rejects.toMatchObject(refused('BAD_INPUT'));
      expect((await registry().list()).map(({ name, createdBy }) => [name, createdBy])).toEqual([
        ['alice', 'bootstrap'],
        ['bob', 'alice'],
      ]);
    });

    it('B15 without the key file there is no verifying and no enrolling; with another one neither', async () => {
      const grant = await deposit(alice, CLASSIFY);
      const config = refused('CONFIG_INVALID');
      await expect(depositing().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(config);
      await expect(depositing().confirm(grant, USE)).rejects.toMatchObject(config);
      const bob = { name: 'bob', publicKey: keys[1]!.publicKey, roles: ['respond'] } as const;
      await expect(enrolBy(wired(`${keyFile}.none`).enrolment, bob, 'alice')).rejects.toMatchObject(config);
      const otherFile = join(ring.directory, 'other-key');
      await makeSealingKeyFile(otherFile);
      await expect(wired(otherFile).authorisation.verify(grant, CLASSIFY, USE)).rejects.toMatchObject(config);
      expect(await worker().verify(grant, CLASSIFY, USE)).toMatchObject({ operator: 'alice' });
    });
  });
});
