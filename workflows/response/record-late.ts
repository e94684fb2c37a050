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
  if (run.unrecorded.length === 0 && run.unrecordedResults.length === 0) return;
  run.lateLedger = true;
  // Kept until they are written: what cannot be written here, the incident writes later.
  const events = [...run.unrecorded];
  const results = [...run.unrecordedResults];
  const words = `append ${events.length} events that the ledger missed`;
  try {
    await withinShare({ step: words, shareMs: AT_MOST_MS }, () =>
      flow.recordLate(words, { incident: run.incident, events, results }),
    );
    run.unrecorded.splice(0, events.length);
    run.unrecordedResults.splice(0, results.length);
    run.changed();
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed({ fact: 'ledger-unreachable', fault: faultOf(thrown) });
  }
}
