import { patched } from '@temporalio/workflow';
import { ENDED_BY, type EndingHow } from '../../src/domain/ending';
import type { Outcome } from '../../src/domain/words';
import { settledWithin } from '../lib/deadline';
import { setAttributes } from '../lib/search-attributes';
import type { Desk } from './desk';
import { supplementEvidence } from './supplement-evidence';
import { writeRevision } from './write-revision';

/** Mark in histories: what people took over after the last report stands in a new one. */
const REPORTS_TAKE_OVER = 'report-take-over';

/** Closes the incident: a new report revision when the watch has ended or people have undone it (P1), then the last word. */
export async function closeIncident(desk: Desk): Promise<Outcome> {
  const { result } = desk;
  desk.closing = true;
  const outcome = desk.outcomeBy(desk.orders.ended?.how);
  const undone = desk.orders.ended !== null;
  await desk.recorder.flushed();
  const isNews = undone || desk.watch !== 'none' || (desk.orders.takenOverBy !== null && patched(REPORTS_TAKE_OVER));
  if (isNews) {
    await supplementEvidence(desk);
    await writeRevision(
      desk,
      'write the closing revision of the report',
      'failure-closing-report',
      outcome,
      undone ? [] : (result?.nextSteps ?? []),
    );
  }
  const ended = endedBy(desk);
  desk.update({ phase: 'closed', outcome, needsHuman: false, ...(ended === undefined ? {} : { ended }) });
  setAttributes({ Outcome: outcome });
  desk.recorder.note({
    key: 'closed',
    patch: { phase: 'closed' },
  });
  await desk.recorder.flushed();
  await settledWithin(10_000, 'hand over what people are to be told', () => desk.teller.idle);
  return outcome;
}

/** For the Temporal UI; the tables go by what is on record. */
function endedBy({ orders, watch }: Desk): EndingHow | undefined {
  if (orders.ended !== null) return ENDED_BY[orders.ended.how];
  return watch === 'ended' ? 'expired' : undefined;
}
