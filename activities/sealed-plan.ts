import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { ResponsePlan } from '../src/domain/plan';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';

/** A plan that a worker derived, and from what. */
export interface OpenedPlan {
  readonly plan: ResponsePlan;
  readonly grantId: string;
  readonly documentSha256: string;
}

interface PlanSeal {
  readonly grantId: string;
  readonly documentSha256: string;
}

/** The seal of a plan that this worker has just derived from the confirmed order. */
export function sealOf(
  deps: Pick<GuardedDeps, 'seals'>,
  plan: ResponsePlan,
  confirmed: Confirmed<RespondOrder>,
): Promise<string> {
  const content: PlanSeal = { grantId: confirmed.grantId, documentSha256: confirmed.order.documentSha256 };
  return deps.seals.seal('plan', bindingOf(plan.incident, plan.planHash), content);
}

/**
 * Loads a plan and opens its seal: rows of the tables can be made by others, seals only by workers (H1).
 * @throws FirebreakError NOT_AUTHORISED when no worker has derived it; WRONG_STATE when there is none
 */
export async function openPlan(
  deps: Pick<GuardedDeps, 'plans' | 'seals'>,
  incident: IncidentId,
  planHash: string,
): Promise<OpenedPlan> {
  const { plan, seal } = await deps.plans.load(incident, planHash);
  if (seal === null)
    throw new FirebreakError('NOT_AUTHORISED', {
      ...{ cause: 'unauthorised', why: 'plan-unsealed' },
      name: planHash.slice(0, 12),
    });
  const { grantId, documentSha256 } = (await deps.seals.open('plan', bindingOf(incident, planHash), seal)) as PlanSeal;
  return { plan, grantId, documentSha256 };
}

/** The plan, or why it is none of a worker's: for whoever goes on without it. Throws what a retry may mend. */
export async function openPlanOrWhy(
  deps: Pick<GuardedDeps, 'plans' | 'seals'>,
  incident: IncidentId,
  planHash: string,
): Promise<OpenedPlan | { readonly refused: string }> {
  try {
    return await openPlan(deps, incident, planHash);
  } catch (thrown) {
    const { code, message } = ensureFirebreakError(thrown);
    if (code !== 'NOT_AUTHORISED' && code !== 'PLAN_CHANGED' && code !== 'WRONG_STATE') throw thrown;
    return { refused: message };
  }
}

function bindingOf(incident: IncidentId, planHash: string): Readonly<Record<string, string>> {
  return { incident, planHash };
}
