import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../domain/hash';
import type { HeldLine, LineState, PhoneLines } from '../../ports/phone-lines';
import type { Database } from './database';
import type { PostgresLog } from './pool';

/** Well within the lease of 20 s that the table gives. */
const KEEP_EVERY_MS = 5_000;
/** A server that does not answer holds nobody's call up for longer. */
const ANSWER_WITHIN_MS = 5_000;

type Key = readonly [phone: string, delivery: string, holder: string];

interface TakenRow {
  readonly state: LineState['state'];
  readonly placed: string | null;
  readonly placed_for: string | null;
}

/** `phone_lines`: leases of this process, held on while it rings. */
export class PostgresPhoneLines implements PhoneLines {
  constructor(
    private readonly database: Database,
    private readonly log: PostgresLog,
    private readonly keepEveryMs: number = KEEP_EVERY_MS,
  ) {}

  async take(phone: string, delivery: string): Promise<LineState & { readonly line: HeldLine }> {
    // New for each ring: an attempt that Temporal has given up cannot free the line of the one that took over.
    const key: Key = [sha256Hex(phone), delivery, randomUUID()];
    try {
      const row = await this.answer(key);
      if (row?.state === 'busy') return { state: 'busy', line: NO_LINE };
      const line = this.held(key);
      if (row?.state !== 'placed' || row.placed === null) return { state: 'taken', line };
      return { state: 'placed', callId: row.placed, ofThisDelivery: row.placed_for === delivery, line };
    } catch (thrown) {
      this.away(thrown);
      return { state: 'taken', line: NO_LINE };
    }
  }

  private async answer(key: Key): Promise<TakenRow | undefined> {
    const patience = new AbortController();
    const late = sleep(ANSWER_WITHIN_MS, undefined, patience).then(() => {
      throw new Error(`no answer within ${ANSWER_WITHIN_MS} ms`);
    });
    try {
      const asked = this.database.query<TakenRow>('SELECT * FROM phone_line_take($1, $2, $3)', key);
      return (await Promise.race([asked, late]))[0];
    } finally {
      late.catch(() => undefined);
      patience.abort();
    }
  }

  private held(key: Key): HeldLine {
    const [phone, , holder] = key;
    const keep = (callId: string | null): Promise<void> =>
      this.run('SELECT phone_line_keep($1, $2, $3, $4)', [...key, callId]);
    const timer = setInterval(() => void keep(null), this.keepEveryMs);
    timer.unref();
    return {
      placed: keep,
      free: () => {
        clearInterval(timer);
        return this.run('SELECT phone_line_free($1, $2)', [phone, holder]);
      },
      leave: () => clearInterval(timer),
    };
  }

  private async run(sql: string, values: readonly unknown[]): Promise<void> {
    await this.database.execute(sql, values).catch((thrown: unknown) => this.away(thrown));
  }

  private away(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    this.log.warn({ error }, 'PostgreSQL is away: phones are rung without looking whether another worker rings them');
  }
}

const NO_LINE: HeldLine = {
  placed: () => Promise.resolve(),
  free: () => Promise.resolve(),
  leave: () => undefined,
};
