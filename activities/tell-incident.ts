import { Context } from '@temporalio/activity';
import type { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';

/** Signal to the incident: something was called for without authority. */
export const UNAUTHORISED_ACT_SIGNAL = 'unauthorised-act';

/** Tells the incident of an act that was refused, so that people hear of it. */
export async function tellIncident(incident: IncidentId, act: string, error: FirebreakError): Promise<void> {
  try {
    await Context.current()
      .client.workflow.getHandle(incident)
      .signal(UNAUTHORISED_ACT_SIGNAL, { act, code: error.code });
  } catch {
    // Closed, or never started: the ledger has it.
    return;
  }
}
