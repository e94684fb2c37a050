import type { IncidentId } from '../src/domain/ids';
import { outcomeOf } from '../src/domain/outcome';
import { leftOutOf } from '../src/domain/plan';
import type { Outcome } from '../src/domain/words';
import type { GuardedDeps } from './guarded';
import { loadIncident } from './incident-record';
import { ordersOf } from './orders-on-record';
import { openPlan } from './sealed-plan';

/** What a run may say of itself although the tables would allow better: it knows what it could not do. */
const WORSE: ReadonlySet<Outcome> = new Set<Outcome>(['manual', 'contained-in-part']);

/**
 * What a response came to, by what workers have written: sealed plan, results, orders. A run knows more (hosts that nothing holds), so
 * what it says stands when it is worse; it is never better than the record (H1).
 */
export async function outcomeOnRecord(
  deps: Pick<GuardedDeps, 'incidents' | 'plans' | 'seals' | 'responses' | 'ledger' | 'authorisation' | 'site'>,
  incident: IncidentId,
  said: Outcome,
): Promise<Outcome> {
  const [{ order, planHash }, results, orders] = await Promise.all([
    loadIncident(deps, incident),
    deps.responses.results(incident),
    ordersOf(deps, incident),
  ]);
  const plan = planHash === null ? undefined : (await openPlan(deps, incident, planHash)).plan;
  const given = new Set(orders.map(({ action }) => action));
  const named = [...new Set(order.hosts)];
  const known = named.filter((host) => deps.site.hosts.has(host)).length;
  const found = outcomeOf({
    plan: plan && { mode: plan.mode, refused: plan.refused.length, leftOut: leftOutOf(plan) },
    drill: order.drill,
    planned: plan?.actions.filter(({ kind }) => kind !== 'heighten-monitoring').length ?? 0,
    hosts: { known, unknown: named.length - known },
    results,
    uncontained: [],
    takenOver: given.has('take-over'),
    stoodDown: given.has('stand-down'),
  });
  return WORSE.has(said) ? said : found;
}
