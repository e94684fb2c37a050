import { PLANNED } from '../../src/domain/numbers';
import { evidence } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wentWrong } from '../lib/failure';
import { pastOutage } from '../lib/past-outage';
import { inShare } from './in-share';
import { recordLate } from './record-late';
import type { ResponseRun } from './run';

const STEP = 'seal the evidence';

/** 証跡チェーン: plan and results go into the chain, then the bag is sealed and signed (E4). */
export async function sealEvidence(run: ResponseRun): Promise<void> {
  if (run.bag !== null) return;
  run.enter('sealing', STEP);
  try {
    run.bag = await inShare(run, { share: 'seal', box: STEP, plannedMs: PLANNED.seal }, async () => {
      await recordLate(run);
      return pastOutage(() => evidence.sealBag('seal and sign the evidence bag', run.onBehalf));
    });
    const { artefacts, absences, root } = run.bag;
    run.leave(STEP, 'done', { fact: 'sealed', artefacts, absences, root: root.slice(0, 12) });
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), run.input.attempt)) throw thrown;
    const fact = { fact: 'bag-not-sealed', fault: faultOf(thrown) } as const;
    run.leave(STEP, 'failed', wentWrong(thrown));
    run.failed(fact);
    run.raise('manual', fact);
    run.tell('manual-response', 'manual-seal', { facts: [fact] });
    run.nextSteps.push({ fact: 'do-seal' });
  }
}
