import { randomUUID } from 'node:crypto';
import { appendFile, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createPostgres } from '../../../src/adapters/postgres/create-postgres';
import { migrate } from '../../../src/adapters/postgres/migrate';
import { LOGIN_ROLES, provisionDatabase } from '../../../src/adapters/postgres/provision';
import { INCIDENT, MIGRATIONS, onDatabase, quiet, runSql, TestServer } from './world';

describe('set-up of the database', () => {
  let server: TestServer;
  let directory: string;
  let database: string;
  let adminUrl: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firebreak-test-migrations-'));
    await cp(MIGRATIONS, directory, { recursive: true });
    database = `s_${randomUUID().replaceAll('-', '')}`;
    adminUrl = onDatabase(server.server.url, database);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const passwords = { worker: 'p%40ss:word/', cli: 'another', reader: 'a-third' };
  const provision = () =>
    provisionDatabase({ adminUrl: server.server.url, database, passwords, directory, log: quiet });
  const config = (text: RegExp) => ({ code: 'CONFIG_INVALID', message: expect.stringMatching(text) as string });

  it('O1 several processes that set up together end with one schema', async () => {
    const urls = await Promise.all([provision(), provision(), provision(), provision()]);
    expect(new Set(urls.map((one) => JSON.stringify(one))).size).toBe(1);
    const applied = await runSql<{ name: string }>(adminUrl, 'SELECT name FROM schema_migrations ORDER BY name');
    expect(applied.length).toBeGreaterThanOrEqual(6);
    expect(await migrate({ url: adminUrl, directory, log: quiet })).toEqual([]);
  });

  it.each(LOGIN_ROLES)('H4 the role %s logs in with its password, and owns nothing', async (role) => {
    const url = (await provision())[role];
    const rows = await runSql<{ who: string; owned: number; temporary: boolean; super: boolean }>(
      url,
      `SELECT current_user AS who, has_database_privilege(current_database(), 'TEMPORARY') AS temporary,
         (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super,
         (SELECT count(*)::int FROM pg_class WHERE relowner = current_user::regrole) AS owned`,
    );
    expect(rows).toEqual([{ who: `firebreak_${role}`, owned: 0, temporary: false, super: false }]);
    const owners = await runSql<{ owner: string }>(
      adminUrl,
      `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace
       UNION SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: 'firebreak_owner' }]);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(runSql(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('O1 no table can be emptied by a worker, and every function pins its search path', async () => {
    const { worker: url } = await provision();
    const rights = await runSql<{ name: string; deletes: boolean; truncates: boolean }>(
      url,
      `SELECT relname AS name, has_table_privilege(oid, 'DELETE') AS deletes, has_table_privilege(oid, 'TRUNCATE') AS truncates
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
    );
    expect(rights.length).toBeGreaterThan(10);
    // They hold who waits and who talks to a host now, not what was done.
    const emptied = rights.filter(({ deletes, truncates }) => deletes || truncates).map(({ name }) => name);
    expect(emptied.sort()).toEqual(['host_conversations', 'host_turns']);
    const loose = await runSql(
      adminUrl,
      `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)`,
    );
    expect(loose).toEqual([]);
  });

  it('H4 the single role of earlier versions has no rights any more and cannot log in', async () => {
    await provision();
    const rights = await runSql(
      adminUrl,
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND (has_any_column_privilege('firebreak_app', oid, 'SELECT, INSERT, UPDATE') OR
              has_table_privilege('firebreak_app', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))
       UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         AND has_function_privilege('firebreak_app', oid, 'EXECUTE')
       UNION ALL SELECT rolname FROM pg_roles WHERE rolname = 'firebreak_app' AND rolcanlogin`,
    );
    expect(rights).toEqual([]);
  });

  it('H4 a database of the version before is brought on: what was used up stays used up', async () => {
    // The roles came apart with 0011.
    const since = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name) && name >= '0011');
    for (const name of since) await rm(join(directory, name));
    await provision();
    const text = JSON.stringify({ order: { action: 'release' } });
    await runSql(
      adminUrl,
      `INSERT INTO grants (id, signed_text, signature, verdict) VALUES ('3f0e8a34-7d0a-4a55-9a33-0c1f3f3c7f10', '${text}', '', 'valid');
       INSERT INTO grant_uses VALUES ('3f0e8a34-7d0a-4a55-9a33-0c1f3f3c7f10', 'release:1')`,
    );
    for (const name of since) await cp(join(MIGRATIONS, name), join(directory, name));
    const { worker } = await provision();
    await expect(
      runSql(worker, `SELECT grant_use('3f0e8a34-7d0a-4a55-9a33-0c1f3f3c7f10', 'release:2')`),
    ).rejects.toThrow(/used up/);
  });

  it('H4 a role that was made powerful by hand is put right, or refused with what it must not be', async () => {
    const { cli } = await provision();
    await runSql(adminUrl, 'ALTER ROLE firebreak_cli SUPERUSER BYPASSRLS CREATEROLE');
    const powerful = createPostgres({ url: cli, applicationName: 'test', log: quiet });
    expect(await powerful.roleFaults()).toEqual([
      'firebreak_cli is a superuser',
      'firebreak_cli is able to make roles',
      'firebreak_cli is above row security',
      'firebreak_cli is able to take the locks of turns on hosts',
    ]);
    await provision();
    expect(await powerful.roleFaults()).toEqual([]);
    await runSql(adminUrl, 'GRANT pg_read_all_data TO firebreak_cli');
    await expect(provision()).rejects.toMatchObject(config(/firebreak_cli must not be a member of another role/));
    await runSql(adminUrl, 'REVOKE pg_read_all_data FROM firebreak_cli');
    await powerful.close();
  });

  it('O3 an applied migration that was changed, is missing or comes late is an error', async () => {
    await provision();
    await appendFile(join(directory, '0001-incidents.sql'), '-- a word more\n');
    await expect(migrate({ url: adminUrl, directory, log: quiet })).rejects.toMatchObject(
      config(/0001-incidents.sql was changed/),
    );
    await rm(join(directory, '0001-incidents.sql'));
    await expect(migrate({ url: adminUrl, directory, log: quiet })).rejects.toMatchObject(config(/does not know/));
    await cp(join(MIGRATIONS, '0001-incidents.sql'), join(directory, '0001-incidents.sql'));
    await writeFile(join(directory, '0000-late.sql'), 'SELECT 1;');
    await expect(migrate({ url: adminUrl, directory, log: quiet })).rejects.toMatchObject(config(/comes before/));
    await rm(join(directory, '0000-late.sql'));
    await writeFile(join(directory, 'notes.sql'), 'SELECT 1;');
    await expect(migrate({ url: adminUrl, directory, log: quiet })).rejects.toMatchObject(config(/not named/));
  });

  it('O3 a migration that fails leaves nothing of itself and can be put right', async () => {
    await provision();
    const file = join(directory, '9000-next.sql');
    await writeFile(file, 'CREATE TABLE half_done (a int); SELECT 1/0;');
    await expect(migrate({ url: adminUrl, directory, log: quiet })).rejects.toThrow(/9000-next.sql.*division by zero/);
    await writeFile(file, 'CREATE TABLE half_done (a int);');
    expect(await migrate({ url: adminUrl, directory, log: quiet })).toEqual(['9000-next.sql']);
  });

  it('O3 without the roles, or as a worker, migrating says what to run', async () => {
    const { worker: url } = await provision();
    await expect(migrate({ url, directory, log: quiet })).rejects.toMatchObject(config(/setup\/roles.sql/));
  });

  it('O3 a DBA who is no superuser can migrate as a member of the owner role', async () => {
    await provision();
    await runSql(
      adminUrl,
      `CREATE ROLE "dba_${database}" LOGIN PASSWORD 'x'; GRANT firebreak_owner TO "dba_${database}";
      GRANT CONNECT ON DATABASE "${database}" TO "dba_${database}"`,
    );
    await writeFile(join(directory, '9000-next.sql'), 'CREATE TABLE made_by_dba (a int);');
    const url = new URL(adminUrl);
    url.username = `dba_${database}`;
    url.password = 'x';
    expect(await migrate({ url: url.href, directory, log: quiet })).toEqual(['9000-next.sql']);
    const [row] = await runSql<{ owner: string }>(
      adminUrl,
      `SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'made_by_dba'`,
    );
    expect(row).toEqual({ owner: 'firebreak_owner' });
  });
});

describe('PostgreSQL out of reach', () => {
  const event = {
    key: 'k',
    level: 'AUDIT',
    actor: 'alice',
    stage: 'event',
    action: 'respond',
    subject: 'web-1',
    at: '2026-11-20T03:00:00.000Z',
  } as const;

  it('L1 a refused connection is DATABASE_UNREACHABLE, for the ledger LEDGER_UNREACHABLE', async () => {
    const postgres = createPostgres({ url: 'postgres://x:y@127.0.0.1:1/z', applicationName: 'test', log: quiet });
    await Promise.all([
      expect(postgres.incidents.find(INCIDENT)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' }),
      expect(postgres.controls.active({})).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' }),
      expect(postgres.grants.judge('x', () => Promise.resolve())).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
      }),
      expect(postgres.ledger.append([event])).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' }),
      expect(postgres.ledger.verify()).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' }),
    ]);
    await postgres.close();
  });

  it('L1 a server that takes the connection and then says nothing is unreachable, too', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const postgres = createPostgres({ url: `postgres://x:y@127.0.0.1:${port}/z`, applicationName: 'test', log: quiet });
    await expect(postgres.ledger.append([event])).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    await postgres.close();
    silent.close();
  });

  it('L1 a refusal says nothing of the password', async () => {
    const server = await TestServer.start();
    const url = new URL(server.server.url);
    url.password = 'not-this-one';
    const postgres = createPostgres({ url: url.href, applicationName: 'test', log: quiet });
    const error: unknown = await postgres.incidents.find(INCIDENT).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('not-this-one');
    await postgres.close();
    await server.stop();
  });
});
