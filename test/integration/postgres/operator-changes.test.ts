import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { enrolActivities } from '../../../activities/enrol';
import { createAuthorisation, createDepositing } from '../../../src/adapters/authorisation/create-authorisation';
import { makeHandoverKey } from '../../../src/adapters/authorisation/handover';
import { recoveryPurpose } from '../../../src/adapters/authorisation/operator-change';
import { handoverPurpose, SealedOperatorEnrolment } from '../../../src/adapters/authorisation/operator-enrolment';
import { normalRecoveryCode } from '../../../src/adapters/authorisation/recovery-codes';
import { readSealingKey } from '../../../src/adapters/authorisation/sealing-key';
import { secretOfUri, totpCode } from '../../../src/adapters/authorisation/totp';
import { canonicalJson } from '../../../src/domain/hash';
import type { OperatorChange, OperatorRole, Order, SignedRequest } from '../../../src/domain/order';
import { enrolBy } from '../../support/enrol';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { INCIDENT, runSql, type TestDatabase, useAuthority } from './world';

const CLASSIFY: Order = { action: 'classify', incident: INCIDENT, type: 'malware', reason: 'beacons seen' };
const APPROVE: Order = { action: 'approve', incident: INCIDENT, planHash: 'b'.repeat(64), reason: '' };
const USE = 'classify:1';
const WHY = { reason: 'lost phone' };
const refused = (code: string) => ({ name: 'FirebreakError', code });

interface Person {
  readonly name: string;
  readonly key: TestKey;
  readonly secret: Buffer;
}

describe('changes to operators, on real rows (B15, N5, H4)', () => {
  const authority = useAuthority(['ed25519', 'ecdsa', 'ed25519', 'ed25519'], ['respond', 'approve', 'admin']);
  let keys: readonly TestKey[];
  let database: TestDatabase;
  let keyFile: string;
  let alice: Person;
  let bob: Person;
  const steps = new Map<string, number>();
  const handover = makeHandoverKey();

  beforeEach(async () => {
    ({ keys, database, keyFile } = authority());
    steps.clear();
    alice = { name: 'alice', key: keys[0]!, secret: authority().secret };
    bob = await enrol('bob', keys[1]!, ['respond', 'approve']);
  });

  const wired = () =>
    createAuthorisation({ grants: database.postgres.grants, operators: database.postgres.operators, keyFile });
  const worker = () => wired().authorisation;
  const enrolment = () => wired().enrolment;
  const found = (name: string) => database.cli.operators.find(name);

  async function enrol(name: string, key: TestKey, roles: readonly OperatorRole[]): Promise<Person> {
    const uri = await enrolBy(enrolment(), { name, publicKey: key.publicKey, roles }, 'alice');
    return { name, key, secret: secretOfUri(uri) };
  }

  /** Each code works once, and the window is one step wide: the time of the grant goes forward with the codes. */
  async function deposit(person: Person, order: Order, otp?: string): Promise<string> {
    const request: SignedRequest = {
      ...{ v: 1, order, operator: person.name },
      nonce: randomBytes(16).toString('hex'),
      issuedAt: new Date().toISOString(),
    };
    const signedText = canonicalJson(request);
    const step = steps.get(person.secret.toString('hex')) ?? -1;
    if (otp === undefined) steps.set(person.secret.toString('hex'), step + 1);
    // A used step is given back by hand: a test does not wait for half a minute.
    if (otp === undefined && step >= 0)
      await database.admin('DELETE FROM operator_totp_steps WHERE operator = $1', [person.name]);
    const code = otp ?? totpCode(person.secret, Date.now());
    return createDepositing(database.cli.grants).deposit({
      signedText,
      signature: person.key.sign(signedText),
      otp: code,
    });
  }

  function wrongCode(person: Person): string {
    const valid = [-2, -1, 0, 1, 2].map((one) => totpCode(person.secret, Date.now() + one * 30_000));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !valid.includes(code))!;
  }

  async function carriedOut(person: Person, order: OperatorChange, otp?: string): Promise<string> {
    const grant = await deposit(person, order, otp);
    await worker().verify(grant, order, `enrolment:${grant}`);
    const box = await enrolment().change(order, person.name, grant);
    if (box === '') return '';
    const purpose = order.action === 'operator-recovery-codes' ? recoveryPurpose : handoverPurpose;
    return handover.open(box, purpose(order.operator, grant));
  }

  async function lock(person: Person): Promise<void> {
    for (let i = 0; i < 5; i += 1) {
      const grant = await deposit(person, CLASSIFY, wrongCode(person));
      await expect(worker().verify(grant, CLASSIFY, USE)).rejects.toMatchObject(refused('OTP_INVALID'));
    }
    expect(await found(person.name)).toMatchObject({ locked: true });
  }

  const disable = (operator: string): OperatorChange => ({ action: 'operator-disable', operator, ...WHY });
  const enable = (operator: string): OperatorChange => ({ action: 'operator-enable', operator, ...WHY });
  const unlock = (operator: string): OperatorChange => ({ action: 'operator-unlock', operator, ...WHY });
  const roles = (operator: string, words: string): OperatorChange => ({
    ...{ action: 'operator-roles', operator, roles: words },
    ...WHY,
  });
  const rotate = (operator: string, publicKey = ''): OperatorChange => ({
    ...{ action: 'operator-rotate', operator, publicKey, handoverKey: handover.publicKey },
    ...WHY,
  });
  const recover = (operator: string): OperatorChange => ({
    ...{ action: 'operator-recover', operator, handoverKey: handover.publicKey },
    ...WHY,
  });
  const newCodes = (operator: string): OperatorChange => ({
    ...{ action: 'operator-recovery-codes', operator, handoverKey: handover.publicKey },
  });

  it('B15 no order of a disabled operator counts, nor one given before, until they are enabled', async () => {
    const earlier = await deposit(bob, CLASSIFY);
    await worker().verify(earlier, CLASSIFY, USE);
    await carriedOut(alice, disable('bob'));
    expect(await found('bob')).toMatchObject({ disabled: true, locked: false });
    await expect(worker().confirm(earlier, USE)).rejects.toMatchObject(refused('OPERATOR_DISABLED'));
    // What was begun is still told, written down and undone.
    expect(await worker().confirm(earlier, USE, 'record')).toMatchObject({ operator: 'bob' });
    await expect(worker().verify(await deposit(bob, CLASSIFY), CLASSIFY, USE)).rejects.toMatchObject(
      refused('OPERATOR_DISABLED'),
    );
    await carriedOut(alice, enable('bob'));
    expect(await worker().confirm(earlier, USE)).toMatchObject({ operator: 'bob' });
    expect(await worker().verify(await deposit(bob, CLASSIFY), CLASSIFY, USE)).toMatchObject({ operator: 'bob' });
  });

  it('B15 a locked operator is unlocked by an admin, with the same secret, and a used code stays used', async () => {
    await lock(bob);
    const code = totpCode(bob.secret, Date.now());
    const step = Math.floor(Date.now() / 30_000);
    const used = `INSERT INTO operator_totp_steps SELECT name, enrolment, generate_series($1::bigint - 1, $1::bigint + 1) FROM operators WHERE name = 'bob'`;
    await database.admin(used, [step]);
    await carriedOut(alice, unlock('bob'));
    expect(await found('bob')).toMatchObject({ locked: false });
    await expect(worker().verify(await deposit(bob, CLASSIFY, code), CLASSIFY, USE)).rejects.toMatchObject(
      refused('OTP_REUSED'),
    );
    await expect(carriedOut(alice, unlock('bob'))).rejects.toMatchObject(refused('BAD_INPUT'));
  });

  it('B15 roles are sealed anew: what was taken away counts no more, also for what was ordered before', async () => {
    const approval = await deposit(bob, APPROVE);
    await worker().verify(approval, APPROVE, 'approve:1');
    await carriedOut(alice, roles('bob', 'respond'));
    expect(await found('bob')).toMatchObject({ roles: ['respond'], vouchers: [] });
    await expect(worker().confirm(approval, 'approve:1')).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
    await expect(worker().verify(await deposit(bob, APPROVE), APPROVE, USE)).rejects.toMatchObject(
      refused('OPERATOR_NOT_ALLOWED'),
    );
    for (const words of ['', 'root', 'detector', 'respond,detector'])
      await expect(carriedOut(alice, roles('bob', words))).rejects.toMatchObject(refused('BAD_INPUT'));
  });

  it('B15 rotating makes a new secret and takes a new key; the old factors count no more', async () => {
    await lock(bob);
    const uri = await carriedOut(alice, rotate('bob', keys[2]!.publicKey));
    expect(await found('bob')).toMatchObject({ locked: false });
    const anew: Person = { name: 'bob', key: keys[2]!, secret: secretOfUri(uri) };
    expect(anew.secret.equals(bob.secret)).toBe(false);
    expect(await worker().verify(await deposit(anew, CLASSIFY), CLASSIFY, USE)).toMatchObject({ operator: 'bob' });
    const oldKey = await deposit({ ...anew, key: keys[1]! }, CLASSIFY);
    await expect(worker().verify(oldKey, CLASSIFY, USE)).rejects.toMatchObject(refused('SIGNATURE_INVALID'));
    const oldSecret = await deposit({ ...bob, key: keys[2]! }, CLASSIFY);
    await expect(worker().verify(oldSecret, CLASSIFY, USE)).rejects.toMatchObject(refused('OTP_INVALID'));
    await expect(carriedOut(alice, rotate('bob', keys[0]!.publicKey))).rejects.toMatchObject(refused('BAD_INPUT'));
    await expect(carriedOut(alice, rotate('bob', 'ssh-rsa nonsense'))).rejects.toMatchObject(refused('BAD_INPUT'));
  });

  it('B15 the last admin who can sign is neither disabled, nor removed, nor stripped; a disabled one does not count', async () => {
    const carol = await enrol('carol', keys[2]!, ['admin']);
    await carriedOut(alice, disable('carol'));
    const notAllowed = refused('OPERATOR_NOT_ALLOWED');
    await expect(carriedOut(alice, disable('alice'))).rejects.toMatchObject(notAllowed);
    await expect(carriedOut(alice, roles('alice', 'respond,approve'))).rejects.toMatchObject(notAllowed);
    await expect(enrolment().remove('alice', 'alice')).rejects.toMatchObject(notAllowed);
    await carriedOut(alice, enable('carol'));
    await carriedOut(alice, roles('alice', 'respond'));
    expect(await found('alice')).toMatchObject({ roles: ['respond'] });
    await expect(carriedOut(carol, disable('carol'))).rejects.toMatchObject(notAllowed);
  });

  it('B15 two admins who disable each other at once: one of them stays', async () => {
    const carol = await enrol('carol', keys[2]!, ['admin']);
    const orders = [
      [alice, disable('carol')],
      [carol, disable('alice')],
    ] as const;
    const grants = await Promise.all(orders.map(([person, order]) => deposit(person, order)));
    await Promise.all(orders.map(([, order], i) => worker().verify(grants[i]!, order, `enrolment:${grants[i]!}`)));
    const done = await Promise.allSettled(
      orders.map(([person, order], i) => enrolment().change(order, person.name, grants[i]!)),
    );
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const all = await database.cli.operators.list();
    expect(all.filter((one) => one.roles.includes('admin') && !one.disabled)).toHaveLength(1);
  });

  it('B15 only an admin changes operators, and recovery codes are made by the person they are for', async () => {
    for (const order of [disable('alice'), roles('bob', 'admin'), rotate('alice'), unlock('bob'), newCodes('bob')])
      await expect(carriedOut(bob, order)).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
    await expect(carriedOut(alice, newCodes('bob'))).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
  });

  it('N5 whoever rotates, enables, unlocks or gives roles counts like who enrolled; taking away gives nothing', async () => {
    const carol = await enrol('carol', keys[2]!, ['admin']);
    const vouchers = async () => {
      const grant = await deposit(bob, APPROVE);
      await worker().verify(grant, APPROVE, 'approve:1');
      return (await worker().confirm(grant, 'approve:1')).enrolledBy;
    };
    await carriedOut(carol, disable('bob'));
    await carriedOut(alice, enable('bob'));
    await carriedOut(alice, roles('bob', 'approve'));
    // Alice enrolled all of them; what is looked at is who comes in beside her.
    expect(await vouchers()).toEqual(['alice', 'bootstrap']);
    await carriedOut(carol, roles('bob', 'respond,approve'));
    expect(await vouchers()).toEqual(['alice', 'carol', 'bootstrap']);
    const uri = await carriedOut(carol, rotate('bob'));
    bob = { ...bob, secret: secretOfUri(uri) };
    expect((await found('bob'))!.vouchers.map(({ by, how }) => `${by} ${how}`)).toEqual([
      'alice enable',
      'carol roles',
      'carol rotate',
    ]);
    // Years later it is still so; a voucher that is blotted out leaves a row that opens no more.
    await database.admin(`UPDATE operators SET created_at = created_at - interval '900 days'`);
    expect(await vouchers()).toContain('carol');
    await database.admin(`UPDATE operators SET vouchers = '[]' WHERE name = 'bob'`);
    await expect(vouchers()).rejects.toMatchObject(refused('NOT_AUTHORISED'));
  });

  it('N5 an unlock counts for a day; what is done to an approver later does not reach back', async () => {
    const carol = await enrol('carol', keys[2]!, ['admin']);
    const at = (hours: number) =>
      new SealedOperatorEnrolment(
        database.postgres.operators,
        () => readSealingKey(keyFile),
        () => Date.now() + hours * 3_600_000,
      );
    const byCarol = async (order: OperatorChange, hours: number) => {
      const grant = await deposit(carol, order);
      await worker().verify(grant, order, `enrolment:${grant}`);
      await at(hours).change(order, 'carol', grant);
    };
    const enrolledBy = async (grant: string) => (await worker().confirm(grant, 'approve:1')).enrolledBy;
    const approve = async () => {
      const grant = await deposit(bob, APPROVE);
      await worker().verify(grant, APPROVE, 'approve:1');
      return grant;
    };
    await lock(bob);
    await byCarol(unlock('bob'), -25);
    expect(await enrolledBy(await approve())).not.toContain('carol');
    await lock(bob);
    await byCarol(unlock('bob'), 0);
    const approval = await approve();
    expect(await enrolledBy(approval)).toContain('carol');
    await byCarol(disable('bob'), 0);
    await byCarol(enable('bob'), 1);
    expect((await found('bob'))!.vouchers.map(({ how }) => how)).toContain('enable');
    expect(await enrolledBy(approval)).toEqual(['alice', 'carol', 'bootstrap']);
  });

  it('N5 an approver vouched for by somebody who was removed since still leads to who enrolled that person', async () => {
    await enrol('carol', keys[2]!, ['admin']);
    const applicant = { name: 'dora', publicKey: keys[3]!.publicKey, roles: ['approve'] } as const;
    const dora: Person = {
      ...{ name: 'dora', key: keys[3]! },
      secret: secretOfUri(await enrolBy(enrolment(), applicant, 'carol')),
    };
    await enrolment().remove('carol', 'alice');
    const grant = await deposit(dora, APPROVE);
    await worker().verify(grant, APPROVE, 'approve:1');
    expect((await worker().confirm(grant, 'approve:1')).enrolledBy).toEqual(['carol', 'alice', 'bootstrap']);
  });

  it('H4 an order is carried out once: a replay by somebody who reaches Temporal changes nothing', async () => {
    const order = disable('bob');
    const grant = await deposit(alice, order);
    await worker().verify(grant, order, `enrolment:${grant}`);
    await enrolment().change(order, 'alice', grant);
    await carriedOut(alice, enable('bob'));
    await worker().verify(grant, order, `enrolment:${grant}`);
    await enrolment().change(order, 'alice', grant);
    expect(await found('bob')).toMatchObject({ disabled: false });

    const removal: Order = { action: 'operator-remove', operator: 'bob', ...WHY };
    const removing = await deposit(alice, removal);
    await worker().verify(removing, removal, `enrolment:${removing}`);
    await enrolment().remove('bob', 'alice', removing);
    await enrol('bob', keys[1]!, ['respond']);
    await enrolment().remove('bob', 'alice', removing);
    expect(await found('bob')).toBeDefined();
  });

  it('H4 the grant of an operator’s order is not burnt for anything but its own enrolment', async () => {
    const order = disable('bob');
    const grant = await deposit(alice, order);
    for (const use of [USE, `${INCIDENT}@run-1`, 'enrolment:other', ''])
      await expect(worker().verify(grant, order, use)).rejects.toMatchObject(refused('GRANT_MISMATCH'));
    expect(await worker().verify(grant, order, `enrolment:${grant}`)).toMatchObject({ operator: 'alice' });
  });

  it('H4 an accepted order that was never carried out is not carried out days later', async () => {
    const order = roles('bob', 'respond,approve,admin');
    const grant = await deposit(alice, order);
    await worker().verify(grant, order, `enrolment:${grant}`);
    await database.admin(`UPDATE grants SET created_at = created_at - interval '11 minutes'`);
    await expect(enrolment().change(order, 'alice', grant)).rejects.toMatchObject(refused('GRANT_EXPIRED'));
    expect(await found('bob')).toMatchObject({ roles: ['respond', 'approve'] });
  });

  it('H4 the activity takes an order only from its own workflow, and records intent and result', async () => {
    const { ledger } = database.postgres;
    const deps = { authorisation: worker(), enrolment: enrolment(), ledger, now: () => new Date() };
    const { carryOutEnrolment } = enrolActivities(deps);
    const order = disable('bob');
    const grantId = await deposit(alice, order);
    const from = (workflowId: string, input: object) =>
      new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run-1' } }).run(
        carryOutEnrolment,
        input as never,
      );
    for (const [workflow, input] of [
      ['enrolment:other', { grantId, order }],
      [`incident:${INCIDENT}`, { grantId, order }],
      [`enrolment:${grantId}`, { grantId, order: { ...CLASSIFY } }],
      [`enrolment:${grantId}`, { grantId, order: { action: 'operator-everything' } }],
    ] as const)
      await expect(from(workflow, input)).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    // Another order under the same grant: neither done, nor is the grant burnt.
    await expect(from(`enrolment:${grantId}`, { grantId, order: enable('bob') })).rejects.toMatchObject({
      type: 'GRANT_MISMATCH',
    });
    expect(await from(`enrolment:${grantId}`, { grantId, order })).toEqual({ handover: '', recorded: true });
    expect(await found('bob')).toMatchObject({ disabled: true });
    const lines = await database.admin<{ line: string }>('SELECT security_logs::text AS line FROM security_logs');
    const all = lines.map(({ line }) => line).join();
    expect(all).toContain(`wf:operator.disable:${grantId}:intent`);
    expect(all).toContain(`wf:operator.disable:${grantId}:result`);
  });

  describe('recovery codes', () => {
    let codes: readonly string[];
    const admin = () => alice;

    beforeEach(async () => {
      codes = (await carriedOut(alice, newCodes('alice'))).split('\n');
    });

    it('B15 eight codes of 100 bits; the tables hold none of them', async () => {
      expect(new Set(codes).size).toBe(8);
      for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{5}-){3}[0-9a-hjkmnp-tv-z]{5}$/);
      const dump = await database.admin<{ line: string }>(
        `SELECT c::text AS line FROM operator_recovery_codes AS c UNION ALL SELECT o::text FROM operators AS o
         UNION ALL SELECT g::text FROM grants AS g`,
      );
      const all = dump.map(({ line }) => line).join();
      for (const code of codes) {
        expect(all).not.toContain(code);
        expect(all).not.toContain(normalRecoveryCode(code));
      }
    });

    it('B15 one unlocks a locked sole admin once and makes a new secret; the next one still works', async () => {
      await lock(alice);
      const normal = codes.map(normalRecoveryCode);
      const uri = await carriedOut(alice, recover('alice'), normal[0]);
      expect(await found('alice')).toMatchObject({ locked: false });
      const old = alice;
      alice = { ...alice, secret: secretOfUri(uri) };
      expect(await worker().verify(await deposit(alice, CLASSIFY), CLASSIFY, USE)).toMatchObject({ operator: 'alice' });
      await expect(
        worker().verify(await deposit(alice, CLASSIFY, totpCode(old.secret, Date.now())), CLASSIFY, USE),
      ).rejects.toMatchObject(refused('OTP_INVALID'));
      await expect(carriedOut(alice, recover('alice'), normal[0])).rejects.toMatchObject(refused('OTP_INVALID'));
      await carriedOut(alice, recover('alice'), normal[1]);
    });

    it('B15 of one code in three orders at once, one passes', async () => {
      const code = normalRecoveryCode(codes[0]!);
      const order = recover('alice');
      const grants = await Promise.all([1, 2, 3].map(() => deposit(alice, order, code)));
      const judged = await Promise.allSettled(grants.map((one) => worker().verify(one, order, `enrolment:${one}`)));
      expect(judged.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('B15 a wrong code counts, once for each grant; five bar recovery for an hour, also with a right one', async () => {
      const order = recover('alice');
      for (let i = 0; i < 5; i += 1) {
        const grant = await deposit(alice, order, '0'.repeat(20));
        for (let again = 0; again < 2; again += 1)
          await expect(worker().verify(grant, order, `enrolment:${grant}`)).rejects.toMatchObject(
            refused('OTP_INVALID'),
          );
      }
      const right = normalRecoveryCode(codes[0]!);
      await expect(carriedOut(alice, order, right)).rejects.toMatchObject(refused('OPERATOR_LOCKED'));
      await database.admin(`UPDATE operators SET recovery_missed_at = recovery_missed_at - interval '61 minutes'`);
      await carriedOut(alice, order, right);
    });

    it('B15 a code is for the person who signs, with their key; rotating, new codes and disabling end it', async () => {
      const code = normalRecoveryCode(codes[0]!);
      const carol = await enrol('carol', keys[2]!, ['admin']);
      await expect(carriedOut(carol, recover('alice'), code)).rejects.toMatchObject(refused('OPERATOR_NOT_ALLOWED'));
      await expect(carriedOut(carol, recover('carol'), code)).rejects.toMatchObject(refused('OTP_INVALID'));
      await expect(carriedOut({ ...alice, key: keys[3]! }, recover('alice'), code)).rejects.toMatchObject(
        refused('SIGNATURE_INVALID'),
      );
      await expect(carriedOut(alice, disable('bob'), code)).rejects.toMatchObject(refused('OTP_INVALID'));
      await carriedOut(carol, disable('alice'));
      await expect(carriedOut(alice, recover('alice'), code)).rejects.toMatchObject(refused('OPERATOR_DISABLED'));
      await carriedOut(carol, enable('alice'));
      const uri = await carriedOut(carol, rotate('alice'));
      await expect(carriedOut(alice, recover('alice'), code)).rejects.toMatchObject(refused('OTP_INVALID'));
      alice = { ...alice, secret: secretOfUri(uri) };
      const [newer] = (await carriedOut(admin(), newCodes('alice'))).split('\n');
      await expect(carriedOut(alice, recover('alice'), code)).rejects.toMatchObject(refused('OTP_INVALID'));
      await carriedOut(alice, recover('alice'), normalRecoveryCode(newer!));
    });

    it('H4 codes are shown once: the same order again gives none', async () => {
      const order = newCodes('alice');
      const grant = await deposit(alice, order);
      await worker().verify(grant, order, `enrolment:${grant}`);
      await enrolment().change(order, 'alice', grant);
      await expect(enrolment().change(order, 'alice', grant)).rejects.toMatchObject(refused('BAD_INPUT'));
    });

    it('B15 a recovery is CRITICAL in the ledger, and so is one that was refused', async () => {
      const { ledger } = database.postgres;
      const deps = { authorisation: worker(), enrolment: enrolment(), ledger, now: () => new Date() };
      const order = recover('alice');
      const run = async (otp: string) => {
        const grantId = await deposit(alice, order, otp);
        return new MockActivityEnvironment({
          workflowExecution: { workflowId: `enrolment:${grantId}`, runId: 'run-1' },
        }).run(enrolActivities(deps).carryOutEnrolment, { grantId, order });
      };
      await expect(run('0'.repeat(20))).rejects.toMatchObject({ type: 'OTP_INVALID' });
      await run(normalRecoveryCode(codes[0]!));
      const rows = await database.admin<{ line: string }>('SELECT security_logs::text AS line FROM security_logs');
      const critical = rows.map(({ line }) => line).filter((line) => line.includes('CRITICAL'));
      expect(critical.filter((line) => line.includes('operator.recover.refused'))).toHaveLength(1);
      expect(critical.filter((line) => line.includes('wf:operator.recover:'))).toHaveLength(2);
    });
  });

  describe('whoever holds a password of the database', () => {
    const DENIED = { code: expect.stringMatching(/^(42501|25006)$/) as string };
    const change = (grant: string, action: string) =>
      `SELECT operator_change('${grant}', enrolment, public_key, roles, key_id, sealed, vouchers, recovery, '{}') AS verdict
       FROM operators WHERE name = 'bob' -- ${action}`;

    it('H4 command line and reader call no function of these, and read neither misses nor codes', async () => {
      const grant = await deposit(alice, disable('bob'));
      for (const role of ['cli', 'reader'] as const)
        for (const sql of [
          `SELECT operator_change('${grant}', '${grant}', '', '{}', '', '', '[]', NULL, '{}')`,
          `SELECT grant_take_recovery('${grant}', 'alice', '')`,
          `SELECT grant_recovery_miss('${grant}', 'alice')`,
          `SELECT operator_remove('bob', '${grant}', 'alice', NULL)`,
          `SELECT enrolment_order('${grant}')`,
          `UPDATE operators SET disabled_at = NULL`,
          `SELECT digest FROM operator_recovery_codes`,
          `SELECT recovery FROM operators`,
          `INSERT INTO operator_changes (enrolment, replaced, name, action, changed_by) VALUES ('${grant}', '${grant}', '', '', '')`,
        ])
          await expect(runSql(database.urls[role], sql)).rejects.toMatchObject(DENIED);
      expect(await runSql(database.urls.cli, 'SELECT disabled_at FROM operators')).toHaveLength(2);
    });

    it('H4 a worker’s password changes nobody without an accepted order, and then leaves a row that opens no more', async () => {
      await lock(bob);
      const order = unlock('bob');
      const grant = await deposit(alice, order);
      const sql = change(grant, 'unlock');
      await expect(runSql(database.urls.worker, sql)).rejects.toMatchObject(DENIED);
      await runSql(database.urls.worker, `SELECT grant_accept('${grant}', 'x', 'forged')`);
      await runSql(database.urls.worker, `SELECT grant_use('${grant}', 'enrolment:${grant}')`);
      expect(await runSql(database.urls.worker, sql)).toEqual([{ verdict: 'done' }]);
      // Unlocked, but under an enrolment that nobody has sealed: no guess is worth anything.
      await expect(worker().verify(await deposit(bob, CLASSIFY), CLASSIFY, USE)).rejects.toMatchObject(
        refused('NOT_AUTHORISED'),
      );
      await expect(runSql(database.urls.worker, 'SELECT digest FROM operator_recovery_codes')).rejects.toMatchObject(
        DENIED,
      );
    });

    it('H4 a replaced enrolment is not put back by removing and enrolling it again', async () => {
      const before = (await database.postgres.operators.sealed('bob'))!;
      await carriedOut(alice, roles('bob', 'respond'));
      const after = (await database.postgres.operators.sealed('bob'))!;
      await database.postgres.operators.remove('bob', after.enrolment, 'alice', undefined);
      const { name, publicKey, createdBy } = before.operator;
      const old = { ...before, name, publicKey, createdBy, roles: before.operator.roles };
      expect(await database.postgres.operators.enrol(old)).toBe(false);
    });

    it('H4 who writes into the tables enables nobody', async () => {
      await carriedOut(alice, disable('bob'));
      await database.admin('UPDATE operators SET disabled_at = NULL');
      await expect(worker().verify(await deposit(bob, CLASSIFY), CLASSIFY, USE)).rejects.toMatchObject(
        refused('NOT_AUTHORISED'),
      );
    });
  });
});
