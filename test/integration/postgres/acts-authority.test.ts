import { randomBytes, randomUUID } from 'node:crypto';
import { sealedEvent } from '../../../activities/act-events';
import { ordersOf } from '../../../activities/orders-on-record';
import { createAuthorisation } from '../../../src/adapters/authorisation/create-authorisation';
import { readSealingKey } from '../../../src/adapters/authorisation/sealing-key';
import { totpCode } from '../../../src/adapters/authorisation/totp';
import { rememberGrants } from '../../../src/composition/remember-grants';
import { FirebreakError } from '../../../src/domain/errors';
import { canonicalJson, sha256Hex } from '../../../src/domain/hash';
import type { AuditEvent } from '../../../src/domain/ledger';
import type { Order, SignedRequest } from '../../../src/domain/order';
import { respondOrder, respondUse } from '../../../src/domain/order';
import type { Authorisation } from '../../../src/ports/authorisation';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { blockAction, DOCUMENT, INCIDENT, order, type TestDatabase, useAuthority } from './world';

const RESPOND = respondOrder(order());
const STARTED = respondUse(INCIDENT, 'run-1');
const RELEASE: Order = { action: 'release', incident: INCIDENT, reason: 'over' };
const refused = (code: string) => ({ name: 'FirebreakError', code });

describe('what acts rest on, on real rows (B15)', () => {
  const authority = useAuthority(['ed25519'], ['respond', 'admin']);
  let key: TestKey;
  let database: TestDatabase;
  let keyFile: string;
  let secret: Buffer;
  let step = 0;

  beforeEach(() => {
    ({ database, keyFile, secret } = authority());
    [key] = authority().keys as [TestKey];
    step = 0;
  });

  const wired = () =>
    createAuthorisation({ grants: database.postgres.grants, operators: database.postgres.operators, keyFile });
  const worker = () => wired().authorisation;

  async function deposit(signed: Order): Promise<string> {
    const nonce = randomBytes(16).toString('hex');
    const request: SignedRequest = {
      v: 1,
      order: signed,
      operator: 'alice',
      nonce,
      issuedAt: new Date().toISOString(),
    };
    const signedText = canonicalJson(request);
    const otp = totpCode(secret, Date.now() + 30_000 * step++);
    return worker().deposit({ signedText, signature: key.sign(signedText), otp });
  }

  it('B15 a grant is confirmed only after it was found good, and only for what it was used up for', async () => {
    const grant = await deposit(RESPOND);
    await expect(worker().confirm(grant, STARTED)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
    await worker().verify(grant, RESPOND, STARTED);
    expect(await worker().confirm(grant, STARTED)).toMatchObject({ order: RESPOND, operator: 'alice' });
    for (const use of [respondUse(INCIDENT, 'run-2'), INCIDENT, 'release:1', ''])
      await expect(worker().confirm(grant, use)).rejects.toMatchObject(refused('GRANT_MISMATCH'));
    for (const id of ['3f0e8a34-7d0a-4a55-9a33-0c1f3f3c7f10', ''])
      await expect(worker().confirm(id, STARTED)).rejects.toMatchObject(refused('GRANT_UNKNOWN'));
  });

  it('B15 confirming uses nothing up', async () => {
    const grant = await deposit(RELEASE);
    await worker().verify(grant, RELEASE, 'release:1');
    await worker().confirm(grant, 'release:1');
    expect(await database.admin('SELECT use FROM grant_uses')).toEqual([{ use: 'release:1' }]);
  });

  it('H1 no flood of events pushes a real order out of view, and what no worker has sealed is not asked after', async () => {
    const { ledger } = database.postgres;
    const grant = await deposit(RELEASE);
    await worker().verify(grant, RELEASE, 'release:1');
    const event = (key: string): AuditEvent => ({
      ...{ key, level: 'AUDIT', incident: INCIDENT, actor: 'alice', stage: 'event', action: 'release' },
      ...{ subject: 'release:1', result: 'authorised', at: new Date().toISOString() },
    });
    const { seals } = wired();
    const forged = (from: number, many: number) =>
      Array.from({ length: many }, (_, n) => event(`order:${randomUUID()}:${from + n}`));
    await ledger.append(forged(0, 150));
    await ledger.append([await sealedEvent({ seals }, event(`order:${grant}:release:1`))]);
    for (const from of [10_000, 20_000]) await ledger.append(forged(from, 5_100));
    let asked = 0;
    const authorisation: Authorisation = {
      ...worker(),
      confirm: (...what) => {
        asked += 1;
        return worker().confirm(...what);
      },
    };
    const orders = await ordersOf({ ledger, seals, authorisation }, INCIDENT);
    expect(orders).toMatchObject([{ action: 'release', operator: 'alice', grantId: grant }]);
    expect(asked).toBeLessThan(200);
  }, 300_000);

  it('B15 an incident is started once with its grant: another chain of runs is refused, however much later', async () => {
    const grant = await deposit(RESPOND);
    await worker().verify(grant, RESPOND, STARTED);
    await database.admin(`UPDATE grants SET created_at = created_at - interval '30 days'`);
    await expect(worker().verify(grant, RESPOND, respondUse(INCIDENT, 'run-2'))).rejects.toMatchObject(
      refused('GRANT_USED'),
    );
    expect(await worker().verify(grant, RESPOND, STARTED)).toMatchObject({ operator: 'alice' });
  });

  it('B15 whoever writes uses and verdicts into the tables, but has no key file, confirms nothing', async () => {
    const grant = await deposit(RESPOND);
    await database.admin(`UPDATE grants SET verdict = 'valid', otp = NULL, verdict_seal = 'AAAA'`);
    await database.admin('INSERT INTO grant_uses (grant_id, use, subject) VALUES ($1, $2, $3)', [
      grant,
      STARTED,
      INCIDENT,
    ]);
    await expect(worker().confirm(grant, STARTED)).rejects.toMatchObject(refused('NOT_AUTHORISED'));
  });

  it('H4 whoever stole the key file and may write into the tables, but has no key of an operator, confirms nothing', async () => {
    const id = await worker().deposit({
      signedText: canonicalJson({
        v: 1,
        order: RELEASE,
        operator: 'alice',
        nonce: '0'.repeat(32),
        issuedAt: '2026-11-20T03:00:00Z',
      }),
      signature: 'no signature at all',
    });
    const stolen = await readSealingKey(keyFile);
    const [row] = await database.admin<{ signed_text: string }>('SELECT signed_text FROM grants WHERE id = $1', [id]);
    const binding = canonicalJson({ for: 'firebreak grant', grant: id, request: sha256Hex(row!.signed_text) });
    await database.admin(`UPDATE grants SET verdict = 'valid', verdict_seal = $1`, [
      stolen.seal(Buffer.from('valid'), binding),
    ]);
    await database.admin(`INSERT INTO grant_uses (grant_id, use, subject) SELECT id, 'release:1', '' FROM grants`);
    await expect(worker().confirm(id, 'release:1')).rejects.toMatchObject(refused('SIGNATURE_INVALID'));
  });

  it('H4 an operator who was removed gives no orders, from memory either, once PostgreSQL is asked again', async () => {
    const grant = await deposit(RESPOND);
    let now = 0;
    const remembering = rememberGrants(worker(), () => now);
    await remembering.verify(grant, RESPOND, STARTED);
    await database.admin('DELETE FROM operator_totp_steps; DELETE FROM operators');
    expect(await remembering.confirm(grant, STARTED)).toMatchObject({ operator: 'alice' });
    now += 20_000;
    await expect(remembering.confirm(grant, STARTED)).rejects.toMatchObject(refused('OPERATOR_UNKNOWN'));
  });

  it('L1 a worker that has seen a grant knows it while PostgreSQL is away; one that has not asks', async () => {
    const grant = await deposit(RESPOND);
    const inner = worker();
    let away = false;
    let now = 0;
    const knowing = rememberGrants(
      {
        deposit: (request) => inner.deposit(request),
        asksFor: (grantId) => inner.asksFor(grantId),
        verify: (...asked) => inner.verify(...asked),
        confirm: (...asked) =>
          away ? Promise.reject(new FirebreakError('DATABASE_UNREACHABLE')) : inner.confirm(...asked),
      },
      () => now,
    );
    await knowing.verify(grant, RESPOND, STARTED);
    away = true;
    now += 3_600_000;
    expect(await knowing.confirm(grant, STARTED)).toMatchObject({ operator: 'alice' });
    await expect(knowing.confirm(grant, respondUse(INCIDENT, 'run-2'))).rejects.toMatchObject(
      refused('DATABASE_UNREACHABLE'),
    );
  });

  it('B15 a worker may not change what was declared, only what became of it', async () => {
    await database.postgres.incidents.declare(order(), DOCUMENT, 'stolen key');
    const { pool } = database.postgres;
    const columns =
      `incident, incident_group, incident_type, severity_level, response_mode, trigger, operator, reason, drill, title,
      hosts, document_sha256, incident_order, declared_at, workflow_id, stored_at`.split(/,\s*/);
    for (const column of columns) {
      await expect(pool.query(`UPDATE security_incidents SET ${column} = ${column}`)).rejects.toMatchObject({
        code: '42501',
      });
    }
    await expect(pool.query(`UPDATE incident_documents SET bytes = bytes`)).rejects.toMatchObject({ code: '42501' });
    await database.postgres.incidents.update(INCIDENT, {
      phase: 'watching',
      abnormal: 'partial',
      outcome: 'contained',
      planHash: 'b'.repeat(64),
      securityState: 'safe',
      needsHuman: true,
      runId: 'run',
      responseEndedAt: '2026-11-20T03:01:00.000Z',
      deadlineMet: true,
      closedAt: '2026-11-20T03:02:00.000Z',
      acknowledgedBy: ['bob'],
    });
    expect(await database.postgres.incidents.find(INCIDENT)).toMatchObject({ phase: 'watching', order: order() });
  });

  it('B15 a document that was put in the place of the signed one is not read', async () => {
    const other = Buffer.from('{"title":"another"}');
    await database.postgres.incidents.declare(order(), DOCUMENT, 'stolen key');
    await database.admin('INSERT INTO incident_documents (sha256, bytes) VALUES ($1, $2)', [sha256Hex(other), other]);
    await database.admin('UPDATE security_incidents SET document_sha256 = $1', [sha256Hex(other)]);
    await expect(database.postgres.incidents.document(INCIDENT)).rejects.toMatchObject(refused('AUDIT_BROKEN'));
  });

  it('B14 whether the time of an act is over is said by the database, also of what was released', async () => {
    const { controls, incidents } = database.postgres;
    await incidents.declare(order(), DOCUMENT, 'stolen key');
    const action = {
      ...blockAction(['192.0.2.7', '192.0.2.8']),
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const targets = action.sources.map((target) => ({ target, outcome: 'applied' as const }));
    expect(await controls.isOver(INCIDENT, action.id, 0)).toBeUndefined();
    await controls.activate(action, { rung: 'nftables' }, targets, '2026-11-20T03:00:05.000Z');
    expect(await controls.isOver(INCIDENT, action.id, 30_000)).toBe(false);
    await database.admin(`UPDATE access_controls SET expires_at = clock_timestamp() WHERE target = '192.0.2.7'`);
    expect(await controls.isOver(INCIDENT, action.id, 30_000)).toBe(false);
    await database.admin(`UPDATE access_controls SET expires_at = clock_timestamp() + interval '10 seconds'`);
    expect(await controls.isOver(INCIDENT, action.id, 0)).toBe(false);
    expect(await controls.isOver(INCIDENT, action.id, 30_000)).toBe(true);
    await controls.release(INCIDENT, action.id, new Date().toISOString());
    expect(await controls.isOver(INCIDENT, action.id, 30_000)).toBe(true);
  });
});
