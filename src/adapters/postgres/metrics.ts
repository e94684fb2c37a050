import { ERRORS } from '../../domain/errors';
import { PLAIN_BOXES } from '../../domain/boxes';
import { HOST_LOAD_LIMIT } from '../../domain/numbers';
import type { MetricFamily, MetricsSource } from '../../ports/metrics';
import type { Database } from './database';

/** A family whose rows have a column for each label, and `value`. */
interface Asked extends Omit<MetricFamily, 'samples'> {
  readonly sql: string;
  readonly values?: readonly unknown[];
}

/** A scrape that would take longer is given up: it must not hold up the response. */
const STATEMENT_TIMEOUT_MS = 4_000;
/** Whoever can write rows cannot make Prometheus keep ever more series. */
const MOST_SAMPLES = 500;
/** A closed set of codes, so a forged row adds no series. */
const CODES = Object.keys(ERRORS);

const ASKED: readonly Asked[] = [
  {
    name: 'firebreak_incidents',
    help: 'Incidents on record by what their response came to; open while it runs.',
    type: 'gauge',
    labels: ['type', 'severity', 'outcome', 'drill'],
    sql: `SELECT incident_type AS type, severity_level AS severity, drill::text AS drill, count(*) AS value,
            CASE WHEN response_ended_at IS NULL AND closed_at IS NULL THEN 'open' ELSE coalesce(outcome, 'manual') END AS outcome
          FROM security_incidents GROUP BY 1, 2, 3, 5`,
  },
  {
    name: 'firebreak_incidents_open',
    help: 'Incidents that are not closed: need_people when a person must act, unacknowledged when nobody has said that they saw it.',
    type: 'gauge',
    labels: ['state'],
    sql: `SELECT unnest(ARRAY['all', 'need_people', 'unacknowledged']) AS state,
            unnest(ARRAY[count(*), count(*) FILTER (WHERE needs_human), count(*) FILTER (WHERE acknowledged_by = '{}' AND NOT drill)]) AS value
          FROM security_incidents WHERE closed_at IS NULL`,
  },
  {
    name: 'firebreak_questions_open',
    help: 'Questions to people that responses stand still for.',
    type: 'gauge',
    labels: ['kind'],
    sql: `SELECT kind, count(question) AS value
          FROM unnest(ARRAY['classification', 'approval', 'forced-isolation']) AS kind
          LEFT JOIN (SELECT jsonb_path_query(questions, '$[*]') AS question FROM security_incidents
                     WHERE response_ended_at IS NULL AND closed_at IS NULL) AS asked ON question ->> 'kind' = kind
          GROUP BY kind`,
  },
  {
    name: 'firebreak_responses_total',
    help: 'Responses that have ended.',
    type: 'counter',
    labels: ['severity'],
    sql: `SELECT severity_level AS severity, count(*) AS value FROM security_incidents
          WHERE response_ended_at IS NOT NULL AND NOT drill GROUP BY 1`,
  },
  {
    name: 'firebreak_response_seconds_total',
    help: 'Time from declaration to the end of the response, summed; over firebreak_responses_total it is the mean.',
    type: 'counter',
    labels: ['severity'],
    sql: `SELECT severity_level AS severity, sum(greatest(0, extract(epoch FROM response_ended_at - declared_at))) AS value
          FROM security_incidents WHERE response_ended_at IS NOT NULL AND NOT drill GROUP BY 1`,
  },
  {
    name: 'firebreak_responses_late_total',
    help: 'Responses that missed their deadline.',
    type: 'counter',
    labels: [],
    sql: `SELECT count(*) AS value FROM security_incidents WHERE deadline_met = false AND NOT drill`,
  },
  {
    name: 'firebreak_steps_total',
    help: 'Steps of responses that have ended.',
    type: 'counter',
    labels: ['step', 'result'],
    sql: `SELECT box AS step, CASE WHEN entry ->> 'kind' = 'failure' THEN 'failed' ELSE 'done' END AS result, count(*) AS value
          FROM incident_timeline JOIN unnest($1::text[]) AS box ON key LIKE 'step:' || box || ':%'
          WHERE entry ->> 'endedAt' IS NOT NULL GROUP BY 1, 2`,
    values: [PLAIN_BOXES],
  },
  {
    name: 'firebreak_step_seconds_total',
    help: 'Time that steps took, summed; over firebreak_steps_total it is the mean.',
    type: 'counter',
    labels: ['step'],
    sql: `SELECT box AS step, sum(greatest(0, extract(epoch FROM (entry ->> 'endedAt')::timestamptz - occurred_at))) AS value
          FROM incident_timeline JOIN unnest($1::text[]) AS box ON key LIKE 'step:' || box || ':%'
          WHERE entry ->> 'endedAt' IS NOT NULL GROUP BY 1`,
    values: [PLAIN_BOXES],
  },
  {
    name: 'firebreak_acts_total',
    help: 'Attempts of acts on hosts and what became of them; code is the error of a failed one.',
    type: 'counter',
    labels: ['kind', 'result', 'code'],
    sql: `SELECT kind, state AS result, count(*) AS value,
            CASE WHEN error_code IS NULL THEN '' WHEN error_code = ANY ($1::text[]) THEN error_code ELSE 'other' END AS code
          FROM emergency_responses GROUP BY 1, 2, 4`,
    values: [CODES],
  },
  {
    name: 'firebreak_notices',
    help: 'Messages to people by how far they got.',
    type: 'gauge',
    labels: ['kind', 'channel', 'state'],
    sql: `SELECT kind, channel, state, count(*) AS value FROM notification_deliveries GROUP BY 1, 2, 3`,
  },
  {
    name: 'firebreak_controls_in_force',
    help: 'Controls that are in force on hosts, by the tables.',
    type: 'gauge',
    labels: ['kind'],
    sql: `SELECT kind, count(*) AS value FROM access_controls WHERE state = 'active' GROUP BY 1`,
  },
  {
    name: 'firebreak_controls_overdue',
    help: 'Controls whose time is over and that nobody has seen to be gone.',
    type: 'gauge',
    labels: [],
    sql: `SELECT count(*) AS value FROM access_controls WHERE state = 'active' AND expires_at < now()`,
  },
  {
    name: 'firebreak_controls_missing',
    help: 'Blocks of open incidents that the last reading of their hosts did not find in the kernel.',
    type: 'gauge',
    labels: [],
    sql: `SELECT coalesce(sum(missing), 0) AS value FROM (
            SELECT DISTINCT ON (incident, host) (reading ->> 'drift')::numeric AS missing
            FROM security_readings JOIN security_incidents USING (incident)
            WHERE closed_at IS NULL AND stage <> 'before' ORDER BY incident, host, read_at DESC) AS latest`,
  },
  {
    name: 'firebreak_hosts_loaded',
    help: 'Hosts of open incidents that the last look found above 90 % load.',
    type: 'gauge',
    labels: [],
    sql: `SELECT count(*) FILTER (WHERE load > $1) AS value FROM (
            SELECT DISTINCT ON (incident, host) (reading ->> 'load')::numeric AS load
            FROM security_readings JOIN security_incidents USING (incident)
            WHERE closed_at IS NULL ORDER BY incident, host, read_at DESC) AS latest`,
    values: [HOST_LOAD_LIMIT],
  },
  {
    name: 'firebreak_ledger_events_total',
    help: 'Events in the hash-chained ledger.',
    type: 'counter',
    labels: ['level'],
    sql: `SELECT level, count(*) AS value FROM security_logs GROUP BY 1`,
  },
  {
    name: 'firebreak_ledger_lag_seconds',
    help: 'The longest that an event of the last hour waited until it was in the ledger.',
    type: 'gauge',
    labels: [],
    sql: `SELECT greatest(0, coalesce(max(extract(epoch FROM stored_at - occurred_at)), 0)) AS value FROM security_logs
          WHERE stored_at > now() - interval '1 hour'`,
  },
  {
    name: 'firebreak_evidence_unsealed',
    help: 'Incidents whose response has ended without a sealed bag.',
    type: 'gauge',
    labels: [],
    sql: `SELECT count(*) AS value FROM security_incidents
          WHERE response_ended_at IS NOT NULL AND bag IS NULL AND coalesce(outcome, '') <> 'joined'`,
  },
];

const UNREADABLE = {
  name: 'firebreak_metrics_unreadable',
  help: 'Metrics that could not be read from the tables just now; the others are as they should be.',
  type: 'gauge',
  labels: [],
} as const;

/** Names of all metrics; for tests of what refers to them. */
export const METRIC_NAMES: readonly string[] = [...ASKED, UNREADABLE].map(({ name }) => name);

/** What Firebreak did, counted where it is on record: no worker that restarts forgets it, and no two of them count twice. */
export class PostgresMetrics implements MetricsSource {
  constructor(private readonly database: Database) {}

  families(): Promise<readonly MetricFamily[]> {
    return this.database.transaction(async (transaction) => {
      await transaction.query(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
      const families: MetricFamily[] = [];
      let unreadable = 0;
      for (const { sql, values = [], ...family } of ASKED) {
        // A row that somebody has spoilt costs its own family, not the others.
        await transaction.query('SAVEPOINT family');
        const rows = await transaction
          .query<Readonly<Record<string, string>>>(sql, [...values])
          .catch(async (): Promise<readonly Readonly<Record<string, string>>[]> => {
            await transaction.query('ROLLBACK TO SAVEPOINT family');
            unreadable += 1;
            return [];
          });
        families.push({ ...family, samples: rows.slice(0, MOST_SAMPLES).map((row) => sampleOf(family.labels, row)) });
      }
      families.push({ ...UNREADABLE, samples: [{ labels: {}, value: unreadable }] });
      return families;
    }, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  }
}

function sampleOf(labels: readonly string[], row: Readonly<Record<string, string>>): MetricFamily['samples'][number] {
  return {
    labels: Object.fromEntries(labels.map((label) => [label, row[label] ?? ''])),
    value: Number(row['value']),
  };
}
