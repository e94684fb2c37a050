import { Client } from 'pg';
import { HOST_DEATHS, HOST_SET_ASIDE_MS } from '../../domain/numbers';
import type { Conversation, HostConversations, HostStanding } from '../../ports/host-conversations';
import type { WorkerSeal } from '../../ports/worker-seal';
import { clientSettings, type ConnectionOptions, type PostgresLog } from './pool';

/** First half of the advisory locks that say a worker is alive; its number is the other half. */
const ALIVE_CLASS = 1_179_795_522;
const QUERY_TIMEOUT_MS = 2_000;
/** After a failure acts go on unmarked for so long before PostgreSQL is asked again. */
const AWAY_MS = 5_000;
const KIND = 'host-conversation';
/** The newest marks of a host that are looked at. */
const MOST_MARKS = 20;
/** A mark counts so long after it was made: the longest conversation, and the time that a host is set aside after it. */
const MARK_COUNTS_MS = 15 * 60_000 + HOST_SET_ASIDE_MS;

/** Nobody holds the lock that goes with the row `c`. */
const DEAD = `NOT EXISTS (
  SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.classid = ${ALIVE_CLASS} AND l.objid = c.worker::oid
    AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** A row as it lies in the table. */
interface Mark {
  readonly worker: number;
  readonly program: string;
  readonly alone: boolean;
  readonly seal: string | null;
}

function bindingOf(host: string, { worker, program, alone }: Omit<Mark, 'seal'>): Readonly<Record<string, string>> {
  return { host, worker: String(worker), program, alone: String(alone) };
}

/** The session whose lock says that this process lives. */
interface Session {
  readonly client: Client;
  readonly worker: number;
}

/** Marks in the table `host_conversations`, over one connection of its own that lives as long as the process. */
export class PostgresHostConversations implements HostConversations {
  #session: Promise<Session> | undefined;
  #worker: number | undefined;
  #awayUntil = 0;
  #closed = false;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly log: PostgresLog,
    private readonly seals: WorkerSeal,
  ) {}

  async standing(host: string, program: string): Promise<HostStanding> {
    const rows = await this.#try(async ({ client }) => {
      // From now on its time runs: a long conversation must not use it up.
      await client.query(
        `UPDATE host_conversations AS c SET found_dead = clock_timestamp()
         WHERE c.host = $1 AND c.found_dead IS NULL AND ${DEAD}`,
        [host],
      );
      const found = await client.query<Mark>(
        `SELECT c.worker, c.program, c.alone, c.seal FROM host_conversations AS c
         WHERE c.host = $1 AND c.found_dead > clock_timestamp() - $2 * interval '1 millisecond' AND ${DEAD}
         ORDER BY c.id DESC LIMIT ${MOST_MARKS}`,
        [host, HOST_SET_ASIDE_MS],
      );
      const counts = await Promise.all(found.rows.map((mark) => this.#counts(host, mark)));
      return found.rows.filter((_mark, place) => counts[place]);
    });
    if (rows === undefined || rows.length === 0) return 'good';
    // A worker ends once, however often its row is copied.
    const ended = (marks: readonly Mark[]): number => new Set(marks.map(({ worker }) => worker)).size;
    const lone = rows.filter(({ alone }) => alone);
    const same = lone.filter((mark) => mark.program === program);
    const isGuilty = ended(lone) >= HOST_DEATHS.anyProgram || ended(same) >= HOST_DEATHS.sameProgram;
    return isGuilty ? 'set-aside' : 'suspected';
  }

  async begin(host: string, program: string, alone: boolean): Promise<Conversation> {
    const id = await this.#try(async ({ client, worker }) => {
      const made = await client.query<{ id: string }>(
        'INSERT INTO host_conversations (host, worker, program, alone, seal) VALUES ($1, $2, $3, $4, $5) RETURNING id',
        [host, worker, program, alone, await this.#seal(host, { worker, program, alone })],
      );
      return made.rows[0]?.id;
    });
    return {
      end: async (cleared) => {
        if (id === undefined) return;
        await this.#try(async ({ client }) =>
          client.query(
            `DELETE FROM host_conversations AS c WHERE c.id = $1 OR (c.host = $2 AND ($3 AND c.program = $5 OR c.found_dead
               < clock_timestamp() - $4 * interval '1 millisecond') AND ${DEAD})`,
            [id, host, cleared, HOST_SET_ASIDE_MS, program],
          ),
        );
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined);
    await session?.client.end().catch(() => undefined);
  }

  /** Without the key the mark says nothing, and the host is talked to. */
  async #seal(host: string, mark: Omit<Mark, 'seal'>): Promise<string | null> {
    return this.seals.seal(KIND, bindingOf(host, mark), { at: Date.now() }).catch(() => null);
  }

  /** Rows and their times can be made by whoever has the database's password: only a worker's own mark counts, and not for long. */
  async #counts(host: string, mark: Mark): Promise<boolean> {
    if (mark.seal === null) return false;
    try {
      const { at } = (await this.seals.open(KIND, bindingOf(host, mark), mark.seal)) as { readonly at: number };
      return Date.now() - at < MARK_COUNTS_MS;
    } catch {
      // When in doubt the host is asked again.
      return false;
    }
  }

  /** Undefined when PostgreSQL does not answer at once: containment does not wait for it. */
  async #try<T>(work: (session: Session) => Promise<T>): Promise<T | undefined> {
    if (this.#closed || Date.now() < this.#awayUntil) return undefined;
    try {
      return await work(await (this.#session ??= this.#open()));
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      this.log.warn({ error }, 'PostgreSQL is away: hosts are talked to without a mark');
      this.#awayUntil = Date.now() + AWAY_MS;
      this.#forget();
      return undefined;
    }
  }

  #forget(): void {
    const session = this.#session;
    this.#session = undefined;
    void session?.then(async ({ client }) => client.end()).catch(() => undefined);
  }

  /** The number stays the same over a lost connection, so that marks made before it count as living again. */
  async #open(): Promise<Session> {
    const client = new Client({
      ...clientSettings(this.options),
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      statement_timeout: QUERY_TIMEOUT_MS,
    });
    client.on('error', () => this.#forget());
    try {
      await client.connect();
      await client.query('SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3');
      this.#worker ??= (await client.query<{ worker: number }>("SELECT nextval('host_talkers')::integer AS worker"))
        .rows[0]?.worker;
      const worker = this.#worker ?? 0;
      await client.query('SELECT pg_advisory_lock($1, $2)', [ALIVE_CLASS, worker]);
      return { client, worker };
    } catch (thrown) {
      client.end().catch(() => undefined);
      throw thrown;
    }
  }
}
