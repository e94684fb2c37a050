import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { IncidentId } from '../../domain/ids';
import { clientSettings, type ConnectionOptions, type PostgresLog } from './pool';

/** First half of the advisory locks that say a row's session is alive; the row's id is the other half. */
const ALIVE_CLASS = 1_179_795_521;
const CHANNEL = 'firebreak_host_turns';
/** A holder that dies says nothing; PostgreSQL frees its lock, and the next look finds it. */
const LOOK_EVERY_MS = 500;
/** The server takes a silent peer for dead after 10 + 3 × 5 seconds. */
const KEEPALIVE = 'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';
const QUERY_TIMEOUT_MS = 5_000;

/** Somebody still holds the lock that goes with the row `t`. */
const ALIVE = `EXISTS (
  SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.classid = ${ALIVE_CLASS} AND l.objid = t.id::oid
    AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/**
 * One place in the queue for one host. A row in `host_turns` is the place, a session advisory lock on the host is the
 * turn; both count only while the connection lives, which is opened for this one purpose.
 */
export class TurnQueue {
  private readonly client: Client;
  private id: number | undefined;
  private lost = false;
  private left = false;
  /** Somebody left since the last look. */
  private news = false;
  private wake: () => void = () => undefined;

  constructor(
    options: ConnectionOptions,
    private readonly host: string,
    private readonly log: PostgresLog,
  ) {
    this.client = new Client({ ...clientSettings(options), query_timeout: QUERY_TIMEOUT_MS });
    this.client.on('error', () => {
      this.lost = true;
      this.wake();
    });
    this.client.on('notification', ({ payload }) => {
      if (payload !== host) return;
      this.news = true;
      this.wake();
    });
  }

  /**
   * Waits for the turn.
   * @returns `turn`; `away` when PostgreSQL cannot be reached; `thrown-out` when it could, and went away meanwhile
   * @throws what `signal` was aborted with
   */
  async enter(incident: IncidentId, rank: number, signal: AbortSignal): Promise<'turn' | 'away' | 'thrown-out'> {
    signal.throwIfAborted();
    let onAbort = (): void => undefined;
    const aborted = new Promise<'aborted'>((resolve) => {
      onAbort = () => resolve('aborted');
      signal.addEventListener('abort', onAbort);
    });
    // On abort the wait under way is not awaited any more: `leave` closes its connection, which ends it.
    const outcome = await Promise.race([this.wait(incident, rank), aborted]);
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
    return outcome === 'aborted' ? 'away' : outcome;
  }

  /** Frees the turn and tells the others; never throws, since the end of the connection does the same. */
  async leave(): Promise<void> {
    try {
      if (this.id !== undefined && !this.lost && !this.left) {
        await this.client.query('DELETE FROM host_turns WHERE id = $1', [this.id]);
        await this.client.query('SELECT pg_advisory_unlock_all(), pg_notify($1, $2)', [CHANNEL, this.host]);
      }
    } catch (thrown) {
      this.log.warn({ host: this.host, error: textOf(thrown) }, 'the turn on the host ends with its connection');
    }
    this.left = true;
    this.wake();
    // Not awaited: towards a peer that fell silent it takes as long as TCP likes.
    this.client.end().catch(() => undefined);
  }

  private async wait(incident: IncidentId, rank: number): Promise<'turn' | 'away' | 'thrown-out'> {
    try {
      await this.client.connect();
      await this.client.query(KEEPALIVE);
      await this.client.query(`LISTEN ${CHANNEL}`);
      await this.lineUp(incident, rank);
      for (;;) {
        this.news = false;
        if (await this.take()) return 'turn';
        if (!this.news) await this.pause();
      }
    } catch (thrown) {
      if (this.left) return 'away';
      const details = { host: this.host, incident, error: textOf(thrown) };
      this.log.warn(details, 'PostgreSQL is away: the act does not wait for its turn, the host itself serialises acts');
      return this.id === undefined ? 'away' : 'thrown-out';
    }
  }

  /** The row becomes visible together with the lock that says it is alive: both are one statement. */
  private async lineUp(incident: IncidentId, rank: number): Promise<void> {
    await this.client.query(`DELETE FROM host_turns AS t WHERE t.host = $1 AND NOT ${ALIVE}`, [this.host]);
    const { rows } = await this.client.query<{ id: number }>(
      `INSERT INTO host_turns (host, incident, rank) VALUES ($1, $2, $3)
       RETURNING id, pg_advisory_lock(${ALIVE_CLASS}, id)`,
      [this.host, incident, rank],
    );
    this.id = rows[0]?.id;
  }

  /** Takes the turn if it is free and nobody alive comes before. */
  private async take(): Promise<boolean> {
    const waiting = await this.client.query<{ id: number }>(
      `SELECT t.id FROM host_turns AS t WHERE t.host = $1 AND t.held_from IS NULL AND ${ALIVE}
       ORDER BY t.rank, t.id LIMIT 1`,
      [this.host],
    );
    if (waiting.rows[0]?.id !== this.id) return false;
    const turn = await this.client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      turnKey(this.host),
    ]);
    if (turn.rows[0]?.taken !== true) return false;
    await this.client.query('UPDATE host_turns SET held_from = clock_timestamp() WHERE id = $1', [this.id]);
    return true;
  }

  /** Until somebody leaves, a look is due or the connection is lost. */
  private async pause(): Promise<void> {
    if (!this.lost && !this.left) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = () => undefined;
    }
    if (this.lost || this.left) throw new Error('the connection was lost');
  }
}

/** The advisory lock of a host: the first 64 bits of a hash of its name, as a signed number. */
function turnKey(host: string): string {
  return createHash('sha256').update(`firebreak host turn ${host}`).digest().readBigInt64BE(0).toString();
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
