import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { LOGIN_ROLES, type LoginRole } from '../../src/adapters/postgres/provision';
import { canonicalJson, sha256Hex } from '../../src/domain/hash';
import { DOCUMENT, INCIDENT, order, runSql, TestServer, type TestDatabase } from '../integration/postgres/world';

/** Whoever stole a password of the database tries what is in finding 9 of the review, as each role (H4). */

const DENIED = { code: '42501' };
const OTHERS: readonly LoginRole[] = ['cli', 'reader'];
const GRANT = '3f0e8a34-7d0a-4a55-9a33-0c1f3f3c7f10';
const RELEASE_TEXT = canonicalJson({ order: { action: 'release', incident: INCIDENT }, operator: 'alice' });

let server: TestServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

async function freshDatabase(): Promise<void> {
  database = await server.database();
  await database.postgres.incidents.declare(order(), DOCUMENT, 'stolen key');
  await database.admin(
    `INSERT INTO operators (name, public_key, roles, enrolment, key_id, sealed, misses, created_by)
     VALUES ('alice', 'ssh-ed25519 AAAA', '{respond,admin}', gen_random_uuid(), 'k', 's', 3, 'bootstrap')`,
  );
  await deposited(GRANT, RELEASE_TEXT);
}

const as = <Row extends object>(role: LoginRole, sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  runSql<Row>(database.urls[role], sql, values);

/** One statement of a session that has set for itself what a session may set. */
async function attack(role: LoginRole, sql: string): Promise<void> {
  const client = new Client({ connectionString: database.urls[role] });
  await client.connect();
  try {
    await client.query('SET default_transaction_read_only = off; SET statement_timeout = 0');
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function deposited(id: string, text: string): Promise<void> {
  await database.cli.grants.deposit({ id, signedText: text, signature: 'none', otp: '123456' });
}

async function enrolmentOf(name: string): Promise<string> {
  const [row] = await database.admin<{ enrolment: string }>('SELECT enrolment FROM operators WHERE name = $1', [name]);
  return row!.enrolment;
}

/** Of every row of every table. */
async function fingerprint(): Promise<string> {
  const tables = await database.admin<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
  );
  const rowsOf = tables.map(({ name }) => `SELECT '${name}' AS name, t::text AS line FROM ${name} AS t`);
  return sha256Hex(JSON.stringify(await database.admin(`${rowsOf.join(' UNION ALL ')} ORDER BY 1, 2`)));
}

describe('with the password of the command line, or of a reader, what is refused', () => {
  beforeAll(freshDatabase);

  const writes: readonly (readonly [string, string])[] = [
    ['misses are put back', `UPDATE operators SET misses = 0, locked_at = NULL`],
    ['everybody is locked', `UPDATE operators SET locked_at = now()`],
    [
      'an operator is made',
      `INSERT INTO operators (name, public_key, roles, enrolment, key_id, sealed, created_by) VALUES ('eve', 'k', '{admin}', gen_random_uuid(), '', '', '')`,
    ],
    ['an operator is removed', `DELETE FROM operators`],
    [
      'steps are burnt',
      `INSERT INTO operator_totp_steps SELECT name, enrolment, generate_series(1, 100) FROM operators`,
    ],
    ['a step is burnt by the function', `SELECT grant_take_step('${GRANT}', 'alice', gen_random_uuid(), 1)`],
    ['a miss is counted', `SELECT grant_miss('${GRANT}', 'alice')`],
    ['a grant is used up', `INSERT INTO grant_uses (grant_id, use, subject) VALUES ('${GRANT}', 'release:x', '')`],
    ['a grant is used up by the function', `SELECT grant_use('${GRANT}', 'release:x')`],
    ['a grant is accepted', `UPDATE grants SET verdict = 'valid'`],
    ['a grant is accepted by the function', `SELECT grant_accept('${GRANT}', 'x', 'y')`],
    ['a grant is refused by the function', `SELECT grant_refuse('${GRANT}', 'OTP_INVALID')`],
    [
      'somebody is enrolled by the function',
      `SELECT operator_enrol('eve', 'k', '{admin}', gen_random_uuid(), '', '', 'alice', false)`,
    ],
    ['somebody is removed by the function', `SELECT operator_remove('alice', gen_random_uuid(), 'eve', NULL)`],
    [
      'somebody is changed by the function',
      `SELECT operator_change('${GRANT}', gen_random_uuid(), 'k', '{admin}', '', '', '[]', NULL, '{}')`,
    ],
    ['a recovery code is used up', `SELECT grant_take_recovery('${GRANT}', 'alice', '')`],
    ['a wrong recovery code is counted', `SELECT grant_recovery_miss('${GRANT}', 'alice')`],
    ['digests of recovery codes are read', `SELECT digest FROM operator_recovery_codes`],
    ['codes are read', `SELECT otp FROM grants`],
    ['signed texts are read', `SELECT signed_text, signature FROM grants`],
    ['sealed secrets are read', `SELECT sealed FROM operators`],
    ['misses are read', `SELECT misses FROM operators`],
    ['a plan is made', `INSERT INTO response_plans (incident, plan_hash, plan) VALUES ('${INCIDENT}', 'a', '{}')`],
    [
      'a control is made',
      `INSERT INTO access_controls (action_id, target, incident, host, kind, rung, reason, since, expires_at) VALUES ('a', 'b', '${INCIDENT}', 'h', 'k', 'r', '', now(), now())`,
    ],
    ['a control is ended', `UPDATE access_controls SET state = 'released', ended_at = now()`],
    ['an incident is closed', `UPDATE security_incidents SET phase = 'closed', closed_at = now()`],
    ['a report is replaced', `UPDATE security_incidents SET report = '{}'`],
    ['the approval of a plan is prepared', `UPDATE security_incidents SET plan_hash = 'x'`],
    [
      'a closed incident is made up',
      `INSERT INTO security_incidents (incident, phase) VALUES ('INC-20261120-AAAA', 'closed')`,
    ],
    ['what was done is rewritten', `UPDATE emergency_responses SET result = '{}'`],
    ['the timeline is rewritten', `INSERT INTO incident_timeline VALUES ('${INCIDENT}', 'k', '{}', now())`],
    ['deliveries are rewritten', `UPDATE notification_deliveries SET state = 'delivered'`],
    ['readings are rewritten', `UPDATE security_readings SET reading = '{}'`],
    ['a turn is taken', `INSERT INTO host_turns (host, incident, rank) VALUES ('web-1', '${INCIDENT}', 0)`],
    ['turns are read away', `DELETE FROM host_turns`],
    ['the lock of a turn is held', `SELECT pg_advisory_lock(1179795521, 1)`],
    ['the lock of the migrations is held', `SELECT pg_try_advisory_lock_shared(7379555244192195937)`],
    ['the ledger is written as a worker', `SELECT security_logs_append('{}')`],
    ['the ledger is written by hand', `INSERT INTO security_logs VALUES (1)`],
    ['the ledger’s head is moved', `UPDATE security_log_heads SET seq = 9`],
    ['the ledger’s head is locked', `SELECT FROM security_log_heads FOR UPDATE`],
    ['a table is locked', `DO $$ BEGIN LOCK TABLE grants IN ACCESS EXCLUSIVE MODE; END $$`],
    ['a table is made', `CREATE TABLE public.mine ()`],
    ['the owner is become', `SET ROLE firebreak_owner`],
    ['a worker is become', `SET ROLE firebreak_worker`],
    ['a session is ended', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'`],
    ['triggers are switched off', `SET session_replication_role = replica`],
    ['a file is read', `SELECT pg_read_file('/etc/passwd')`],
    ['a program is run', `COPY (SELECT 1) TO PROGRAM 'true'`],
  ];

  it.each(OTHERS.flatMap((role) => writes.map(([what, sql]) => [role, what, sql] as const)))(
    'H4 as %s: %s is refused, and nothing has changed',
    async (role, _what, sql) => {
      // A session of a superuser, for the one who wants to end it.
      const holding = new Client({ connectionString: database.adminUrl });
      holding.on('error', () => undefined);
      await holding.connect();
      const before = await fingerprint();
      await expect(attack(role, sql)).rejects.toMatchObject(DENIED);
      expect(await fingerprint()).toBe(before);
      await expect(holding.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
      await holding.end();
    },
  );
});

describe('with the password of the command line, or of a reader, what is left', () => {
  beforeEach(freshDatabase);

  it('H4 a reader writes nothing at all, even where it sets its session otherwise', async () => {
    const writable = await as(
      'reader',
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND (has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR
              has_any_column_privilege(oid, 'INSERT, UPDATE, REFERENCES'))
       UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE')`,
    );
    expect(writable).toEqual([]);
  });

  it('H4 the command line has exactly the rights to declare, deposit, announce and read', async () => {
    const rights = await as<{ name: string; columns: string }>(
      'cli',
      `SELECT c.relname AS name, string_agg(a.attname, ',' ORDER BY a.attnum) AS columns
       FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
         AND has_column_privilege(c.oid, a.attnum, 'INSERT') GROUP BY c.relname ORDER BY 1`,
    );
    expect(rights.map(({ name }) => name)).toEqual(['grants', 'incident_documents', 'security_incidents']);
    expect(rights[0]?.columns).toBe('id,signed_text,signature,otp');
    for (const column of ['phase', 'closed_at', 'outcome', 'report', 'bag', 'plan_hash', 'run_id'])
      expect(rights[2]?.columns.split(',')).not.toContain(column);
    const updates = await as(
      'cli',
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND (has_any_column_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE, TRUNCATE, TRIGGER'))`,
    );
    expect(updates).toEqual([]);
    const functions = await as<{ proname: string }>(
      'cli',
      `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE') ORDER BY 1`,
    );
    expect(functions.map(({ proname }) => proname)).toEqual([
      'incident_started',
      'incident_withdraw',
      'security_logs_announce',
      'security_logs_begin_append',
    ]);
  });

  it('H4 an incident that a worker has taken up, or whose run is known, is not withdrawn', async () => {
    await as('cli', 'SELECT incident_withdraw($1)', [INCIDENT]);
    expect(await database.cli.declared.find(INCIDENT)).toMatchObject({ phase: 'closed', outcome: 'manual' });
    expect(await database.cli.declared.openOn('intrusion', ['web-1'])).toEqual([]);
    // For a worker it counts for nothing, or a stolen password could switch a response off.
    expect(await database.postgres.incidents.find(INCIDENT)).toMatchObject({ phase: 'declared', closedAt: null });
    await database.postgres.incidents.update(INCIDENT, { runId: 'run-1' });
    expect(await database.cli.declared.find(INCIDENT)).toMatchObject({ phase: 'declared', closedAt: null });
    expect(await as('cli', 'SELECT incident_withdraw($1) AS done', [INCIDENT])).toEqual([{ done: false }]);
    await as('cli', `SELECT incident_started($1, 'another')`, [INCIDENT]);
    expect(await database.postgres.incidents.find(INCIDENT)).toMatchObject({ runId: 'run-1', closedAt: null });
  });

  it('L1 no event of a worker can be forged, nor its key be taken beforehand', async () => {
    const event = {
      key: 'cli:evidence.exported:x',
      level: 'AUDIT',
      actor: 'os:mallory',
      stage: 'event',
      action: 'evidence.exported',
      subject: 'x',
      at: '2026-11-20T03:00:00.000Z',
    } as const;
    for (const forged of [
      { ...event, key: 'seal:INC-20261120-7F3K' },
      { ...event, actor: 'alice' },
      { ...event, level: 'CRITICAL' as const },
      { ...event, action: 'stand-down' },
      { ...event, action: 'operator.add' },
    ])
      await expect(database.cli.announcements.append([forged])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await database.postgres.ledger.head()).toMatchObject({ seq: 0 });
    await database.cli.announcements.append([event]);
    expect(await database.postgres.ledger.verify()).toMatchObject({ events: 1, faults: [] });
  });

  it('L1 whoever holds the head of the ledger is thrown out, and the workers write on', async () => {
    const holders = await Promise.all(
      [1, 2, 3].map(async () => {
        const client = new Client({ connectionString: database.urls.cli });
        client.on('error', () => undefined);
        await client.connect();
        await client.query(
          'SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET lock_timeout = 0',
        );
        await client.query('BEGIN');
        return client;
      }),
    );
    // The first one holds it, the others queue before every worker.
    const held = holders.map((client) =>
      client.query(`SELECT security_logs_begin_append('{}')`).catch(() => undefined),
    );
    await held[0];
    await sleep(5_500);
    const event = {
      key: 'k',
      level: 'AUDIT',
      actor: 'alice',
      stage: 'event',
      action: 'respond',
      subject: 'web-1',
    } as const;
    const position = await database.postgres.ledger.append([{ ...event, at: '2026-11-20T03:00:00.000Z' }]);
    expect(position.seq).toBe(1);
    await Promise.all(holders.map((client) => client.end().catch(() => undefined)));
  });
});

describe('with the password of a worker, without the key of the workers, what is refused', () => {
  beforeAll(freshDatabase);

  const denied: readonly (readonly [string, string])[] = [
    ['misses are put back', `UPDATE operators SET misses = 0`],
    ['everybody is locked', `UPDATE operators SET locked_at = now()`],
    [
      'steps are burnt for years',
      `INSERT INTO operator_totp_steps SELECT name, enrolment, generate_series(1, 100) FROM operators`,
    ],
    ['a used code is given back', `DELETE FROM operator_totp_steps`],
    [
      'an operator is made by hand',
      `INSERT INTO operators (name, public_key, roles, enrolment, key_id, sealed, created_by) VALUES ('eve', 'k', '{admin}', gen_random_uuid(), '', '', '')`,
    ],
    ['a grant is made', `INSERT INTO grants (id, signed_text, signature) VALUES (gen_random_uuid(), '{}', '')`],
    ['a grant is used by hand', `INSERT INTO grant_uses (grant_id, use, subject) VALUES ('${GRANT}', 'x', '')`],
    ['a grant that nobody found good is used', `SELECT grant_use('${GRANT}', 'x')`],
    ['a verdict is written by hand', `UPDATE grants SET verdict = 'valid'`],
    ['an incident is declared', `INSERT INTO security_incidents (incident) VALUES ('INC-20261120-AAAA')`],
    ['what was signed is changed', `UPDATE security_incidents SET incident_order = '{}'`],
    ['a plan is changed', `UPDATE response_plans SET plan = '{}'`],
    ['what was done is deleted', `DELETE FROM emergency_responses`],
    ['the ledger is changed', `UPDATE security_logs SET line = ''`],
    ['a miss of somebody whom the grant does not name', `SELECT grant_miss('${GRANT}', 'bob')`],
    [
      'a step far from the grant is burnt',
      `SELECT grant_take_step('${GRANT}', 'alice', enrolment, (extract(epoch FROM now()) / 30)::bigint + 3) FROM operators`,
    ],
    [
      'a step of an old enrolment is burnt',
      `SELECT grant_take_step('${GRANT}', 'alice', gen_random_uuid(), (extract(epoch FROM now()) / 30)::bigint)`,
    ],
  ];

  it.each(denied)('H4 %s: refused, and nothing has changed', async (_what, sql) => {
    const before = await fingerprint();
    await expect(attack('worker', sql)).rejects.toMatchObject(DENIED);
    expect(await fingerprint()).toBe(before);
  });
});

describe('with the password of a worker, without the key of the workers, what is left', () => {
  beforeEach(freshDatabase);

  it('H4 one grant counts one miss, and uses up no step afterwards', async () => {
    expect(await as('worker', `SELECT grant_miss($1, 'alice') AS misses`, [GRANT])).toEqual([{ misses: 4 }]);
    await expect(as('worker', `SELECT grant_miss($1, 'alice')`, [GRANT])).rejects.toMatchObject(DENIED);
    const step = Math.floor(Date.now() / 30_000);
    await expect(
      as('worker', `SELECT grant_take_step($1, 'alice', $2, $3)`, [GRANT, await enrolmentOf('alice'), step]),
    ).rejects.toMatchObject(DENIED);
  });

  it('H4 the use of a live incident’s grant is not taken from it', async () => {
    const id = randomUUID();
    await deposited(id, canonicalJson({ order: { action: 'respond' }, operator: 'alice' }));
    await as('worker', `SELECT grant_accept($1, $2, 'seal')`, [id, randomBytes(32).toString('hex')]);
    await as('worker', 'SELECT grant_use($1, $2)', [id, `${INCIDENT}@run-1`]);
    await as('worker', 'SELECT grant_use($1, $2)', [id, `${INCIDENT}@run-1`]);
    await expect(as('worker', 'SELECT grant_use($1, $2)', [id, `${INCIDENT}@x`])).rejects.toMatchObject(DENIED);
    await expect(as('worker', `SELECT grant_accept($1, 'x', 'forged')`, [id])).rejects.toMatchObject(DENIED);
    expect((await database.postgres.grants.find(id))?.uses).toEqual([`${INCIDENT}@run-1`]);
  });

  it('H4 a row that was removed cannot be put back to forget its misses, and the last admin stays', async () => {
    const enrolment = await enrolmentOf('alice');
    const removed = await as<{ done: string }>('worker', `SELECT operator_remove('alice', $1, 'eve', NULL) AS done`, [
      enrolment,
    ]);
    expect(removed).toEqual([{ done: 'last-admin' }]);
    await as('worker', `SELECT operator_enrol('eve', 'k', '{admin}', gen_random_uuid(), '', '', 'x', false)`);
    await as('worker', `SELECT operator_remove('alice', $1, 'eve', NULL)`, [enrolment]);
    const back = `SELECT operator_enrol('alice', 'ssh-ed25519 AAAA', '{respond,admin}', $1, 'k', 's', 'bootstrap', $2) AS done`;
    expect(await as('worker', back, [enrolment, false])).toEqual([{ done: false }]);
    await database.admin('DELETE FROM operators');
    expect(await as('worker', back, [randomUUID(), true])).toEqual([{ done: false }]);
  });
});

it('H4 no role is more than its rights, and none owns anything', async () => {
  await freshDatabase();
  for (const role of LOGIN_ROLES) {
    const [row] = await as<{ powers: boolean; owned: number }>(
      role,
      `SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS powers,
         (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned FROM pg_roles AS r WHERE rolname = current_user`,
    );
    expect(row).toEqual({ powers: false, owned: 0 });
  }
});
