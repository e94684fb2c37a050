import { MockActivityEnvironment } from '@temporalio/testing';
import { enrolActivities } from '../../../activities/enrol';
import { normalRecoveryCode } from '../../../src/adapters/authorisation/recovery-codes';
import { secretOfUri, totpCode } from '../../../src/adapters/authorisation/totp';
import type { OperatorChange, OperatorRole, Order } from '../../../src/domain/order';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { CLASSIFY, ORDERS, OperatorWorld, type Person, refused, USE } from './operator-world';
import { type TestDatabase, useAuthority } from './world';

const { disable, enable, newCodes, recover, rotate } = ORDERS;

describe('recovery codes, on real rows (B15, H4)', () => {
  const authority = useAuthority(['ed25519', 'ecdsa', 'ed25519', 'ed25519'], ['respond', 'approve', 'admin']);
  let world: OperatorWorld;
  let database: TestDatabase;
  let keys: readonly TestKey[];
  let alice: Person;

  beforeEach(async () => {
    ({ world } = await OperatorWorld.up(authority()));
    ({ alice, database, keys } = world);
  });

  const worker = () => world.worker();
  const enrolment = () => world.enrolment();
  const found = (name: string) => world.found(name);
  const deposit = (person: Person, order: Order, otp?: string) => world.deposit(person, order, otp);
  const carriedOut = (person: Person, order: OperatorChange, otp?: string) => world.carriedOut(person, order, otp);
  const lock = (person: Person) => world.lock(person);
  const enrol = (name: string, key: TestKey, roles: readonly OperatorRole[]) => world.enrol(name, key, roles);

  let codes: readonly string[];

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
    await expect(carriedOut(alice, recover('alice'), normal[0])).rejects.toMatchObject(refused('RECOVERY_INVALID'));
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
          refused('RECOVERY_INVALID'),
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
    await expect(carriedOut(carol, recover('carol'), code)).rejects.toMatchObject(refused('RECOVERY_INVALID'));
    await expect(carriedOut({ ...alice, key: keys[3]! }, recover('alice'), code)).rejects.toMatchObject(
      refused('SIGNATURE_INVALID'),
    );
    await expect(carriedOut(alice, disable('bob'), code)).rejects.toMatchObject(refused('OTP_INVALID'));
    await carriedOut(carol, disable('alice'));
    await expect(carriedOut(alice, recover('alice'), code)).rejects.toMatchObject(refused('OPERATOR_DISABLED'));
    await carriedOut(carol, enable('alice'));
    const uri = await carriedOut(carol, rotate('alice'));
    await expect(carriedOut(alice, recover('alice'), code)).rejects.toMatchObject(refused('RECOVERY_INVALID'));
    alice = { ...alice, secret: secretOfUri(uri) };
    const [newer] = (await carriedOut(alice, newCodes('alice'))).split('\n');
    await expect(carriedOut(alice, recover('alice'), code)).rejects.toMatchObject(refused('RECOVERY_INVALID'));
    await carriedOut(alice, recover('alice'), normalRecoveryCode(newer!));
  });

  it('H4 a code that came too late to be judged does not stay in its grant', async () => {
    const order = recover('alice');
    const late = await deposit(alice, order, normalRecoveryCode(codes[0] ?? ''));
    await database.admin(`UPDATE grants SET created_at = created_at - interval '1 day' WHERE id = '${late}'`);
    await expect(worker().verify(late, order, `enrolment:${late}`)).rejects.toMatchObject(refused('GRANT_EXPIRED'));
    expect(await database.admin(`SELECT otp, verdict FROM grants WHERE id = '${late}'`)).toEqual([
      { otp: null, verdict: 'GRANT_EXPIRED' },
    ]);
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
      }).run(enrolActivities({ ...deps, refusals: (events) => events }).carryOutEnrolment, { grantId, order });
    };
    await expect(run('0'.repeat(20))).rejects.toMatchObject({ type: 'RECOVERY_INVALID' });
    await run(normalRecoveryCode(codes[0]!));
    const rows = await database.admin<{ line: string }>('SELECT security_logs::text AS line FROM security_logs');
    const critical = rows.map(({ line }) => line).filter((line) => line.includes('CRITICAL'));
    expect(critical.filter((line) => line.includes('operator.recover.refused'))).toHaveLength(1);
    expect(critical.filter((line) => line.includes('wf:operator.recover:'))).toHaveLength(2);
  });
});
