import type { ResponsePlan } from '../domain/plan';
import type { PlanRepository } from '../ports/repositories';
import { Latest } from './latest';

const KEPT = 64;

/**
 * Keeps the latest plans in memory: a plan never changes under its hash, and containment goes on from memory while PostgreSQL is
 * away (L1: fail towards containment).
 */
export function rememberPlans(plans: PlanRepository): PlanRepository {
  const kept = new Latest<ResponsePlan>(KEPT);
  return {
    save: async (plan) => {
      await plans.save(plan);
      kept.keep(plan.planHash, plan);
    },
    load: async (incident, planHash) => {
      const known = kept.get(planHash);
      return known !== undefined && known.incident === incident
        ? known
        : kept.keep(planHash, await plans.load(incident, planHash));
    },
  };
}
