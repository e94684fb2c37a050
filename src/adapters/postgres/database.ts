import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import type { ErrorCode } from '../../domain/errors';
import { fromPostgres, isPassing } from './faults';

/** Waits between the tries of one call: a restart of PostgreSQL on the same machine takes well under a second. */
const RECONNECT_AFTER_MS = [50, 150, 400, 800];
/** No further try after this long: a peer that swallows connections takes seconds for each. */
const RECONNECT_WITHIN_MS = 2_500;

/** Statements inside one transaction. */
export interface Transaction {
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/**
 * Runs statements on the pool, with a few quick tries when the link is lost. A try whose answer was lost may have taken
 * effect, so every statement given here must be harmless when repeated.
 */
export class Database implements Transaction {
  constructor(
    private readonly pool: Pool,
    /** What a caller is told when the server cannot be reached. */
    private readonly unreachable: ErrorCode = 'DATABASE_UNREACHABLE',
  ) {}

  /** The same pool, with another word for being away. */
  reporting(unreachable: ErrorCode): Database {
    return new Database(this.pool, unreachable);
  }

  /** One statement. @returns its rows */
  query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.persist(async () => (await this.pool.query<Row>(text, [...values])).rows);
  }

  /** One statement. @returns how many rows it touched */
  execute(text: string, values: readonly unknown[] = []): Promise<number> {
    return this.persist(async () => (await this.pool.query(text, [...values])).rowCount ?? 0);
  }

  /**
   * All of `work` or nothing; what it throws undoes it. It may run more than once, so it must do nothing but queries.
   * @param begin for another isolation level: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, begin = 'BEGIN'): Promise<T> {
    return this.persist(async () => {
      const client = await this.pool.connect();
      let broken = false;
      try {
        await client.query(begin);
        const value = await work(queriesOf(client));
        await client.query('COMMIT');
        return value;
      } catch (thrown) {
        // Where this fails the connection is closed below, which also rolls back.
        await client.query('ROLLBACK').catch(() => (broken = true));
        throw thrown;
      } finally {
        client.release(broken);
      }
    });
  }

  private async persist<T>(call: () => Promise<T>): Promise<T> {
    const giveUpAt = Date.now() + RECONNECT_WITHIN_MS;
    for (let tries = 0; ; tries += 1) {
      try {
        return await call();
      } catch (thrown) {
        const waitMs = RECONNECT_AFTER_MS[tries];
        if (waitMs === undefined || Date.now() > giveUpAt || !isPassing(thrown)) {
          throw fromPostgres(thrown, this.unreachable);
        }
        await sleep(waitMs);
      }
    }
  }
}

function queriesOf(client: PoolClient): Transaction {
  return {
    query: async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(text, [...values])).rows,
  };
}
