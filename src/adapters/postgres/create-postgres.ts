import type { Pool } from 'pg';
import type { IncidentId } from '../../domain/ids';
import type { BagLocks } from '../../ports/bag-locks';
import type { HostConversations } from '../../ports/host-conversations';
import type { IncidentAdmissions } from '../../ports/incident-admissions';
import type { GrantRows, OperatorRows } from '../../ports/grant-rows';
import type { MetricsSource } from '../../ports/metrics';
import type { PhoneLines } from '../../ports/phone-lines';
import type {
  ControlRepository,
  HostTurns,
  IncidentRepository,
  PlanRepository,
  ResponseRepository,
} from '../../ports/repositories';
import type { WorkerSeal } from '../../ports/worker-seal';
import { PostgresBagLocks } from './bag-locks';
import { PostgresControls } from './control-repository';
import { Database } from './database';
import { PostgresGrants } from './grant-rows';
import { PostgresHostConversations } from './host-conversations';
import { PostgresHostTurns } from './host-turns';
import { PostgresIncidentAdmissions } from './incident-admissions';
import { PostgresIncidents } from './incident-repository';
import { PostgresLedger } from './ledger';
import { PostgresOperators } from './operator-rows';
import { PostgresPhoneLines } from './phone-lines';
import { PostgresPlans } from './plan-repository';
import { PostgresMetrics } from './metrics';
import { type ConnectionOptions, createPool, type PostgresLog } from './pool';
import { PostgresResponses } from './response-repository';
import { LOCK_FAULTS, ROLE_FAULTS } from './role-faults';
import { tableCounts } from './table-counts';

/** Everything that lies in PostgreSQL, over one pool. */
export interface Postgres {
  readonly pool: Pool;
  /** As workers see them. */
  readonly incidents: IncidentRepository;
  /** As the command line sees them: what never started and was taken back reads as closed. */
  readonly declared: IncidentRepository;
  readonly admissions: IncidentAdmissions;
  readonly plans: PlanRepository;
  readonly responses: ResponseRepository;
  readonly controls: ControlRepository;
  /** Appends as a worker. */
  readonly ledger: PostgresLedger;
  /** The same ledger for the command line: it announces, under keys of its own. */
  readonly announcements: PostgresLedger;
  readonly turns: HostTurns;
  readonly phoneLines: PhoneLines;
  /** One for each process. @param seals with the key that only workers have */
  conversations(seals: WorkerSeal): HostConversations;
  readonly bagLocks: BagLocks;
  readonly grants: GrantRows;
  readonly operators: OperatorRows;
  readonly metrics: MetricsSource;
  /** How many rows of an incident lie in each of the four tables (B11). */
  tableCounts(incident: IncidentId): Promise<Readonly<Record<string, number>>>;
  /** Powers that a role of ours must not have, in words; empty when all is well. */
  roleFaults(): Promise<readonly string[]>;
  /** Waits for what is under way, then closes the pool. */
  close(): Promise<void>;
}

/** Wires the repositories; nothing is connected until the first call. @param options the URL of the role that fits: worker, cli or reader */
export function createPostgres(options: ConnectionOptions & { readonly log: PostgresLog }): Postgres {
  const pool = createPool(options, options.log);
  const database = new Database(pool);
  const bagLocks = new PostgresBagLocks(options, options.log);
  let conversations: PostgresHostConversations | undefined;
  return {
    pool,
    incidents: new PostgresIncidents(database),
    declared: new PostgresIncidents(database, 'command line'),
    admissions: new PostgresIncidentAdmissions(database),
    plans: new PostgresPlans(database),
    responses: new PostgresResponses(database),
    controls: new PostgresControls(database),
    ledger: new PostgresLedger(database.reporting('LEDGER_UNREACHABLE')),
    announcements: new PostgresLedger(database.reporting('LEDGER_UNREACHABLE'), 'security_logs_announce'),
    turns: new PostgresHostTurns(options, options.log),
    conversations: (seals) => (conversations ??= new PostgresHostConversations(options, options.log, seals)),
    phoneLines: new PostgresPhoneLines(database, options.log),
    bagLocks,
    grants: new PostgresGrants(database),
    operators: new PostgresOperators(database),
    metrics: new PostgresMetrics(database),
    tableCounts: (incident) => tableCounts(database, incident),
    roleFaults: async () => {
      type Fault = { readonly role: string; readonly why: string };
      const faults = await Promise.all([database.query<Fault>(ROLE_FAULTS), database.query<Fault>(LOCK_FAULTS)]);
      return faults.flat().map(({ role, why }) => `${role} is ${why}`);
    },
    close: async () => {
      await Promise.all([bagLocks.close(), conversations?.close(), pool.end()]);
    },
  };
}
