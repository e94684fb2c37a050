import { CancellationScope, allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Outcome } from '../../src/domain/words';
import type { IncidentInput } from '../messages';
import { authoriseStart } from './authorise-start';
import { closeIncident } from './close-incident';
import { openDesk } from './open-desk';
import { escalateUntilAcknowledged } from './escalate-until-acknowledged';
import { respond } from './respond';
import { startWatch } from './start-watch';
import { undoEverything } from './undo-everything';

/**
 * One incident from declared to closed: it receives every message, owns the absolute deadline and the second try of the response,
 * the watch, release and the later report revisions (DESIGN §3).
 */
export async function incident(input: IncidentInput): Promise<Outcome> {
  const desk = openDesk(input);
  const { cancelRequested } = CancellationScope.current();
  // A cancel in the UI stops the response, which preserves and hands over; the incident itself lives on for release.
  return CancellationScope.nonCancellable(async () => {
    if (input.resumed === undefined) {
      if (!(await authoriseStart(desk))) return 'refused';
      await respond(desk, cancelRequested);
      await startWatch(desk);
    }
    void escalateUntilAcknowledged(desk);
    await condition(() => desk.overAndDone || workflowInfo().continueAsNewSuggested);
    if (!desk.overAndDone) {
      await condition(allHandlersFinished);
      await desk.recorder.flushed();
      return continueAsNew<typeof incident>({ ...input, resumed: desk.resumable() });
    }
    if (desk.orders.ended !== null) await undoEverything(desk);
    const outcome = await closeIncident(desk);
    await condition(allHandlersFinished);
    return outcome;
  });
}
