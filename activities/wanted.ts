import type { IncidentId } from '../src/domain/ids';
import { incidentOf } from '../src/domain/ids';
import type { PlannedAction } from '../src/domain/plan';
import type { ControlRow } from '../src/ports/repositories';
import type { GuardedDeps } from './guarded';

type Rows = Pick<GuardedDeps, 'controls'>;

/** Blocked sources that people have let go one by one, while their incident goes on (B5). */
export async function letGo({ controls }: Rows, incident: IncidentId): Promise<readonly ControlRow[]> {
  return (await controls.released(incident)).filter(({ kind }) => kind === 'block-sources');
}

/** An act as it is still wanted: a block without the sources that were let go. */
export async function stillWanted(deps: Rows, action: PlannedAction): Promise<PlannedAction> {
  if (action.kind !== 'block-sources') return action;
  const rows = await letGo(deps, incidentOf(action.id));
  const gone = new Set(rows.flatMap((row) => (row.action === action.id ? [row.target] : [])));
  if (gone.size === 0) return action;
  const { covered } = action;
  return {
    ...action,
    sources: action.sources.filter((source) => !gone.has(source)),
    ...(covered === undefined ? {} : { covered: covered.filter(({ by }) => !gone.has(by)) }),
  };
}

/** Whether an act is wanted as before. */
export function sameSources(before: PlannedAction, now: PlannedAction): boolean {
  return (
    before.kind !== 'block-sources' || now.kind !== 'block-sources' || before.sources.length === now.sources.length
  );
}
