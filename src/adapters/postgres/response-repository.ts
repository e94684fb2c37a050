import type { UndoRow } from '../../domain/ending';
import type { Recorded } from '../../domain/fact';
import { factOf, onRecord } from '../../domain/fact';
import type { ActionId, IncidentId } from '../../domain/ids';
import type { Delivery } from '../../domain/notice';
import type { ActionResult } from '../../domain/plan';
import type { TimelineEntry } from '../../domain/report';
import type { SecurityReading } from '../../domain/security-state';
import type { AttemptRow, ResponseRepository } from '../../ports/repositories';
import type { Database } from './database';
import { jsonColumn, storableOrNull, storableText } from './text';

interface StoredDelivery {
  readonly id: string;
  readonly incident: IncidentId;
  readonly kind: Delivery['kind'];
  readonly person: string;
  readonly channel: Delivery['channel'];
  readonly state: Delivery['state'];
  readonly attempts: number;
  readonly provider_id: string | null;
  readonly possible_double: boolean;
  readonly occurred_at: Date;
  readonly reason: string | null;
}

interface StoredUndo {
  readonly action_id: ActionId;
  readonly host: string;
  readonly state: 'undone' | 'failed' | 'given-up';
  readonly result: ActionResult | null;
  readonly error_code: string | null;
  readonly detail: string | null;
  readonly occurred_at: Date;
}

/** Earlier versions stored a sentence. */
type StoredEntry = Omit<TimelineEntry, 'fact'> & { readonly fact?: Recorded; readonly text?: string };

/** What was done, who was told, what was measured: `emergency_responses` (TBL-093) and its companions. */
export class PostgresResponses implements ResponseRepository {
  constructor(private readonly database: Database) {}

  async record(row: AttemptRow): Promise<void> {
    await this.database.execute(
      `INSERT INTO emergency_responses
         (action_id, execution, attempt, state, incident, host, kind, result, error_code, detail, occurred_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (action_id, execution, attempt, state) DO NOTHING`,
      [
        row.action,
        row.execution,
        row.attempt,
        row.state,
        row.incident,
        storableText(row.host),
        row.kind,
        jsonColumn(row.result),
        storableOrNull(row.errorCode),
        storableOrNull(row.detail),
        row.at,
      ],
    );
  }

  /** One result per action, the latest that there is, in the order in which the acts began; undos are not acts. */
  async results(incident: IncidentId): Promise<readonly ActionResult[]> {
    const rows = await this.database.query<{ result: ActionResult }>(
      `SELECT DISTINCT ON (action_id) action_id, result FROM emergency_responses
       WHERE incident = $1 AND state IN ('succeeded', 'failed') AND result IS NOT NULL
       ORDER BY action_id, occurred_at DESC, attempt DESC`,
      [incident],
    );
    return rows.map((row) => row.result).sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  }

  async undos(incident: IncidentId): Promise<readonly UndoRow[]> {
    const rows = await this.database.query<StoredUndo>(
      `SELECT DISTINCT ON (action_id) action_id, host, state, result, error_code, detail, occurred_at FROM emergency_responses
       WHERE incident = $1 AND (state IN ('undone', 'given-up') OR (state = 'failed' AND kind IN ('undo', 'unblock')))
       ORDER BY action_id, stored_at DESC`,
      [incident],
    );
    return rows.map((row) => ({
      action: row.action_id,
      host: row.host,
      at: row.occurred_at.toISOString(),
      done: row.state === 'undone',
      readBack: row.result?.verified === true,
      ...(row.error_code === null ? {} : { code: row.error_code }),
      ...(row.result === null || row.result.notes.length === 0 ? {} : { notes: row.result.notes }),
      ...(row.detail === null ? {} : row.state === 'given-up' ? { givenUpBy: row.detail } : { detail: row.detail }),
    }));
  }

  /** A message that arrived has arrived: a later attempt's failure does not take that back. */
  async recordDelivery(delivery: Delivery): Promise<void> {
    await this.database.execute(
      `INSERT INTO notification_deliveries AS known
         (id, incident, kind, person, channel, state, attempts, provider_id, possible_double, occurred_at, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (id) DO UPDATE SET
         state = excluded.state, attempts = excluded.attempts, provider_id = excluded.provider_id,
         possible_double = known.possible_double OR excluded.possible_double,
         occurred_at = excluded.occurred_at, reason = excluded.reason
       WHERE known.state <> 'delivered' OR excluded.state = 'delivered'`,
      [
        storableText(delivery.id),
        delivery.incident,
        delivery.kind,
        storableText(delivery.person),
        delivery.channel,
        delivery.state,
        delivery.attempts,
        storableOrNull(delivery.providerId),
        delivery.possibleDouble,
        delivery.at,
        storableOrNull(delivery.reason),
      ],
    );
  }

  async deliveries(incident: IncidentId): Promise<readonly Delivery[]> {
    const rows = await this.database.query<StoredDelivery>(
      'SELECT * FROM notification_deliveries WHERE incident = $1 ORDER BY occurred_at, id',
      [incident],
    );
    return rows.map((row) => ({
      id: row.id,
      incident: row.incident,
      kind: row.kind,
      person: row.person,
      channel: row.channel,
      state: row.state,
      attempts: row.attempts,
      ...(row.provider_id !== null && { providerId: row.provider_id }),
      possibleDouble: row.possible_double,
      at: row.occurred_at.toISOString(),
      ...(row.reason !== null && { reason: row.reason }),
    }));
  }

  async recordTimeline(incident: IncidentId, key: string, entry: TimelineEntry): Promise<void> {
    await this.database.execute(
      `INSERT INTO incident_timeline (incident, key, entry, occurred_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (incident, key) DO UPDATE SET entry = excluded.entry, occurred_at = excluded.occurred_at`,
      [incident, storableText(key), jsonColumn(entry), entry.at],
    );
  }

  async timeline(incident: IncidentId): Promise<readonly TimelineEntry[]> {
    const rows = await this.database.query<{ entry: StoredEntry }>(
      'SELECT entry FROM incident_timeline WHERE incident = $1 ORDER BY occurred_at, key',
      [incident],
    );
    return rows.map(({ entry: { text, fact, ...entry } }) => ({
      ...entry,
      fact: factOf(fact ?? onRecord(text ?? '')),
    }));
  }

  async recordReading(
    incident: IncidentId,
    stage: 'before' | 'after' | 'watch',
    reading: SecurityReading,
  ): Promise<void> {
    await this.database.execute(
      `INSERT INTO security_readings (incident, stage, host, read_at, reading) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (incident, stage, host, read_at) DO UPDATE SET reading = excluded.reading`,
      [incident, stage, storableText(reading.host), reading.at, jsonColumn(reading)],
    );
  }

  /** Per host the first reading before and the last one after: a second try measures again when part is contained already. */
  async readings(
    incident: IncidentId,
  ): Promise<{ readonly before: readonly SecurityReading[]; readonly after: readonly SecurityReading[] }> {
    const read = async (stage: string, direction: 'ASC' | 'DESC'): Promise<readonly SecurityReading[]> => {
      const rows = await this.database.query<{ reading: SecurityReading }>(
        `SELECT DISTINCT ON (host) host, reading FROM security_readings WHERE incident = $1 AND stage = $2
         ORDER BY host, read_at ${direction}`,
        [incident, stage],
      );
      return rows.map((row) => row.reading);
    };
    return { before: await read('before', 'ASC'), after: await read('after', 'DESC') };
  }

  async latestReadings(incident: IncidentId): Promise<readonly SecurityReading[]> {
    const rows = await this.database.query<{ reading: SecurityReading }>(
      `SELECT DISTINCT ON (host) reading FROM security_readings WHERE incident = $1 ORDER BY host, read_at DESC`,
      [incident],
    );
    return rows.map((row) => row.reading);
  }
}
