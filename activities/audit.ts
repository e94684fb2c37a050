import type { AuditEvent } from '../src/domain/ledger';
import { LEDGER_PATIENCE_MS } from '../src/domain/numbers';
import type { Ledger } from '../src/ports/repositories';

/** Events that are kept in memory at most while the ledger is away; history has them too. */
const KEPT = 1_000;

/**
 * Writes the intent and the result of acts to the ledger, and lets an authorised act go on without it (L1): an unreachable
 * ledger is waited for LEDGER_PATIENCE_MS once, not once an act; what could not be stored is handed back for later, and goes
 * along with the next event that can be. The ledger keeps one of each key, so that both ways are harmless.
 */
export class ActAudit {
  private downSince: number | undefined;
  private missed: readonly AuditEvent[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly now: () => Date,
    private readonly patienceMs: number = LEDGER_PATIENCE_MS,
  ) {}

  /** @returns the events that the ledger does not hold yet, marked late; empty when all is stored */
  async append(events: readonly AuditEvent[], signal: AbortSignal): Promise<readonly AuditEvent[]> {
    const started = this.now().getTime();
    for (;;) {
      const due = [...this.missed, ...events];
      try {
        await this.ledger.append(due);
        this.downSince = undefined;
        this.missed = this.missed.filter((event) => !due.includes(event));
        return [];
      } catch {
        this.downSince ??= started;
        // A cancelled act is told too, but nobody waits for that.
        if (signal.aborted || this.now().getTime() - this.downSince >= this.patienceMs) break;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    const late = events.map((event) => ({ ...event, late: true }));
    this.missed = [...this.missed, ...late].slice(-KEPT);
    return late;
  }
}
