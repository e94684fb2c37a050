import { flow } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import type { ResponseRun } from './run';

/** Appends what ledger and tables missed while they were unreachable, marked late (L1). */
export async function recordLate(run: ResponseRun): Promise<void> {
  await run.recorder.flushed();
  if (run.unrecorded.length === 0 && run.unrecordedResults.length === 0) return;
  run.lateLedger = true;
  const events = run.unrecorded.splice(0);
  const results = run.unrecordedResults.splice(0);
  try {
    await flow.recordLate(`append ${events.length} events that the ledger missed`, {
      incident: run.incident,
      events,
      results,
    });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.unrecorded.push(...events);
    run.unrecordedResults.push(...results);
    run.failed(`the ledger is still unreachable: ${wordsOf(thrown)}`);
  }
}
