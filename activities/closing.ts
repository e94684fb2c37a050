import { ensureFirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { IncidentPatch, IncidentRow } from '../src/ports/repositories';
import type { GuardedDeps } from './guarded';

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
  { seals }: Pick<GuardedDeps, 'seals'>,
  { order, phase, closingSeal }: Pick<IncidentRow, 'order' | 'phase' | 'closingSeal'>,
): Promise<boolean> {
  if (phase !== 'closed' || typeof closingSeal !== 'string') return false;
  try {
    await seals.open('closing', { incident: order.incident }, closingSeal);
    return true;
  } catch (thrown) {
    if (ensureFirebreakError(thrown).code !== 'NOT_AUTHORISED') throw thrown;
    return false;
  }
}
