import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { FirebreakError } from '../../domain/errors';
import { sha256Hex } from '../../domain/hash';
import type { DatabaseWire } from '../../domain/wire';
import { fromPostgres } from './faults';
import { clientSettings, type PostgresLog } from './pool';

/** What to bring up to date, and with what. */
export interface MigrateOptions {
  /** For a superuser or a member of `firebreak_owner`; no role that logs in otherwise can migrate. */
  readonly url: string;
  /** Holds `NNNN-name.sql`. */
  readonly directory: string;
  readonly log: PostgresLog;
  readonly wire?: DatabaseWire | undefined;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const MIGRATION_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
const OWNER_ROLE = 'firebreak_owner';
/** `firebrea` in ASCII: one lock for all migrators of a database. */
const LOCK_KEY = '7379555244192195937';

/**
 * Applies the migrations that are missing, in order, each in a transaction of its own, as `firebreak_owner`. Two
 * processes may start together: the second waits, then finds nothing to do.
 *
 * @returns the names of the files applied now
 * @throws FirebreakError CONFIG_INVALID when an applied file was changed or is missing, a new one comes before an applied
 *   one, or the owner role is not there; DATABASE_UNREACHABLE
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const { directory, log } = options;
  const migrations = await readMigrations(directory);
  const client = new Client(
    clientSettings({ url: options.url, applicationName: 'firebreak migrate', wire: options.wire }),
  );
  client.on('error', (error) => log.warn({ error: error.message }, 'the migration connection was lost'));
  try {
    await client.connect();
    // Freed with the session, so that a killed migrator blocks nobody.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    await becomeOwner(client);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
    );
    await client.query('GRANT SELECT ON schema_migrations TO firebreak_worker, firebreak_cli, firebreak_reader');
    const applied = await client.query<{ name: string; sha256: string }>(
      'SELECT name, sha256 FROM schema_migrations ORDER BY name',
    );
    const pending = pendingOf(migrations, applied.rows);
    for (const migration of pending) {
      await apply(client, migration);
      log.info({ migration: migration.name }, 'migration applied');
    }
    return pending.map((migration) => migration.name);
  } catch (thrown) {
    throw fromPostgres(thrown, 'DATABASE_UNREACHABLE');
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  const numbers = new Set<string>();
  for (const name of names) {
    const number = name.slice(0, 4);
    if (!MIGRATION_NAME.test(name)) throw new FirebreakError('CONFIG_INVALID', `${name} is not named NNNN-name.sql.`);
    if (numbers.has(number)) throw new FirebreakError('CONFIG_INVALID', `Two migrations have the number ${number}.`);
    numbers.add(number);
  }
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      return { name, sql, sha256: sha256Hex(sql) };
    }),
  );
}

async function becomeOwner(client: Client): Promise<void> {
  try {
    await client.query(`SET ROLE ${OWNER_ROLE}`);
  } catch (cause) {
    throw new FirebreakError(
      'CONFIG_INVALID',
      `Migrations run as ${OWNER_ROLE}, which this login cannot become. Run migrations/setup/roles.sql first (migrations/README.md).`,
      { cause },
    );
  }
}

function pendingOf(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly sha256: string }[],
): readonly Migration[] {
  for (const { name, sha256 } of applied) {
    const file = migrations.find((migration) => migration.name === name);
    if (file === undefined) {
      throw new FirebreakError(
        'CONFIG_INVALID',
        `The database has ${name}, which this version does not know: use the newer version.`,
      );
    }
    if (file.sha256 !== sha256) {
      throw new FirebreakError(
        'CONFIG_INVALID',
        `${name} was changed after it was applied: put changes into a new file.`,
      );
    }
  }
  const newest = applied.at(-1)?.name ?? '';
  const pending = migrations.filter((migration) => !applied.some(({ name }) => name === migration.name));
  const late = pending.find((migration) => migration.name < newest);
  if (late !== undefined) {
    throw new FirebreakError(
      'CONFIG_INVALID',
      `${late.name} comes before ${newest}, which is applied: give it a higher number.`,
    );
  }
  return pending;
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query('INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)', [
      migration.name,
      migration.sha256,
    ]);
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => undefined);
    const fault = fromPostgres(thrown, 'DATABASE_UNREACHABLE');
    throw new FirebreakError(fault.code, `${migration.name}: ${fault.message}`, { cause: thrown });
  }
}
