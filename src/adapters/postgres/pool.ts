import { Pool } from 'pg';

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
  /** Longest time for one statement, milliseconds; default 15,000. */
  readonly statementTimeoutMs?: number;
  /** Most connections of the pool; default 10. Host turns have connections of their own. */
  readonly maxConnections?: number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** Beyond the server's own limit, for a link that died without a word. */
const GRACE_MS = 2_000;

/** Settings that pools and single connections share. */
export function clientSettings(options: ConnectionOptions): {
  connectionString: string;
  application_name: string;
  connectionTimeoutMillis: number;
  keepAlive: boolean;
} {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
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
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle PostgreSQL connection was lost'));
  // The pool listens only while a connection is idle; one that breaks in a caller's hands would be an uncaught error.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn({ error: error.message }, 'a PostgreSQL connection was lost'));
  });
  return pool;
}
