import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { BagLock, BagLocks, NoBagLock } from '../../ports/bag-locks';
import { clientSettings, type ConnectionOptions, type PostgresLog } from './pool';

const QUERY_TIMEOUT_MS = 2_000;
/** After a failure bags are written without a lock from here for so long before PostgreSQL is asked again. */
const AWAY_MS = 5_000;

interface SessionLock extends BagLock {
  lost: boolean;
}

/**
 * Session advisory locks over one connection of their own that lives as long as the process. A worker that dies frees its locks;
 * one that loses the connection is told.
 */
export class PostgresBagLocks implements BagLocks {
  #opening: Promise<Client> | undefined;
  /** The session that is good now. */
  #client: Client | undefined;
  /** By key. PostgreSQL gives one session one lock twice, so that is refused here; `taking` while it is asked. */
  readonly #held = new Map<string, SessionLock | 'taking'>();
  #awayUntil = 0;
  #closed = false;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly log: PostgresLog,
  ) {}

  async take(bag: string): Promise<BagLock | NoBagLock> {
    const key = lockKey(bag);
    if (this.#held.has(key)) return 'busy';
    if (this.#closed || Date.now() < this.#awayUntil) return 'away';
    this.#held.set(key, 'taking');
    const answer = await this.#ask(bag, key);
    if (typeof answer === 'string') this.#held.delete(key);
    else this.#held.set(key, answer);
    return answer;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    this.#forget();
  }

  async #ask(bag: string, key: string): Promise<SessionLock | NoBagLock> {
    try {
      const client = await (this.#opening ??= this.#open());
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [key]);
      if (rows[0]?.taken !== true) return 'busy';
      // The session may have ended between the answer and now, and its locks with it.
      if (this.#client !== client) return 'away';
      const lock: SessionLock = { lost: false, release: () => this.#release(key, lock, client) };
      return lock;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      this.log.warn({ bag, error }, 'PostgreSQL is away: evidence is written without its lock');
      this.#awayUntil = Date.now() + AWAY_MS;
      this.#forget();
      return 'away';
    }
  }

  async #release(key: string, lock: SessionLock, client: Client): Promise<void> {
    if (lock.lost) return;
    lock.lost = true;
    try {
      await client.query('SELECT pg_advisory_unlock($1)', [key]);
    } catch {
      // The end of the session frees it.
      if (this.#client === client) this.#forget();
    } finally {
      if (this.#held.get(key) === lock) this.#held.delete(key);
    }
  }

  /** All locks end with the session. */
  #forget(): void {
    const client = this.#client;
    this.#opening = undefined;
    this.#client = undefined;
    for (const [key, lock] of this.#held) {
      if (lock === 'taking') continue;
      lock.lost = true;
      this.#held.delete(key);
    }
    client?.end().catch(() => undefined);
  }

  async #open(): Promise<Client> {
    const client = new Client({
      ...clientSettings(this.options),
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      statement_timeout: QUERY_TIMEOUT_MS,
    });
    const ended = (): void => {
      if (this.#client === client) this.#forget();
    };
    client.on('error', ended);
    client.on('end', ended);
    try {
      await client.connect();
      // The server takes a silent peer for dead after 10 + 3 × 5 seconds.
      await client.query('SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3');
      this.#client = client;
      return client;
    } catch (thrown) {
      client.end().catch(() => undefined);
      throw thrown;
    }
  }
}

/** The advisory lock of a bag: the first 64 bits of a hash of its name, as a signed number. */
function lockKey(bag: string): string {
  return createHash('sha256').update(`firebreak evidence bag ${bag}`).digest().readBigInt64BE(0).toString();
}
