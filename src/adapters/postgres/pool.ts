import { AsyncResource } from 'node:async_hooks';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import { Client, Pool } from 'pg';
import { FirebreakError } from '../../domain/errors';
import type { DatabaseWire, TlsMaterial } from '../../domain/wire';
import { isLoopback } from '../../domain/wire';

/** The lines of talk the adapter needs; a pino logger satisfies it. */
export interface PostgresLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** How to reach the server. */
export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Shown in pg_stat_activity: `firebreak worker`, `firebreak cli`. */
  readonly applicationName: string;
  /** TLS, and whether it may be left out. Default: none, which only loopback accepts. */
  readonly wire?: DatabaseWire | undefined;
  /** Longest time for one statement, milliseconds; default 15,000. */
  readonly statementTimeoutMs?: number;
  /** Most connections of the pool; default 10. Host turns have connections of their own. */
  readonly maxConnections?: number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** Beyond the server's own limit, for a link that died without a word. */
const GRACE_MS = 2_000;

/**
 * Settings that pools and single connections share; no other connection is opened.
 * @throws FirebreakError CONFIG_INVALID for plaintext to another machine, and for TLS settings inside the URL
 */
export function clientSettings(options: ConnectionOptions): {
  connectionString: string;
  application_name: string;
  connectionTimeoutMillis: number;
  keepAlive: boolean;
  ssl: TlsOptions | false;
} {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ssl: tlsOf(options.url, options.wire ?? {}),
  };
}

/** The driver lets a URL's `sslmode` win over everything, `disable` and `no-verify` too: it has no say here. */
function tlsOf(url: string, { tls, allowPlaintext = false }: DatabaseWire): TlsOptions | false {
  if (/[?&](ssl|uselibpqcompat)[a-z]*=/i.test(url))
    throw new FirebreakError('CONFIG_INVALID', 'The PostgreSQL address holds TLS settings: give them as database.tls.');
  // eslint-disable-next-line no-restricted-syntax -- the driver's own reading of the address; nothing is connected
  const { host } = new Client({ connectionString: url, ssl: false });
  if (tls !== undefined) return verified(tls, host);
  if (allowPlaintext || isLoopback(host)) return false;
  throw new FirebreakError(
    'CONFIG_INVALID',
    `PostgreSQL is on ${host}: configure database.tls, or database.allowPlaintext.`,
  );
}

/** Like `sslmode=verify-full`: chain and name are checked, whatever the environment says. */
function verified({ serverName, ca, cert, key }: TlsMaterial, host: string): TlsOptions {
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // The driver sets the name to the address's host, so another one is compared here.
    checkServerIdentity: (_name, certificate) => checkServerIdentity(serverName ?? host, certificate),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A pool whose lost connections are logged and replaced instead of ending the process. */
export function createPool(options: ConnectionOptions, log: PostgresLog): Pool {
  const statementTimeout = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new Pool({
    ...clientSettings(options),
    max: options.maxConnections ?? 10,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + GRACE_MS,
    idle_in_transaction_session_timeout: 2 * statementTimeout,
  });
  // A connection serves one incident after the other: its loss is no news of the incident that it was opened for.
  const lost = (message: string): ((error: Error) => void) =>
    AsyncResource.bind((error: Error) => log.warn({ error: error.message }, message));
  pool.on('error', lost('an idle PostgreSQL connection was lost'));
  // The pool listens only while a connection is idle; one that breaks in a caller's hands would be an uncaught error.
  const onBroken = lost('a PostgreSQL connection was lost');
  pool.on('connect', (client) => client.on('error', onBroken));
  return pool;
}
