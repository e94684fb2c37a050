import type { ResponsePlan } from '../domain/plan';
import type { PlanRepository } from '../ports/repositories';

const KEPT = 64;

/**
 * Keeps the latest plans in memory: a plan never changes under its hash, and containment goes on from memory while PostgreSQL is
 * away (L1: fail towards containment).
 */
export function rememberPlans(plans: PlanRepository): PlanRepository {
  const kept = new Map<string, ResponsePlan>();
  const remember = (plan: ResponsePlan): ResponsePlan => {
    kept.delete(plan.planHash);
    kept.set(plan.planHash, plan);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return plan;
  };
  return {
    save: async (plan) => {
      await plans.save(plan);
      remember(plan);
    },
    load: async (incident, planHash) => {
      const known = kept.get(planHash);
      return known !== undefined && known.incident === incident
        ? known
        : remember(await plans.load(incident, planHash));
    },
  };
}
