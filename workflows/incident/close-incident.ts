import type { Outcome } from '../../src/domain/words';
import { settledWithin } from '../lib/deadline';
import { flow } from '../lib/activities';
import { faultOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { Desk } from './desk';

/** Closes the incident: a new report revision when the watch has ended or people have undone it (P1), then the last word. */
export async function closeIncident(desk: Desk): Promise<Outcome> {
  const { order } = desk.input;
  const { result } = desk;
  desk.closing = true;
  const outcome: Outcome = desk.orders.ended?.how === 'stand-down' ? 'stood-down' : (result?.outcome ?? 'manual');
  const undone = desk.orders.ended !== null;
  await desk.recorder.flushed();
  if (result !== null && (undone || desk.watch !== 'none')) {
    try {
      await flow.writeReport('write the closing revision of the report', {
        ...desk.onBehalf,
        revision: 2,
        outcome,
        abnormal: desk.progress.abnormal,
        securityState: desk.progress.securityState ?? result.securityState,
        failures: desk.progress.failures,
        nextSteps: undone ? [] : result.nextSteps,
        startedAt: order.declaredAt,
        endedAt: new Date().toISOString(),
        deadlineMet: result.deadlineMet,
        lateLedger: result.lateLedger || desk.recorder.lost > 0,
      });
    } catch (thrown) {
      desk.tell('failure', 'failure-closing-report', [
        { fact: 'report-not-written', report: 'closing', fault: faultOf(thrown) },
      ]);
    }
  }
  desk.update({ phase: 'closed', outcome, needsHuman: false });
  setAttributes({ Outcome: outcome });
  desk.recorder.note({
    key: 'closed',
    patch: { phase: 'closed' },
  });
  await desk.recorder.flushed();
  await settledWithin(10_000, 'hand over what people are to be told', () => desk.teller.idle);
  return outcome;
}
