import { randomBytes, randomUUID } from 'node:crypto';
import { createAuthorisation, createDepositing } from '../../../src/adapters/authorisation/create-authorisation';
import { makeHandoverKey } from '../../../src/adapters/authorisation/handover';
import { handoverPurpose, proveBootstrap } from '../../../src/adapters/authorisation/operator-enrolment';
import { readSealingKey, sealingKey } from '../../../src/adapters/authorisation/sealing-key';
import { secretOfUri, totpCode } from '../../../src/adapters/authorisation/totp';
import { canonicalJson } from '../../../src/domain/hash';
import type { OperatorRole, Order, SignedRequest } from '../../../src/domain/order';
import { enrolBy } from '../../support/enrol';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { INCIDENT, type TestServer, type TestDatabase, useAuthority } from './world';

const CLASSIFY: Order = { action: 'classify', incident: INCIDENT, type: 'malware', reason: 'beacons seen' };
const USE = 'classify:1';
const refused = (code: string) => ({ name: 'FirebreakError', code });

interface Person {
  readonly name: string;
  readonly key: TestKey;
  readonly secret: Buffer;
}

describe('who may give orders, on real rows (B15, H4)', () => {
  const authority = useAuthority(['ed25519', 'ecdsa', 'ed25519'], ['respond', 'approve', 'admin']);
  let server: TestServer;
  let keys: readonly TestKey[];
  let database: TestDatabase;
  let keyFile: string;
  let alice: Person;

  beforeEach(() => {
    ({ server, keys, database, keyFile } = authority());
    alice = { name: 'alice', key: keys[0]!, secret: authority().secret };
  });

  const wired = () =>
    createAuthorisation({ grants: database.postgres.grants, operators: database.postgres.operators, keyFile });
  const worker = () => wired().authorisation;
  const enrolment = () => wired().enrolment;
  const registry = () => database.cli.operators;

  async function enrol(name: string, key: TestKey, roles: readonly OperatorRole[]): Promise<Person> {
    const uri = await enrolBy(enrolment(), { name, publicKey: key.publicKey, roles }, 'alice');
    return { name, key, secret: secretOfUri(uri) };
  }

  function deposit(person: Person, order: Order): Promise<string> {
    const nonce = randomBytes(16).toString('hex');
    const issuedAt = new Date().toISOString();
    const request: SignedRequest = { v: 1, order, operator: person.name, nonce, issuedAt };
    const signedText = canonicalJson(request);
    const otp = totpCode(person.secret, Date.now());
    return createDepositing(database.cli.grants).deposit({ signedText, signature: person.key.sign(signedText), otp });
  }

  it('H4 a retry of one enrolment gives the same secret, to whoever ordered it only', async () => {
    const id = randomUUID();
    const bob = { name: 'bob', publicKey: keys[1]!.publicKey, roles: ['respond'] } as const;
    const first = await enrolBy(enrolment(), bob, 'alice', id);
    expect(await enrolBy(enrolment(), bob, 'alice', id)).toBe(first);
    const [ordering, other] = [makeHandoverKey(), makeHandoverKey()];
    const box = await enrolment().add(bob, 'alice', id, ordering.publicKey);
    expect(box).not.toContain(secretOfUri(first).toString('base64'));
    expect(() => other.open(box, handoverPurpose('bob', id))).toThrow(/not encrypted for this order/);
    expect(() => ordering.open(box, handoverPurpose('eve', id))).toThrow(/not encrypted for this order/);
    expect(ordering.open(box, handoverPurpose('bob', id))).toBe(first);
  });

  it('H4 an accepted order that came to nothing has an end: whoever has it carried out later gets nobody enrolled', async () => {
    const handoverKey = makeHandoverKey().publicKey;
    const bob = { name: 'bob', publicKey: keys[1]!.publicKey, roles: ['respond'] as const };
    const order: Order = {
      action: 'operator-add',
      operator: 'bob',
      publicKey: bob.publicKey,
      roles: 'respond',
      handoverKey,
    };
    const grant = await deposit(alice, order);
    await worker().verify(grant, order, `enrolment:${grant}`);
    await database.admin(`UPDATE grants SET created_at = created_at - interval '11 minutes'`);
    await expect(enrolment().add(bob, 'alice', grant, handoverKey)).rejects.toMatchObject(refused('GRANT_EXPIRED'));
    expect(await registry().find('bob')).toBeUndefined();
    // In time it is good, and a retry of what was carried out in time stays good.
    await database.admin(`UPDATE grants SET created_at = created_at + interval '2 minutes'`);
    const box = await enrolment().add(bob, 'alice', grant, handoverKey);
    expect(box).not.toBe('');
    await database.admin(`UPDATE grants SET created_at = created_at - interval '2 minutes'`);
    await expect(enrolment().add(bob, 'alice', grant, handoverKey)).resolves.not.toBe('');
  });

  it('H4 the first operator is enrolled only with a proof of the key file, which fits this request only', async () => {
    database = await server.database();
    const handoverKey = makeHandoverKey().publicKey;
    const request = { name: 'eve', publicKey: keys[1]!.publicKey, roles: ['admin'], handoverKey } as const;
    const key = await readSealingKey(keyFile);
    const sound = proveBootstrap({ ...request, enrolment: randomUUID() }, key);
    for (const forged of [
      { ...sound, proof: '' },
      { ...sound, publicKey: keys[2]!.publicKey },
      { ...sound, handoverKey: makeHandoverKey().publicKey },
      proveBootstrap({ ...request, enrolment: randomUUID() }, sealingKey(randomBytes(32))),
    ])
      await expect(enrolment().bootstrap(forged)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
    expect(await registry().list()).toEqual([]);
    await enrolment().bootstrap(sound);
    expect(await registry().list()).toHaveLength(1);
  });

  it('H4 who was removed gives no order any more, and the last admin stays', async () => {
    const bob = await enrol('bob', keys[1]!, ['respond', 'admin']);
    const grant = await deposit(bob, CLASSIFY);
    await worker().verify(grant, CLASSIFY, USE);
    expect(await worker().confirm(grant, USE)).toMatchObject({ operator: 'bob', enrolledBy: ['alice', 'bootstrap'] });
    await enrolment().remove('bob', 'alice');
    await expect(worker().confirm(grant, USE)).rejects.toMatchObject(refused('OPERATOR_UNKNOWN'));
    await expect(worker().verify(await deposit(bob, CLASSIFY), CLASSIFY, USE)).rejects.toMatchObject(
      refused('OPERATOR_UNKNOWN'),
    );
    await expect(enrolment().remove('bob', 'alice')).rejects.toMatchObject(refused('OPERATOR_UNKNOWN'));
    await expect(enrolment().remove('alice', 'alice')).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
    // The same name with another key is another person.
    await enrol('bob', keys[2]!, ['respond']);
    await expect(worker().confirm(grant, USE)).rejects.toMatchObject(refused('SIGNATURE_INVALID'));
  });

  it('H4 an enrolment that was ended never comes back', async () => {
    await enrol('bob', keys[1]!, ['respond']);
    const sealed = (await database.postgres.operators.sealed('bob'))!;
    const { name, publicKey, roles, createdBy } = sealed.operator;
    await enrolment().remove('bob', 'alice');
    const same = { name, publicKey, roles, createdBy, ...sealed };
    expect(await database.postgres.operators.enrol(same)).toBe(false);
    expect(await registry().find('bob')).toBeUndefined();
  });

  it('N5 who vouches for an approver: the enroller, and on while the links are young', async () => {
    await enrol('bob', keys[1]!, ['approve', 'admin']);
    const carolKey = keys[2]!;
    const uri = await enrolBy(enrolment(), { name: 'carol', publicKey: carolKey.publicKey, roles: ['approve'] }, 'bob');
    const carol = { name: 'carol', key: carolKey, secret: secretOfUri(uri) };
    const approve: Order = { action: 'approve', incident: INCIDENT, planHash: 'b'.repeat(64), reason: '' };
    const grant = await deposit(carol, approve);
    await worker().verify(grant, approve, USE);
    expect((await worker().confirm(grant, USE)).enrolledBy).toEqual(['bob', 'alice', 'bootstrap']);
    await database.admin(`UPDATE operators SET created_at = created_at - interval '25 hours' WHERE name = 'bob'`);
    expect((await worker().confirm(grant, USE)).enrolledBy).toEqual(['bob', 'alice']);
    await database.admin(`UPDATE operators SET created_at = created_at - interval '25 hours' WHERE name = 'carol'`);
    expect((await worker().confirm(grant, USE)).enrolledBy).toEqual(['bob']);
    await database.admin(`UPDATE operators SET created_by = 'dave' WHERE name = 'carol'`);
    await expect(worker().confirm(grant, USE)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
  });

  it('H4 rows that an earlier version sealed, without the enroller, still open', async () => {
    const key = await readSealingKey(keyFile);
    const row = (await database.postgres.operators.sealed('alice'))!;
    const { name, publicKey, roles } = row.operator;
    const binding = canonicalJson({ for: 'firebreak operator', name, publicKey, roles, enrolment: row.enrolment });
    await database.admin('UPDATE operators SET sealed = $1', [key.seal(alice.secret, binding)]);
    expect(await worker().verify(await deposit(alice, CLASSIFY), CLASSIFY, USE)).toMatchObject({ operator: 'alice' });
  });
});
