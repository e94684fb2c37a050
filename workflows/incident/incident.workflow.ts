import { CancellationScope, allHandlersFinished, condition } from '@temporalio/workflow';
import type { Outcome } from '../../src/domain/words';
import type { IncidentInput } from '../messages';
import { authoriseResumed, authoriseStart } from './authorise-start';
import { closeIncident } from './close-incident';
import { escalateUntilAcknowledged } from './escalate-until-acknowledged';
import { openDesk } from './open-desk';
import { recordLate } from './record-late';
import { respond } from './respond';
import { startWatch } from './start-watch';
import { untilOver } from './until-over';

/**
 * One incident from declared to closed: it receives every message, owns the absolute deadline and the second try of the response,
 * the watch, release and the later report revisions (DESIGN §3).
 */
export async function incident(input: IncidentInput): Promise<Outcome> {
  const desk = openDesk(input);
  CancellationScope.current().cancelRequested.catch(() => desk.cancel());
  return CancellationScope.nonCancellable(async () => {
    if (input.resumed !== undefined) {
      if (!(await authoriseResumed(desk))) return desk.progress.outcome ?? 'refused';
    } else {
      if (!(await authoriseStart(desk))) return desk.progress.outcome ?? 'refused';
      void escalateUntilAcknowledged(desk);
      await respond(desk);
      await recordLate(desk);
      await startWatch(desk);
    }
    await untilOver(desk);
    const outcome = await closeIncident(desk);
    await condition(allHandlersFinished);
    return outcome;
  });
}
