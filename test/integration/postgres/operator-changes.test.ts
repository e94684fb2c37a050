import { MockActivityEnvironment } from '@temporalio/testing';
import { enrolActivities } from '../../../activities/enrol';
import { SealedOperatorEnrolment } from '../../../src/adapters/authorisation/operator-enrolment';
import { readSealingKey } from '../../../src/adapters/authorisation/sealing-key';
import { secretOfUri, totpCode } from '../../../src/adapters/authorisation/totp';
import { rememberGrants } from '../../../src/composition/remember-grants';
import { respondOrder, respondUse } from '../../../src/domain/order';
import type { OperatorChange, OperatorRole, Order } from '../../../src/domain/order';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { APPROVE, CLASSIFY, ORDERS, OperatorWorld, type Person, refused, USE, WHY } from './operator-world';
import { INCIDENT, order as incidentOrder, runSql, type TestDatabase, useAuthority } from './world';

const RESPOND = respondOrder(incidentOrder());
const STARTED = respondUse(INCIDENT, 'run-1');
const { disable, enable, newCodes, roles, rotate, unlock } = ORDERS;

describe('changes to operators, on real rows (B15, N5, H4)', () => {
  const authority = useAuthority(['ed25519', 'ecdsa', 'ed25519', 'ed25519'], ['respond', 'approve', 'admin']);
  let world: OperatorWorld;
  let database: TestDatabase;
  let keys: readonly TestKey[];
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    ({ world, bob } = await OperatorWorld.up(authority()));
    ({ alice, database, keys } = world);
  });

  const worker = () => world.worker();
  const enrolment = () => world.enrolment();
  const found = (name: string) => world.found(name);
  const deposit = (person: Person, order: Order, otp?: string) => world.deposit(person, order, otp);
  const carriedOut = (person: Person, order: OperatorChange, otp?: string) => world.carriedOut(person, order, otp);
  const lock = (person: Person) => world.lock(person);
  const enrol = (name: string, key: TestKey, roles: readonly OperatorRole[]) => world.enrol(name, key, roles);

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

  it('B15 acts of a disabled operator’s open incident are refused once PostgreSQL is asked again; what has begun goes on', async () => {
    const grant = await deposit(bob, RESPOND);
    await worker().verify(grant, RESPOND, STARTED);
    let now = 0;
    const remembering = rememberGrants(worker(), () => now);
    await remembering.confirm(grant, STARTED);
    await carriedOut(alice, disable('bob'));
    now += 20_000;
    await expect(remembering.confirm(grant, STARTED)).rejects.toMatchObject(refused('OPERATOR_DISABLED'));
    expect(await remembering.confirm(grant, STARTED, 'record')).toMatchObject({ operator: 'bob' });
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
        () => readSealingKey(world.keyFile),
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

  it('N5 a second rotation does not make the first one forgotten', async () => {
    const carol = await enrol('carol', keys[2]!, ['respond', 'admin']);
    bob = { ...bob, secret: secretOfUri(await carriedOut(carol, rotate('bob'))) };
    const approval = await deposit(bob, APPROVE);
    await worker().verify(approval, APPROVE, 'approve:1');
    const again = rotate('bob');
    const grant = await deposit(carol, again);
    await worker().verify(grant, again, `enrolment:${grant}`);
    const elevenMinutesLater = () => Date.now() + 11 * 60_000;
    const { operators } = database.postgres;
    const key = () => readSealingKey(world.keyFile);
    await new SealedOperatorEnrolment(operators, key, elevenMinutesLater).change(again, 'carol', grant);
    expect((await worker().confirm(approval, 'approve:1')).enrolledBy).toContain('carol');
  });

  it('N5 who vouched lately is told apart: no unlock, no link of before, and not the first admin on the day of the set-up', async () => {
    const carol = await enrol('carol', keys[2]!, ['respond', 'admin']);
    const lately = async () => {
      const grant = await deposit(bob, APPROVE);
      await worker().verify(grant, APPROVE, 'approve:1');
      return (await worker().confirm(grant, 'approve:1')).enrolledLately;
    };
    expect(await lately()).toEqual([]);
    await database.admin(`UPDATE operators SET created_at = created_at - interval '25 hours' WHERE name = 'alice'`);
    expect(await lately()).toEqual(['alice']);
    await database.admin(`UPDATE operators SET created_at = created_at - interval '25 hours' WHERE name = 'bob'`);
    expect(await lately()).toEqual([]);
    await lock(bob);
    await carriedOut(carol, unlock('bob'));
    expect(await lately()).toEqual([]);
    bob = { ...bob, secret: secretOfUri(await carriedOut(carol, rotate('bob'))) };
    expect(await lately()).toEqual(['carol', 'alice']);
  });

  it('N5 an approver vouched for by somebody who was removed since still leads to who enrolled that person', async () => {
    await enrol('carol', keys[2]!, ['admin']);
    const dora = await world.enrol('dora', keys[3]!, ['approve'], 'carol');
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
    const { carryOutEnrolment } = enrolActivities({ ...deps, refusals: (events) => events });
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
