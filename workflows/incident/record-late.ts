import { patientFlow } from '../lib/activities';
import { faultOf } from '../lib/failure';
import type { Desk } from './desk';

/**
 * Writes what the response, or an undo, could not write because tables and ledger were away for longer than it lasts; waits until
 * they are back. Before the watch and before anything is undone: both go by what the tables list (B5, B11, B14, L1).
 */
export async function recordLate(desk: Desk): Promise<void> {
  const records = desk.late;
  if (records.length === 0) return;
  try {
    await patientFlow.recordLate(`write ${records.length} records that tables and ledger missed`, {
      ...desk.onBehalf,
      records,
    });
    desk.wroteLate(records.length);
    // What the record says of the outcome counts what was missed, too.
    if (desk.result !== null) desk.recorder.note({ key: 'outcome-late', patch: { outcome: desk.result.outcome } });
  } catch (thrown) {
    const fact = { fact: 'not-in-tables', fault: faultOf(thrown) } as const;
    desk.raise('manual', fact);
    desk.tell('manual-response', 'manual-unrecorded', [fact]);
  }
}
