import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { FirebreakError } from '../../domain/errors';
import type { DatabaseWire } from '../../domain/wire';
import { fromPostgres } from './faults';
import { ROLE_FAULTS } from './role-faults';
import { migrate } from './migrate';
import { clientSettings, type PostgresLog } from './pool';
import { scramVerifier } from './scram-verifier';

/** Who logs in, each for itself: `migrations/setup/roles.sql` says what each may do. */
export const LOGIN_ROLES = ['worker', 'cli', 'reader'] as const;
export type LoginRole = (typeof LOGIN_ROLES)[number];

/** Printable ASCII, one for each role. */
export type RolePasswords = Readonly<Record<LoginRole, string>>;

/** A database to set up, by somebody who may do everything. */
export interface ProvisionOptions {
  /** For a superuser, any database of the server. */
  readonly adminUrl: string;
  /** Made when it is not there. */
  readonly database: string;
  readonly passwords: RolePasswords;
  /** The `migrations` folder. */
  readonly directory: string;
  readonly log: PostgresLog;
  readonly wire?: DatabaseWire;
}

/**
 * Sets up a database from nothing, for the embedded server and for tests: the database, the roles, the rights, the
 * migrations. May be repeated; that sets the passwords anew. Where a DBA does this, see migrations/README.md.
 *
 * @returns the URL of each role
 * @throws FirebreakError DATABASE_UNREACHABLE, CONFIG_INVALID
 */
export async function provisionDatabase(options: ProvisionOptions): Promise<Readonly<Record<LoginRole, string>>> {
  const { passwords, directory, log, wire } = options;
  await ensureDatabase(options.adminUrl, options.database, wire);
  const url = withDatabase(options.adminUrl, options.database);
  await provisionRoles({ url, passwords, directory, wire });
  await migrate({ url, directory, log, wire });
  const urlOf = (role: LoginRole): string => withLogin(url, `firebreak_${role}`, passwords[role]);
  return { worker: urlOf('worker'), cli: urlOf('cli'), reader: urlOf('reader') };
}

/**
 * Makes the roles and gives them their rights on the database of the URL; needs a superuser, or a role with CREATEROLE that owns it.
 * @throws FirebreakError CONFIG_INVALID when a role has more power than it is to have and this login cannot take it away
 */
export async function provisionRoles(options: {
  readonly url: string;
  readonly passwords: RolePasswords;
  readonly directory: string;
  readonly wire?: DatabaseWire | undefined;
}): Promise<void> {
  const sql = await readFile(join(options.directory, 'setup', 'roles.sql'), 'utf8');
  await withClient(options.url, options.wire, async (client) => {
    // Roles belong to the whole server, advisory locks to one database: this lock keeps set-ups of two databases apart.
    await client.query('BEGIN');
    await client.query('LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE');
    await client.query(sql);
    for (const role of LOGIN_ROLES) {
      const verifier = escapeLiteral(scramVerifier(options.passwords[role]));
      await client.query(`ALTER ROLE firebreak_${role} PASSWORD ${verifier}`);
    }
    await refusePower(client);
    await client.query('COMMIT');
  });
}

/** A login that may do everything makes every right below worthless; a role may have been made so by hand. */
async function refusePower(client: Client): Promise<void> {
  const { rows } = await client.query<{ readonly role: string; readonly why: string }>(ROLE_FAULTS);
  const [first] = rows;
  if (first !== undefined)
    throw new FirebreakError('CONFIG_INVALID', `The role ${first.role} must not be ${first.why}.`);
}

async function ensureDatabase(adminUrl: string, database: string, wire: DatabaseWire | undefined): Promise<void> {
  await withClient(adminUrl, wire, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount !== 0) return;
    await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`).catch((thrown: unknown) => {
      // 42P04 and 23505: another process made it at the same moment.
      if (['42P04', '23505'].includes((thrown as { readonly code?: string }).code ?? '')) return;
      throw thrown;
    });
  });
}

async function withClient(
  url: string,
  wire: DatabaseWire | undefined,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client(clientSettings({ url, applicationName: 'firebreak set-up', wire }));
  // A lost link also rejects the query under way, which is what the caller sees.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } catch (thrown) {
    throw fromPostgres(thrown, 'DATABASE_UNREACHABLE');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The same server, another database. */
function withDatabase(url: string, database: string): string {
  const changed = parseUrl(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

/** The same database, another login. */
function withLogin(url: string, user: string, password: string): string {
  const changed = parseUrl(url);
  changed.username = user;
  changed.password = encodeURIComponent(password);
  return changed.href;
}

function parseUrl(url: string): URL {
  try {
    return new URL(url);
  } catch {
    // Without the text: it may hold a password.
    throw new FirebreakError('CONFIG_INVALID', 'The PostgreSQL address is not a URL.');
  }
}
