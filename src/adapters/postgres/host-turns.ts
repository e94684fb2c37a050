import { setTimeout as sleep } from 'node:timers/promises';
import type { IncidentId } from '../../domain/ids';
import { type IncidentType, priorityRank, type Severity } from '../../domain/words';
import type { HostTurns } from '../../ports/repositories';
import type { ConnectionOptions, PostgresLog } from './pool';
import { TurnQueue } from './turn-queue';

/** PostgreSQL is given this long to come back before a waiter that it threw out lines up again. */
const LINE_UP_AGAIN_AFTER_MS = 500;

/**
 * Turns on a host (B9) by rank of severity and type, first come first served among equals.
 * Waiting for a turn while holding the one of the same host would wait forever.
 */
export class PostgresHostTurns implements HostTurns {
  constructor(
    private readonly options: ConnectionOptions,
    private readonly log: PostgresLog,
  ) {}

  async withTurn<T>(
    host: string,
    incident: IncidentId,
    severity: Severity,
    type: IncidentType,
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T> {
    const rank = priorityRank(severity, type);
    let queue = new TurnQueue(this.options, host, this.log);
    try {
      if ((await queue.enter(incident, rank, signal)) === 'thrown-out') {
        await queue.leave();
        await sleep(LINE_UP_AGAIN_AFTER_MS);
        queue = new TurnQueue(this.options, host, this.log);
        await queue.enter(incident, rank, signal);
      }
      return await act();
    } finally {
      await queue.leave();
    }
  }
}
