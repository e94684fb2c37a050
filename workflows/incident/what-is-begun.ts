import { CancellationScope, condition } from '@temporalio/workflow';
import type { UndoItem } from '../../activities';
import { patientContain } from '../lib/activities';
import type { Desk } from './desk';

/**
 * Mark in histories: what was begun is asked for before an incident is left unwatched, and before it closes. Runs of earlier versions
 * went by the results that their response had told them.
 */
export const ASKS_WHAT_IS_BEGUN = 'ask-what-is-begun';

/**
 * What the incident has put in force, in whole or in part, and nobody has undone, as tables and ledger tell it. Waits while they are away.
 *
 * @returns undefined when people ended the incident meanwhile: their order undoes it
 * @throws the failure of the activity when no time mends it
 */
export async function whatIsBegun(desk: Desk, summary: string): Promise<readonly UndoItem[] | undefined> {
  const scope = new CancellationScope();
  let over = false;
  const listed = scope
    .run(() => patientContain.listUndo(summary, desk.onBehalf))
    .finally(() => {
      over = true;
    });
  listed.catch(() => undefined);
  await condition(() => over || desk.orders.ended !== null);
  if (over) return listed;
  scope.cancel();
  await listed.catch(() => undefined);
  return undefined;
}
