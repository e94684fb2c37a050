import type { ActNow, Ending } from '../src/domain/ending';
import { actsNow, endingOf } from '../src/domain/ending';
import type { IncidentId } from '../src/domain/ids';
import type { ActionResult } from '../src/domain/plan';
import type { GuardedDeps } from './guarded';
import type { OrderOnRecord } from './orders-on-record';

/** What has become of the acts of an incident, as controls and attempts tell it. */
export async function actsOnRecord(
  deps: Pick<GuardedDeps, 'responses' | 'controls'>,
  incident: IncidentId,
  results: readonly ActionResult[],
): Promise<readonly ActNow[]> {
  const [controls, undos] = await Promise.all([deps.controls.all(incident), deps.responses.undos(incident)]);
  return actsNow(incident, results, controls, undos);
}

/** How the incident ends: by the last order to end it that a worker has found good, else by time. */
export function endingBy(acts: readonly ActNow[], orders: readonly OrderOnRecord[]): Ending | undefined {
  const ordered = orders.flatMap(({ action, operator, at }) =>
    action === 'release' || action === 'stand-down' ? [{ how: action, by: operator, at }] : [],
  );
  return endingOf(acts, ordered.at(-1));
}
