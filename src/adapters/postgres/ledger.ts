import { FirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import type { AuditEvent, AuditPosition } from '../../domain/ledger';
import type { Ledger } from '../../ports/repositories';
import { AuditChainWalk, type AuditVerdict } from './audit-chain';
import { conflictOf, isSameEvent } from './audit-conflict';
import { closingLine } from './audit-export';
import { auditKey, EMPTY_LOG, eventOf, makeLine, normaliseEvent, type StoredLine } from './audit-line';
import type { Database, Transaction } from './database';

/** Lines handed over in one statement: bounds memory on both sides, and each stays far below the statement timeout. */
const LINES_PER_STATEMENT = 5_000;
const READ_ONLY_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

interface LogRow {
  readonly seq: string;
  readonly line: string;
  readonly hash: string;
}
interface FullLogRow extends LogRow {
  readonly key: string;
  readonly level: string;
  readonly incident: string | null;
  readonly actor: string;
  readonly action: string;
}

/**
 * The hash-chained ledger in `security_logs` (L1, TBL-095). Appenders queue on the head row; the chain is computed here
 * and checked once more by the function that inserts, the only way in that the application has.
 */
export class PostgresLedger implements Ledger {
  /**
   * @param database reports LEDGER_UNREACHABLE
   * @param through the function that appends: workers append what they did, the command line announces what somebody reads or changes
   */
  constructor(
    private readonly database: Database,
    private readonly through: 'security_logs_append' | 'security_logs_announce' = 'security_logs_append',
  ) {}

  async append(events: readonly AuditEvent[]): Promise<AuditPosition> {
    const last = events.at(-1);
    if (last === undefined) return this.head();
    const keys = events.map((event) => auditKey(event.key));
    return this.database.transaction(async (transaction) => {
      const { head, storedAt, storedKeys } = await beginAppend(transaction, keys);
      const { fresh: first, conflicts } = freshOf(events, await storedUnder(transaction, [...storedKeys]), storedAt);
      const told = new Set((await storedUnder(transaction, [...conflicts.keys()])).map(({ key }) => key));
      const fresh = [...first, ...[...conflicts.values()].filter(({ key }) => !told.has(key))];
      let position = head;
      for (let from = 0; from < fresh.length; from += LINES_PER_STATEMENT) {
        const lines: string[] = [];
        for (const event of fresh.slice(from, from + LINES_PER_STATEMENT)) {
          const stored = makeLine(event, position, storedAt);
          lines.push(stored.line);
          position = stored;
        }
        // JSON escapes line feeds, so a line holds none. An array of this size would take pg several times as long to write.
        await transaction.query(`SELECT ${this.through}($1)`, [lines.join('\n')]);
      }
      if (fresh.at(-1)?.key === keys.at(-1)) return { seq: position.seq, hash: position.hash };
      return positionOf(transaction, auditKey(last.key));
    });
  }

  async head(): Promise<AuditPosition> {
    return (await readHead(this.database)) ?? EMPTY_LOG;
  }

  /** The newest `limit` events, or the oldest ones after a place; oldest first. */
  async events(filter: {
    readonly incident?: IncidentId;
    readonly limit: number;
    readonly writer?: 'order' | 'act' | 'config';
    readonly after?: number;
  }): Promise<readonly (AuditEvent & AuditPosition)[]> {
    const rows = await this.database.query<LogRow>(
      `SELECT seq, line, hash FROM security_logs
       WHERE ($1::text IS NULL OR incident = $1) AND ($3::text IS NULL OR starts_with(key, $3)) AND seq > $4
       ORDER BY seq ${filter.after === undefined ? 'DESC' : 'ASC'} LIMIT $2`,
      [
        filter.incident ?? null,
        filter.limit,
        filter.writer === undefined ? null : `${filter.writer}:`,
        filter.after ?? -1,
      ],
    );
    const events = rows.map((row) => eventOf(storedLine(row)));
    return filter.after === undefined ? events.reverse() : events;
  }

  /**
   * Reads in one snapshot, so that appenders go on meanwhile.
   * @param anchors positions known from elsewhere (a report, an export): the only means against somebody who may rewrite
   *   the whole table with its head
   */
  async verify(anchors: readonly AuditPosition[] = []): Promise<AuditVerdict> {
    return this.database.transaction(async (transaction) => {
      const walk = new AuditChainWalk(anchors);
      await forEachRow(transaction, (row) => {
        const { key, level, incident, actor, action } = row;
        const columns = { key, level, incident, actor, action };
        walk.take(row.line, { seq: Number(row.seq), hash: row.hash, columns });
        return Promise.resolve();
      });
      return walk.end(await readHead(transaction));
    }, READ_ONLY_SNAPSHOT);
  }

  /** Hands on every stored line and then the closing line of audit-export.ts. @returns the number of events */
  async export(onLine: (line: string) => Promise<void>): Promise<number> {
    let events = 0;
    let started = false;
    return this.database.transaction(async (transaction) => {
      // Lines that were handed on cannot be taken back, so a lost link ends the export.
      if (started)
        throw new FirebreakError('LEDGER_UNREACHABLE', 'The link was lost during the export; start it again.');
      started = true;
      await forEachRow(transaction, async (row) => {
        await onLine(row.line);
        events += 1;
      });
      const head = (await readHead(transaction)) ?? EMPTY_LOG;
      const [clock] = await transaction.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      await onLine(closingLine(head, (clock?.now ?? new Date()).toISOString()));
      return events;
    }, READ_ONLY_SNAPSHOT);
  }
}

async function beginAppend(
  transaction: Transaction,
  keys: readonly string[],
): Promise<{ readonly head: AuditPosition; readonly storedAt: string; readonly storedKeys: ReadonlySet<string> }> {
  const [row] = await transaction.query<{
    head_seq: string;
    head_hash: string;
    stored_at: Date;
    stored_keys: string[];
  }>('SELECT head_seq, head_hash, stored_at, stored_keys FROM security_logs_begin_append($1)', [keys]);
  if (row === undefined) throw new Error('security_logs_begin_append() gave no row');
  return {
    head: { seq: Number(row.head_seq), hash: row.head_hash },
    storedAt: row.stored_at.toISOString(),
    storedKeys: new Set(row.stored_keys),
  };
}

async function storedUnder(transaction: Transaction, keys: readonly string[]): Promise<readonly AuditEvent[]> {
  if (keys.length === 0) return [];
  const rows = await transaction.query<LogRow>('SELECT seq, line, hash FROM security_logs WHERE key = ANY ($1)', [
    keys,
  ]);
  return rows.map((row) => eventOf(storedLine(row)));
}

/**
 * What is not in the log yet, fit for storage; of events with one key the first stays. A different event under a stored key must not
 * vanish: somebody took the key before it, so that it would (H1).
 */
function freshOf(
  events: readonly AuditEvent[],
  stored: readonly AuditEvent[],
  now: string,
): { readonly fresh: readonly AuditEvent[]; readonly conflicts: ReadonlyMap<string, AuditEvent> } {
  const conflicts = new Map<string, AuditEvent>();
  const known = new Map(stored.map((event) => [event.key, event]));
  const fresh = new Map<string, AuditEvent>();
  for (const event of events) {
    const normal = normaliseEvent(event, now);
    const earlier = known.get(normal.key) ?? fresh.get(normal.key);
    if (earlier === undefined) fresh.set(normal.key, normal);
    else if (!isSameEvent(earlier, normal)) {
      const conflict = conflictOf(normal, now);
      conflicts.set(conflict.key, conflict);
    }
  }
  return { fresh: [...fresh.values()], conflicts };
}

async function positionOf(transaction: Transaction, key: string): Promise<AuditPosition> {
  const [row] = await transaction.query<LogRow>('SELECT seq, line, hash FROM security_logs WHERE key = $1', [key]);
  if (row === undefined) throw new Error(`the event ${key} was neither appended nor found`);
  return { seq: Number(row.seq), hash: row.hash };
}

async function readHead(database: Transaction): Promise<AuditPosition | undefined> {
  const [row] = await database.query<{ seq: string; hash: string }>(
    `SELECT seq, hash FROM security_log_heads WHERE log = 'security_logs'`,
  );
  return row === undefined ? undefined : { seq: Number(row.seq), hash: row.hash };
}

async function forEachRow(transaction: Transaction, onRow: (row: FullLogRow) => Promise<void>): Promise<void> {
  await transaction.query(
    'DECLARE lines NO SCROLL CURSOR FOR SELECT seq, line, hash, key, level, incident, actor, action FROM security_logs ORDER BY seq',
  );
  for (;;) {
    const rows = await transaction.query<FullLogRow>(`FETCH ${LINES_PER_STATEMENT} FROM lines`);
    for (const row of rows) await onRow(row);
    if (rows.length < LINES_PER_STATEMENT) return;
  }
}

function storedLine(row: LogRow): StoredLine {
  return { seq: Number(row.seq), line: row.line, hash: row.hash };
}
