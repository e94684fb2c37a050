import { patched } from '@temporalio/workflow';
import { laterStage } from '../../src/domain/words';
import { flow } from '../lib/activities';
import { faultOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { ResponseResult } from '../messages';
import type { Desk } from './desk';

/** Records what the response came to; the last of several incidents at once writes the joint overview (B9). */
export async function recordEnd(desk: Desk, result: ResponseResult): Promise<void> {
  const abnormal = laterStage(desk.progress.abnormal, result.abnormal);
  const needsHuman = abnormal !== 'none' && abnormal !== 'partial';
  desk.update({
    outcome: result.outcome,
    abnormal,
    securityState: result.securityState,
    needsHuman,
    questions: [],
    failures: result.failures,
    results: result.results,
  });
  setAttributes({ Outcome: result.outcome });
  desk.recorder.note({
    key: 'response-end',
    patch: {
      outcome: result.outcome,
      abnormal,
      securityState: result.securityState,
      needsHuman,
      questions: [],
      responseEndedAt: result.endedAt,
      deadlineMet: result.deadlineMet,
    },
  });
  await writeOverview(desk);
}

/** Mark in histories: also incidents of several triggers that are handled at once have a joint overview. */
const OVERVIEW_AT_ONCE = 'overview-at-once';

async function writeOverview(desk: Desk): Promise<void> {
  if (desk.order.group === undefined && !patched(OVERVIEW_AT_ONCE)) return;
  // Who ends last sees everybody's end in the tables.
  await desk.recorder.flushed();
  try {
    const overview = await flow.writeOverview(
      'write the joint overview, if several incidents were handled at once and this is the last',
      desk.onBehalf,
    );
    // Earlier versions answer with a word, and nobody is told.
    if (typeof overview !== 'object') return;
    const { incident } = desk.order;
    const others = overview.incidents.filter((member) => member !== incident);
    desk.tell(
      'completion',
      'completion-overview',
      [{ fact: 'overview-written', others }],
      `firebreak report ${incident}`,
    );
  } catch (thrown) {
    desk.tell('failure', 'failure-overview', [
      { fact: 'report-not-written', report: 'overview', fault: faultOf(thrown) },
    ]);
  }
}
