import { FirebreakError } from '../../domain/errors';
import { hashOf } from '../../domain/hash';
import type { IncidentId } from '../../domain/ids';
import type { ResponsePlan } from '../../domain/plan';
import type { PlanRepository, StoredPlan } from '../../ports/repositories';
import type { Database } from './database';
import { jsonColumn } from './text';

/** Response plans by incident and hash in `response_plans`. */
export class PostgresPlans implements PlanRepository {
  constructor(private readonly database: Database) {}

  /** @throws FirebreakError PLAN_CHANGED when the plan does not have the hash it names */
  async save(plan: ResponsePlan, seal: string): Promise<void> {
    checkHash(plan);
    await this.database.execute(
      `INSERT INTO response_plans (incident, plan_hash, plan, seal) VALUES ($1, $2, $3, $4)
       ON CONFLICT (incident, plan_hash) DO UPDATE SET seal = EXCLUDED.seal`,
      [plan.incident, plan.planHash, jsonColumn(plan), seal],
    );
  }

  /** @throws FirebreakError WRONG_STATE when there is none, PLAN_CHANGED when the stored plan was altered */
  async load(incident: IncidentId, planHash: string): Promise<StoredPlan> {
    const [row] = await this.database.query<StoredPlan>(
      'SELECT plan, seal FROM response_plans WHERE incident = $1 AND plan_hash = $2',
      [incident, planHash],
    );
    if (row === undefined) throw new FirebreakError('WRONG_STATE', { cause: 'plan-absent', incident, plan: planHash });
    checkHash(row.plan, planHash);
    return row;
  }
}

function checkHash(plan: ResponsePlan, expected = plan.planHash): void {
  const actual = hashOf({ ...plan, planHash: undefined });
  if (actual !== expected || plan.planHash !== expected) {
    throw new FirebreakError('PLAN_CHANGED', {
      ...{ cause: 'plan-hash-differs', incident: plan.incident },
      ...{ plan: expected, actual },
    });
  }
}
