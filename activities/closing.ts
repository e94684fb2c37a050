import type { IncidentId } from '../src/domain/ids';
import type { IncidentPatch, IncidentRow } from '../src/ports/repositories';
import type { GuardedDeps } from './guarded';
import { holdsSeal } from './holds-seal';

/** What closes an incident, with the worker's seal on it. */
export async function closingPatch(
  { seals, now }: Pick<GuardedDeps, 'seals' | 'now'>,
  incident: IncidentId,
  patch: IncidentPatch,
): Promise<IncidentPatch> {
  const closingSeal = await seals.seal('closing', { incident }, {});
  return { ...patch, phase: 'closed', closedAt: now().toISOString(), closingSeal };
}

/** Whether a worker has closed the incident: whoever may write into the tables can say so, but cannot seal it (H1). */
export async function isClosed(
  deps: Pick<GuardedDeps, 'seals'>,
  { order, phase, closingSeal }: Pick<IncidentRow, 'order' | 'phase' | 'closingSeal'>,
): Promise<boolean> {
  return phase === 'closed' && holdsSeal(deps, 'closing', { incident: order.incident }, closingSeal);
}
