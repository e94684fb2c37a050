import { ensureFirebreakError } from '../src/domain/errors';
import type { ActionId, IncidentId } from '../src/domain/ids';
import { TIME_SHARES } from '../src/domain/numbers';
import { settled } from '../src/domain/plan';
import type { RespondOrder } from './authority';
import type { Confirmed, GuardedDeps } from './guarded';
import type { OpenedPlan } from './sealed-plan';

const EVENTS = 10_000;

type Records = Pick<GuardedDeps, 'ledger' | 'responses' | 'now'>;

/**
 * Whether access control has failed on a host, by what workers have written (B2, H1): an act of the sealed plan was begun there and is
 * not known to have come to its end. Forced isolation goes beyond the mode, so a caller's word is not enough for it.
 *
 * An act that no worker took up at all leaves no trace: it counts as failed when its time share must have been used up. While ledger or
 * tables are away nobody can tell, and the host is cut off (fail towards containment).
 */
export async function controlFailed(
  deps: Records,
  { incident, order }: Confirmed<RespondOrder>,
  host: string,
  { plan }: OpenedPlan,
): Promise<boolean> {
  const acts = plan.actions.filter((action) => action.host === host && action.kind !== 'heighten-monitoring');
  if (acts.length === 0) return false;
  try {
    const [results, events] = await Promise.all([
      deps.responses.results(incident),
      deps.ledger.events({ incident, limit: EVENTS }),
    ]);
    const done = new Set<string>(
      results.filter(({ kind, counts }) => settled(kind, counts)).map(({ action }) => action),
    );
    const open = acts.filter(({ id }) => !done.has(id));
    const begun = new Set(events.flatMap(({ action, subject }) => (action === 'perform' ? [subject] : [])));
    if (open.some(({ id }) => begun.has(id))) return true;
    const shareIsOver = Date.parse(order.declaredAt) + TIME_SHARES.accessControl <= deps.now().getTime();
    return shareIsOver && open.some(({ approval }) => approval === 'none');
  } catch (thrown) {
    const { code } = ensureFirebreakError(thrown);
    if (code === 'DATABASE_UNREACHABLE' || code === 'LEDGER_UNREACHABLE') return true;
    throw thrown;
  }
}

/** Whether a worker has begun this forced isolation before, as the ledger tells it. */
export async function wasForced(
  deps: Pick<GuardedDeps, 'ledger'>,
  incident: IncidentId,
  act: ActionId,
): Promise<boolean> {
  const events = await deps.ledger.events({ incident, limit: EVENTS });
  return events.some(({ action, stage, subject }) => action === 'perform' && stage === 'intent' && subject === act);
}
