import { flow } from '../lib/activities';
import { settledWithin, withinShare } from '../lib/deadline';
import { codeOf, faultOf } from '../lib/failure';
import type { ResponseRun } from './run';

/** Tables that are out of reach must not use up the share of the box that needs them. */
const AT_MOST_MS = 20_000;

/** Appends what ledger and tables missed while they were unreachable, marked late (L1). */
export async function recordLate(run: ResponseRun): Promise<void> {
  const { recorder } = run.lines;
  recorder.flush();
  await settledWithin(AT_MOST_MS, 'wait until the progress is recorded', () => recorder.idle);
  if (run.unrecorded.length === 0) return;
  run.lateLedger = true;
  // Kept until they are written: what cannot be written here, the incident writes later.
  const records = [...run.unrecorded];
  const words = `write ${records.length} records that the ledger missed`;
  try {
    await withinShare({ step: words, shareMs: AT_MOST_MS }, () => flow.recordLate(words, { ...run.onBehalf, records }));
    run.unrecorded.splice(0, records.length);
    run.changed();
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed({ fact: 'ledger-unreachable', fault: faultOf(thrown) });
  }
}
