import { PLANNED, TIME_SHARES } from '../../src/domain/numbers';
import { evidence } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { recordLate } from './record-late';
import type { ResponseRun } from './run';

const STEP = 'seal the evidence';

/** 証跡チェーン: plan and results go into the chain, then the bag is sealed and signed (E4). */
export async function sealEvidence(run: ResponseRun): Promise<void> {
  if (run.bag !== null) return;
  run.enter('sealing', STEP);
  await recordLate(run);
  try {
    run.bag = await withinShare({ step: STEP, shareMs: TIME_SHARES.seal, plannedMs: PLANNED.seal }, () =>
      evidence.sealBag('seal and sign the evidence bag', {
        incident: run.incident,
        planHash: run.plan?.planHash ?? null,
      }),
    );
    run.leave(
      STEP,
      'done',
      `${run.bag.artefacts} artefacts, ${run.bag.absences} absences, root ${run.bag.root.slice(0, 12)}`,
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED' || codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.leave(STEP, 'failed', wordsOf(thrown));
    run.failed(`the evidence bag is not sealed: ${wordsOf(thrown)}`);
    run.raise('manual', 'the evidence bag is not sealed');
    run.tell('manual-response', 'manual-seal', { facts: [`the evidence bag is not sealed: ${wordsOf(thrown)}`] });
    run.nextSteps.push('Free the forensics directory and seal the bag: it is kept as it is, unsealed.');
  }
}
