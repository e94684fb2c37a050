import type { AuditEvent } from '../src/domain/ledger';
import { LEDGER_PATIENCE_MS } from '../src/domain/numbers';
import type { Ledger } from '../src/ports/repositories';

/**
 * Writes the intent and the result of acts to the ledger, and lets an authorised act go on without it (L1): an unreachable
 * ledger is waited for LEDGER_PATIENCE_MS once, not once an act; what could not be stored is handed back for later.
 */
export class ActAudit {
  private downSince: number | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly now: () => Date,
    private readonly patienceMs: number = LEDGER_PATIENCE_MS,
  ) {}

  /** @returns the events that the ledger does not hold yet, marked late; empty when all is stored */
  async append(events: readonly AuditEvent[], signal: AbortSignal): Promise<readonly AuditEvent[]> {
    const started = this.now().getTime();
    while (!signal.aborted) {
      try {
        await this.ledger.append(events);
        this.downSince = undefined;
        return [];
      } catch {
        this.downSince ??= started;
        if (this.now().getTime() - this.downSince >= this.patienceMs) break;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    return events.map((event) => ({ ...event, late: true }));
  }
}
