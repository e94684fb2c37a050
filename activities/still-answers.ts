import type { IncidentRow } from '../src/ports/repositories';
import { responseEndsAt, STOPPED_BY, UNDONE_BY } from './acts-over';
import { actsOnRecord } from './control-failed';
import type { GuardedDeps } from './guarded';
import { ordersOf } from './orders-on-record';
import { openPlanOrWhy } from './sealed-plan';

/**
 * Whether an open incident still does on these hosts what it was ordered to do (H8): it contains, or can still act. One that does neither
 * would swallow what a detector reports.
 */
export async function stillAnswers(
  deps: GuardedDeps,
  { order, planHash, responseEndedAt }: IncidentRow,
  hosts: readonly string[],
): Promise<boolean> {
  const { incident } = order;
  const orders = await ordersOf(deps, incident);
  if (orders.some(({ action }) => UNDONE_BY.has(action))) return false;
  const isStopped = responseEndedAt !== null || orders.some(({ action }) => STOPPED_BY.has(action));
  if (!isStopped && deps.now().getTime() <= responseEndsAt(order)) return true;
  if (planHash === null) return false;
  const opened = await openPlanOrWhy(deps, incident, planHash);
  if ('refused' in opened) return false;
  const acts = opened.plan.actions.filter(({ host, kind }) => hosts.includes(host) || kind === 'isolate-segment');
  const containing = acts.filter(({ kind }) => kind !== 'heighten-monitoring');
  const wanted = containing.length > 0 ? containing : acts;
  if (wanted.length === 0) return false;
  const now = deps.now().toISOString();
  const [known, controls, released] = await Promise.all([
    actsOnRecord(deps, incident),
    deps.controls.active({ incident }),
    deps.controls.released(incident),
  ]);
  const forced = new Set(
    controls.flatMap(({ kind, host, expiresAt }) => (kind === 'forced-isolation' && expiresAt > now ? [host] : [])),
  );
  return wanted.every(
    ({ id, host, expiresAt }) =>
      forced.has(host) ||
      (expiresAt > now && known?.done.has(id) === true && !released.some(({ action }) => action === id)),
  );
}
