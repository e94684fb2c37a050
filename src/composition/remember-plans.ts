import type { PlanRepository, StoredPlan } from '../ports/repositories';
import { Latest } from './latest';

const KEPT = 64;

/**
 * Keeps the latest plans in memory: a plan never changes under its hash, and containment goes on from memory while PostgreSQL is
 * away (L1: fail towards containment).
 */
export function rememberPlans(plans: PlanRepository): PlanRepository {
  const kept = new Latest<StoredPlan>(KEPT);
  return {
    save: async (plan, seal) => {
      await plans.save(plan, seal);
      kept.keep(plan.planHash, { plan, seal });
    },
    load: async (incident, planHash) => {
      const known = kept.get(planHash);
      return known !== undefined && known.plan.incident === incident
        ? known
        : kept.keep(planHash, await plans.load(incident, planHash));
    },
  };
}
