import { ensureFirebreakError } from '../src/domain/errors';
import type { ActionId, IncidentId } from '../src/domain/ids';
import { TIME_SHARES } from '../src/domain/numbers';
import { settled } from '../src/domain/plan';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import type { OpenedPlan } from './sealed-plan';

const EVENTS = 10_000;
/** An act that was begun and has not come to its end after this long is taken for failed; milliseconds. */
const SILENT_MS = 30_000;

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
  isApproved: boolean,
): Promise<boolean> {
  const acts = plan.actions.filter((action) => action.host === host && action.kind !== 'heighten-monitoring');
  if (acts.length === 0) return false;
  try {
    const [results, events] = await Promise.all([
      deps.responses.results(incident),
      deps.ledger.events({ incident, limit: EVENTS, writer: 'act' }),
    ]);
    const done = new Set<string>(
      results.filter(({ kind, counts }) => settled(kind, counts)).map(({ action }) => action),
    );
    const open = acts.filter(({ id }) => !done.has(id));
    const now = deps.now().getTime();
    const failed = new Set(
      events.flatMap(({ action, stage, subject, result, at }) => {
        if (action !== 'perform') return [];
        const isOver = stage === 'result' ? result !== 'done' : now - Date.parse(at) >= SILENT_MS;
        return isOver ? [subject] : [];
      }),
    );
    if (open.some(({ id }) => failed.has(id))) return true;
    const share = Math.min(order.limits.accessControlMs ?? TIME_SHARES.accessControl, TIME_SHARES.accessControl);
    const shareIsOver = Date.parse(order.declaredAt) + share <= now;
    return shareIsOver && open.some(({ approval }) => isApproved || approval === 'none');
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
  const events = await deps.ledger.events({ incident, limit: EVENTS, writer: 'act' });
  return events.some(({ action, stage, subject }) => action === 'perform' && stage === 'intent' && subject === act);
}
