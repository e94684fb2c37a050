import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { ActionId, IncidentId } from '../src/domain/ids';
import { TIME_SHARES } from '../src/domain/numbers';
import { settled } from '../src/domain/plan';
import { eventsOf } from './act-events';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { ExpectedRefusal } from './refused-act';
import type { OpenedPlan } from './sealed-plan';

/** An act that was begun and has not come to its end after this long is taken for failed; milliseconds. */
const SILENT_MS = 30_000;

type Records = Pick<GuardedDeps, 'ledger' | 'seals' | 'responses' | 'now'>;

/**
 * Before forced isolation: access control must have failed on the host, by what workers have written and sealed (B2, H1). An act of the
 * sealed plan was begun there and is not known to have come to its end. Forced isolation goes beyond the mode, so a caller's word is not
 * enough for it, and neither is a row.
 *
 * An act that no worker took up at all leaves no trace: it counts as failed when its time share must have been used up. While ledger or
 * tables are away nobody can tell, and the host is cut off (fail towards containment).
 *
 * @throws FirebreakError NOT_AUTHORISED; CONTROLS_HOLD when every act on the host is on record as done
 */
export async function demandControlFailed(
  deps: Records,
  { incident, order }: Confirmed<RespondOrder>,
  host: string,
  { plan }: OpenedPlan,
  isApproved: boolean,
): Promise<void> {
  const acts = plan.actions.filter((action) => action.host === host && action.kind !== 'heighten-monitoring');
  const notFailed = new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'control-held', name: host });
  if (acts.length === 0) throw notFailed;
  const known = await actsOnRecord(deps, incident);
  if (known === undefined) return;
  const open = acts.filter(({ id }) => !known.done.has(id));
  // The answer of an act was lost on its way to the run, and nothing else.
  if (open.length === 0) throw new ExpectedRefusal('CONTROLS_HOLD', host);
  if (open.some(({ id }) => known.failed.has(id))) return;
  const share = Math.min(order.limits.accessControlMs ?? TIME_SHARES.accessControl, TIME_SHARES.accessControl);
  const shareIsOver = Date.parse(order.declaredAt) + share <= deps.now().getTime();
  if (!shareIsOver || !open.some(({ approval }) => isApproved || approval === 'none')) throw notFailed;
}

/**
 * Acts that are done, by their rows and by the sealed word of the worker that did them, and acts that have failed.
 * @returns undefined while ledger or tables are away
 */
export async function actsOnRecord(
  deps: Records,
  incident: IncidentId,
): Promise<{ readonly done: ReadonlySet<string>; readonly failed: ReadonlySet<string> } | undefined> {
  try {
    const [results, events] = await Promise.all([
      deps.responses.results(incident),
      eventsOf(deps, incident, 'act', ({ isSealed, action }) => isSealed && action === 'perform'),
    ]);
    const now = deps.now().getTime();
    const saidDone = new Set(events.flatMap(({ subject, result }) => (result === 'done' ? [subject] : [])));
    return {
      done: new Set<string>(
        results.flatMap(({ action, kind, counts }) =>
          settled(kind, counts) && saidDone.has(action) ? [action as string] : [],
        ),
      ),
      failed: new Set(
        events.flatMap(({ stage, subject, result, at }) => {
          const isOver = stage === 'result' ? result !== 'done' : now - Date.parse(at) >= SILENT_MS;
          return isOver ? [subject] : [];
        }),
      ),
    };
  } catch (thrown) {
    const { code } = ensureFirebreakError(thrown);
    if (code === 'DATABASE_UNREACHABLE' || code === 'LEDGER_UNREACHABLE') return undefined;
    throw thrown;
  }
}

/** A worker must have begun this forced isolation before. @throws FirebreakError NOT_AUTHORISED */
export async function demandForced(
  deps: Pick<GuardedDeps, 'ledger' | 'seals'>,
  incident: IncidentId,
  act: ActionId,
): Promise<void> {
  const intents = await eventsOf(
    deps,
    incident,
    'act',
    ({ isSealed, action, stage, subject }) => isSealed && action === 'perform' && stage === 'intent' && subject === act,
  );
  if (intents.length === 0)
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'never-done', name: act });
}
