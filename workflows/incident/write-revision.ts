import type { Recorded } from '../../src/domain/fact';
import type { Outcome } from '../../src/domain/words';
import { flow } from '../lib/activities';
import { faultOf } from '../lib/failure';
import type { Desk } from './desk';

/**
 * A new revision of the report, when people or time have ended the incident (P1): whatever came of it. What is in force by now, the worker
 * reads from the tables.
 *
 * @param key of the notice when it cannot be written
 */
export async function writeRevision(
  desk: Desk,
  summary: string,
  key: string,
  outcome: Outcome,
  nextSteps: readonly Recorded[],
): Promise<void> {
  const { result } = desk;
  if (result === null) return;
  try {
    await flow.writeReport(summary, {
      ...desk.onBehalf,
      revision: desk.revision + 1,
      outcome,
      abnormal: desk.progress.abnormal,
      securityState: desk.progress.securityState ?? result.securityState,
      failures: desk.progress.failures,
      nextSteps,
      startedAt: desk.order.declaredAt,
      endedAt: new Date().toISOString(),
      deadlineMet: result.deadlineMet,
      lateLedger: result.lateLedger || desk.recorder.lost > 0,
    });
    desk.revision += 1;
  } catch (thrown) {
    desk.tell('failure', key, [{ fact: 'report-not-written', report: 'closing', fault: faultOf(thrown) }]);
  }
}
