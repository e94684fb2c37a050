import type { ResponseSpan } from '../../domain/at-once';
import type { IncidentId } from '../../domain/ids';
import { AT_ONCE_MOST, AT_ONCE_WITHIN_MS, BOUND_TOLD_EVERY_MS, OPEN_COUNTS_MS } from '../../domain/numbers';
import type { Admission, IncidentAdmissions, Joined } from '../../ports/incident-admissions';
import type { Database } from './database';

/** More than the configuration can allow. */
const MOST_OPEN = 10_001;

/** `admitted_incidents`, `incident_repeats` and `bound_alerts`; written by functions that read the signer from the grant. */
export class PostgresIncidentAdmissions implements IncidentAdmissions {
  constructor(private readonly database: Database) {}

  openOfPeople(): Promise<readonly { readonly incident: IncidentId; readonly operator: string }[]> {
    return this.database.query(
      `SELECT a.incident, a.operator FROM admitted_incidents AS a JOIN security_incidents AS i USING (incident)
       WHERE a.trigger = 'operator' AND i.closed_at IS NULL AND a.admitted_at > clock_timestamp() - $1 * interval '1 millisecond'
       ORDER BY a.admitted_at LIMIT $2`,
      [OPEN_COUNTS_MS, MOST_OPEN],
    );
  }

  async openOfDetector(operator: string): Promise<readonly IncidentId[]> {
    const rows = await this.database.query<{ incident: IncidentId }>(
      `SELECT a.incident FROM admitted_incidents AS a JOIN security_incidents AS i USING (incident)
       WHERE a.operator = $1 AND a.trigger = 'detector' AND i.closed_at IS NULL ORDER BY a.admitted_at DESC LIMIT $2`,
      [operator, MOST_OPEN],
    );
    return rows.map(({ incident }) => incident);
  }

  async admit(
    incident: IncidentId,
    grantId: string,
    known: readonly IncidentId[],
    bounds: { readonly each: number; readonly all: number },
  ): Promise<Admission> {
    type Row = { readonly verdict: Admission['verdict']; readonly open_ones: readonly IncidentId[] };
    const [row] = await this.database.query<Row>('SELECT * FROM incident_admit($1, $2, $3, $4, $5, $6)', [
      incident,
      grantId,
      known,
      bounds.each,
      bounds.all,
      OPEN_COUNTS_MS,
    ]);
    const verdict = row?.verdict ?? 'look-again';
    return verdict === 'each' || verdict === 'all' ? { verdict, open: row?.open_ones ?? [] } : { verdict };
  }

  async join(incident: IncidentId, grantId: string, open: IncidentId): Promise<number> {
    const [row] = await this.database.query<{ repeats: string }>('SELECT incident_join($1, $2, $3) AS repeats', [
      incident,
      grantId,
      open,
    ]);
    return Number(row?.repeats ?? 0);
  }

  async joinedTo(incident: IncidentId): Promise<Joined | undefined> {
    const [row] = await this.database.query<{ joined: IncidentId; repeats: string }>(
      `SELECT joined, (SELECT count(*) FROM incident_repeats AS others WHERE others.joined = r.joined) AS repeats
       FROM incident_repeats AS r WHERE incident = $1`,
      [incident],
    );
    return row && { incident: row.joined, repeats: Number(row.repeats) };
  }

  async recentResponses(): Promise<readonly ResponseSpan[]> {
    const rows = await this.database.query<{ incident: IncidentId; drill: boolean; began: Date; ended: Date | null }>(
      `SELECT a.incident, i.drill, a.admitted_at AS began, coalesce(i.response_ended_at, i.closed_at) AS ended
       FROM admitted_incidents AS a JOIN security_incidents AS i USING (incident)
       WHERE a.admitted_at > clock_timestamp() - $1 * interval '1 millisecond' ORDER BY a.admitted_at DESC, a.incident LIMIT $2`,
      [AT_ONCE_WITHIN_MS, AT_ONCE_MOST],
    );
    return rows.map(({ incident, drill, began, ended }) => ({
      incident,
      drill,
      beganAt: began.toISOString(),
      endedAt: ended?.toISOString() ?? null,
    }));
  }

  async mayTellOfBound(identity: string, incident: IncidentId): Promise<boolean> {
    const [row] = await this.database.query<{ tell: boolean }>('SELECT bound_alert($1, $2, $3) AS tell', [
      identity,
      incident,
      BOUND_TOLD_EVERY_MS,
    ]);
    return row?.tell === true;
  }
}
