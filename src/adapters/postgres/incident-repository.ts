import { FirebreakError } from '../../domain/errors';
import { canonicalJson, sha256Hex } from '../../domain/hash';
import type { IncidentId } from '../../domain/ids';
import type { IncidentOrder } from '../../domain/incident';
import type { IncidentType } from '../../domain/words';
import type { IncidentPatch, IncidentRepository, IncidentRow } from '../../ports/repositories';
import { questionsFrom } from '../../domain/waiting';
import type { Database } from './database';
import { jsonColumn, storableOrNull, storableText } from './text';

/** A row of security_incidents as `pg` gives it: json parsed, timestamptz as Date. */
type StoredIncident = Pick<
  IncidentRow,
  | 'title'
  | 'phase'
  | 'abnormal'
  | 'outcome'
  | 'assessment'
  | 'ended'
  | 'bag'
  | 'supplements'
  | 'report'
  | 'overview'
  | 'questions'
> & {
  readonly incident_order: IncidentOrder;
  readonly plan_hash: string | null;
  readonly security_state: IncidentRow['securityState'];
  readonly needs_human: boolean;
  readonly workflow_id: string;
  readonly run_id: string | null;
  readonly response_ended_at: Date | null;
  readonly deadline_met: boolean | null;
  readonly closed_at: Date | null;
  readonly closing_seal: string | null;
  readonly acknowledged_by: readonly string[];
};

const COLUMNS = `title, phase, abnormal, outcome, assessment, bag, supplements, report, overview, incident_order, plan_hash,
  security_state, needs_human, workflow_id, run_id, response_ended_at, deadline_met, closed_at, closing_seal, ended, acknowledged_by,
  questions`;

/** As the command line sees it: what was declared without a workflow and taken back reads as closed, until a run is known. */
const VIEW = `(SELECT (CASE WHEN withdrawn THEN 'closed' ELSE phase END) AS phase,
    (CASE WHEN withdrawn THEN 'manual' ELSE outcome END) AS outcome,
    (CASE WHEN withdrawn THEN withdrawn_at ELSE closed_at END) AS closed_at,
    title, abnormal, assessment, bag, supplements, report, overview, incident_order, plan_hash, security_state, needs_human, workflow_id, run_id,
    response_ended_at, deadline_met, closing_seal, ended, acknowledged_by, questions, incident, incident_type, hosts, declared_at
  FROM security_incidents, LATERAL (
    SELECT withdrawn_at IS NOT NULL AND run_id IS NULL AND phase = 'declared' AS withdrawn) AS w) AS seen`;

/** The column of each field that may be patched, and how its value is written. */
const PATCHABLE: Readonly<Record<keyof IncidentPatch, readonly [column: string, write: (value: unknown) => unknown]>> =
  {
    phase: ['phase', asIs],
    abnormal: ['abnormal', asIs],
    outcome: ['outcome', asIs],
    assessment: ['assessment', jsonColumn],
    planHash: ['plan_hash', asIs],
    securityState: ['security_state', asIs],
    needsHuman: ['needs_human', asIs],
    runId: ['run_id', asIs],
    responseEndedAt: ['response_ended_at', asIs],
    deadlineMet: ['deadline_met', asIs],
    closedAt: ['closed_at', asIs],
    ended: ['ended', asIs],
    closingSeal: ['closing_seal', asIs],
    bag: ['bag', jsonColumn],
    supplements: ['supplements', jsonColumn],
    report: ['report', jsonColumn],
    overview: ['overview', jsonColumn],
    acknowledgedBy: ['acknowledged_by', asIs],
    questions: ['questions', jsonColumn],
  };

function asIs(value: unknown): unknown {
  return value;
}

/** Incidents and their documents in `security_incidents` (TBL-092) and `incident_documents`. */
export class PostgresIncidents implements IncidentRepository {
  private readonly rows: string;

  /**
   * @param reader a worker goes by what workers have written: whoever stole the command line's password must not be able to make an
   *   incident look closed to it
   */
  constructor(
    private readonly database: Database,
    reader: 'worker' | 'command line' = 'worker',
  ) {
    this.rows = reader === 'worker' ? 'security_incidents' : VIEW;
  }

  /** @throws FirebreakError BAD_INPUT when the bytes are not those of the order, WRONG_STATE when the id stands for another order */
  async declare(order: IncidentOrder, documentBytes: Buffer, title: string): Promise<void> {
    if (sha256Hex(documentBytes) !== order.documentSha256) {
      throw new FirebreakError('BAD_INPUT', {
        ...{ cause: 'document-differs', incident: order.incident },
        from: 'order',
      });
    }
    const stored = await this.database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO incident_documents (sha256, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        order.documentSha256,
        documentBytes,
      ]);
      await transaction.query(
        `INSERT INTO security_incidents (incident, incident_group, incident_type, severity_level, response_mode, trigger,
           operator, reason, drill, title, hosts, document_sha256, incident_order, declared_at, workflow_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $1)
         ON CONFLICT (incident) DO NOTHING`,
        [
          order.incident,
          order.group ?? null,
          order.type,
          order.severity,
          order.mode,
          order.trigger,
          storableText(order.operator),
          storableOrNull(order.reason),
          order.drill,
          storableText(title),
          order.hosts.map(storableText),
          order.documentSha256,
          jsonColumn(order),
          order.declaredAt,
        ],
      );
      return transaction.query<{ incident_order: IncidentOrder }>(
        'SELECT incident_order FROM security_incidents WHERE incident = $1',
        [order.incident],
      );
    });
    if (canonicalJson(stored[0]?.incident_order ?? null) !== canonicalJson(order)) {
      throw new FirebreakError('WRONG_STATE', { cause: 'declared-otherwise', incident: order.incident });
    }
  }

  async find(incident: IncidentId): Promise<IncidentRow | undefined> {
    const [row] = await this.database.query<StoredIncident>(`SELECT ${COLUMNS} FROM ${this.rows} WHERE incident = $1`, [
      incident,
    ]);
    return row && incidentRow(row);
  }

  /** @throws FirebreakError UNKNOWN_INCIDENT, AUDIT_BROKEN when the stored bytes are not the ones that were declared */
  async document(incident: IncidentId): Promise<Buffer> {
    const [row] = await this.database.query<{ bytes: Buffer; document_sha256: string; incident_order: IncidentOrder }>(
      `SELECT bytes, document_sha256, incident_order FROM security_incidents JOIN incident_documents ON sha256 = document_sha256
       WHERE incident = $1`,
      [incident],
    );
    if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', incident);
    if (sha256Hex(row.bytes) !== row.document_sha256) {
      throw new FirebreakError('AUDIT_BROKEN', { cause: 'document-differs', incident, from: 'hash' });
    }
    if (row.document_sha256 !== row.incident_order.documentSha256) {
      throw new FirebreakError('AUDIT_BROKEN', { cause: 'document-differs', incident, from: 'order' });
    }
    return row.bytes;
  }

  /** Fields that are absent or undefined stay as they are. @throws FirebreakError UNKNOWN_INCIDENT */
  async update(incident: IncidentId, patch: IncidentPatch): Promise<void> {
    const assignments: string[] = [];
    const values: unknown[] = [incident];
    for (const [field, [column, write]] of Object.entries(PATCHABLE)) {
      const value: unknown = patch[field as keyof IncidentPatch];
      if (value === undefined) continue;
      values.push(write(value));
      assignments.push(`${column} = $${values.length}`);
    }
    if (assignments.length === 0) return;
    const touched = await this.database.execute(
      `UPDATE security_incidents SET ${assignments.join(', ')}, changed_at = clock_timestamp() WHERE incident = $1`,
      values,
    );
    if (touched === 0) throw new FirebreakError('UNKNOWN_INCIDENT', incident);
  }

  async noteStarted(incident: IncidentId, runId: string): Promise<void> {
    await this.database.query('SELECT incident_started($1, $2)', [incident, runId]);
  }

  async withdraw(incident: IncidentId): Promise<void> {
    await this.database.query('SELECT incident_withdraw($1)', [incident]);
  }

  /** Newest first. `open: false` gives the closed ones. */
  async list(filter: { readonly open?: boolean; readonly limit: number }): Promise<readonly IncidentRow[]> {
    const rows = await this.database.query<StoredIncident>(
      `SELECT ${COLUMNS} FROM ${this.rows}
       WHERE $1::boolean IS NULL OR (closed_at IS NULL) = $1
       ORDER BY declared_at DESC, incident LIMIT $2`,
      [filter.open ?? null, filter.limit],
    );
    return rows.map(incidentRow);
  }

  /** Newest first. */
  async openOn(type: IncidentType, hosts: readonly string[]): Promise<readonly IncidentRow[]> {
    const rows = await this.database.query<StoredIncident>(
      `SELECT ${COLUMNS} FROM ${this.rows}
       WHERE closed_at IS NULL AND incident_type = $1 AND hosts && $2::text[]
       ORDER BY declared_at DESC, incident`,
      [type, hosts],
    );
    return rows.map(incidentRow);
  }
}

function incidentRow(row: StoredIncident): IncidentRow {
  return {
    order: row.incident_order,
    title: row.title,
    phase: row.phase,
    abnormal: row.abnormal,
    outcome: row.outcome,
    assessment: row.assessment,
    planHash: row.plan_hash,
    securityState: row.security_state,
    needsHuman: row.needs_human,
    workflowId: row.workflow_id,
    runId: row.run_id,
    responseEndedAt: row.response_ended_at?.toISOString() ?? null,
    deadlineMet: row.deadline_met,
    closedAt: row.closed_at?.toISOString() ?? null,
    ended: row.ended,
    closingSeal: row.closing_seal,
    bag: row.bag,
    supplements: row.supplements,
    report: row.report,
    overview: row.overview,
    acknowledgedBy: row.acknowledged_by,
    questions: questionsFrom(row.questions, row.incident_order.hosts),
  };
}
