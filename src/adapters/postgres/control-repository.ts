import { incidentOf, type ActionId, type IncidentId } from '../../domain/ids';
import type { Machine } from '../../domain/machine';
import type { ActionResult, TargetResult } from '../../domain/plan';
import type { TargetOutcome } from '../../domain/words';
import type { Control, ControlRepository, ControlRow } from '../../ports/repositories';
import type { Database } from './database';
import { storableText } from './text';

interface StoredControl {
  readonly incident: IncidentId;
  readonly action_id: ActionId;
  readonly host: string;
  readonly kind: ControlRow['kind'];
  readonly target: string;
  readonly state: ControlRow['state'];
  readonly since: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly noticed_at: Date | null;
  readonly rung: string;
  readonly machine_key: string | null;
  readonly machine_id: string | null;
}

/** Outcomes after which the control is in force; the others must not be listed as if they were. */
const IN_FORCE: readonly TargetOutcome[] = ['applied', 'already'];

/** Current and past controls in `access_controls` (TBL-094). */
export class PostgresControls implements ControlRepository {
  constructor(private readonly database: Database) {}

  /**
   * Targets that are in force become rows; rows that exist, released ones too, stay as they are.
   * @throws FirebreakError UNKNOWN_INCIDENT
   */
  async activate(
    action: Control,
    { rung, machine }: Pick<ActionResult, 'rung' | 'machine'>,
    results: readonly TargetResult[],
    at: string,
  ): Promise<void> {
    const targets = results.filter((result) => IN_FORCE.includes(result.outcome)).map((result) => result.target);
    if (targets.length === 0) return;
    await this.database.execute(
      `INSERT INTO access_controls (action_id, target, incident, host, kind, rung, reason, since, expires_at,
         machine_key, machine_id)
       SELECT $1, target, $2, $3, $4, $5,
         coalesce((SELECT coalesce(reason, title) FROM security_incidents WHERE incident = $2), ''),
         $6::timestamptz, $7::timestamptz, $9, $10
       FROM unnest($8::text[]) AS target
       ON CONFLICT (action_id, target) DO NOTHING`,
      [
        action.id,
        incidentOf(action.id),
        storableText(action.host),
        action.kind,
        rung,
        at,
        action.expiresAt,
        targets.map(storableText),
        machine?.hostKey ?? null,
        machine?.id ?? null,
      ],
    );
  }

  release(incident: IncidentId, action: ActionId, at: string, targets?: readonly string[]): Promise<void> {
    return this.end(incident, action, at, { targets });
  }

  expire(incident: IncidentId, action: ActionId, noticedAt: string): Promise<void> {
    return this.end(incident, action, noticedAt, { byTime: true });
  }

  async giveUp(incident: IncidentId, action: ActionId, at: string): Promise<void> {
    await this.database.execute(
      `UPDATE access_controls SET state = 'given-up', ended_at = $3::timestamptz
       WHERE incident = $1 AND action_id = $2 AND state = 'active'`,
      [incident, action, at],
    );
  }

  /**
   * A control ends when its time was over, not when somebody noticed.
   * @param how `byTime` also holds where the clocks of worker and row differ by a little
   */
  private async end(
    incident: IncidentId,
    action: ActionId,
    at: string,
    how: { readonly byTime?: true; readonly targets?: readonly string[] | undefined },
  ): Promise<void> {
    await this.database.execute(
      `UPDATE access_controls SET
         state = CASE WHEN $4::boolean OR expires_at <= $3::timestamptz THEN 'expired' ELSE 'released' END,
         ended_at = least(expires_at, $3::timestamptz),
         noticed_at = CASE WHEN $4::boolean OR expires_at <= $3::timestamptz THEN $3::timestamptz END
       WHERE incident = $1 AND action_id = $2 AND state = 'active' AND ($5::text[] IS NULL OR target = ANY($5))`,
      [incident, action, at, how.byTime ?? false, how.targets?.map(storableText) ?? null],
    );
  }

  async isOver(incident: IncidentId, action: ActionId, marginMs: number): Promise<boolean | undefined> {
    const [row] = await this.database.query<{ over: boolean | null }>(
      `SELECT bool_and(expires_at <= clock_timestamp() + $3 * interval '1 millisecond') AS over FROM access_controls
       WHERE incident = $1 AND action_id = $2`,
      [incident, action, marginMs],
    );
    return row?.over ?? undefined;
  }

  active(filter: { readonly incident?: IncidentId; readonly host?: string }): Promise<readonly ControlRow[]> {
    return this.rows(`state = 'active' AND ($1::text IS NULL OR incident = $1) AND ($2::text IS NULL OR host = $2)`, [
      filter.incident ?? null,
      filter.host ?? null,
    ]);
  }

  all(incident: IncidentId): Promise<readonly ControlRow[]> {
    return this.rows('incident = $1', [incident]);
  }

  released(incident: IncidentId): Promise<readonly ControlRow[]> {
    return this.rows(`state = 'released' AND incident = $1`, [incident]);
  }

  private async rows(which: string, values: readonly (string | null)[]): Promise<readonly ControlRow[]> {
    const rows = await this.database.query<StoredControl>(
      `SELECT incident, action_id, host, kind, target, state, since, expires_at, ended_at, noticed_at, rung,
         machine_key, machine_id FROM access_controls
       WHERE ${which} ORDER BY host, action_id, target`,
      values,
    );
    return rows.map((row) => ({
      incident: row.incident,
      action: row.action_id,
      host: row.host,
      kind: row.kind,
      target: row.target,
      state: row.state,
      since: row.since.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      endedAt: row.ended_at?.toISOString() ?? null,
      noticedAt: row.noticed_at?.toISOString() ?? null,
      rung: row.rung,
      machine: machineFrom(row),
    }));
  }

  async machineOf(action: ActionId): Promise<Machine | null | undefined> {
    const [row] = await this.database.query<Pick<StoredControl, 'machine_key' | 'machine_id'>>(
      'SELECT machine_key, machine_id FROM access_controls WHERE action_id = $1 ORDER BY target LIMIT 1',
      [action],
    );
    return row === undefined ? undefined : machineFrom(row);
  }

  async rungOf(action: ActionId): Promise<string | undefined> {
    const rows = await this.database.query<{ rung: string }>(
      'SELECT rung FROM access_controls WHERE action_id = $1 LIMIT 1',
      [action],
    );
    return rows[0]?.rung;
  }
}

function machineFrom({ machine_key, machine_id }: Pick<StoredControl, 'machine_key' | 'machine_id'>): Machine | null {
  return machine_key === null ? null : { hostKey: machine_key, id: machine_id };
}
