import type { SealedBag } from '../src/domain/evidence';
import type { IncidentId } from '../src/domain/ids';
import type { Authority } from './caller';
import { authorities } from './authority';
import { activity } from './failure';
import { fillSupplement, openSupplement, recordSealed, type SupplementJob } from './fill-supplement';
import type { GuardedDeps } from './guarded';
import { demandOver } from './incident-over';
import { loadIncident } from './incident-record';

export interface SupplementInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  readonly workflow: { readonly id: string; readonly runId: string };
}

/** What came after the seal; the queue `evidence`. */
export function supplementActivities(deps: GuardedDeps) {
  const authority = authorities(deps);

  return {
    /**
     * A sealed supplement bag with what came after the seal (E7): later logs, the end of each act, the last readings, and the programs
     * that undid. Only the incident itself has one made, when it is over; a second call gives the first one's bag.
     * @throws FirebreakError NOT_AUTHORISED, WRONG_STATE when the first bag is not sealed, EVIDENCE_BUSY
     */
    supplementBag: (input: SupplementInput): Promise<SealedBag> =>
      activity(async (scope) => {
        const { incident } = input;
        const confirmed = await authority.toSupplement(input);
        await demandOver(deps, await loadIncident(deps, incident));
        const effects = deps.effects(confirmed);
        const job: SupplementJob = {
          incident,
          started: confirmed.order,
          operator: confirmed.operator,
          authority: 'what came after the seal, at the end of the incident',
          // Its runs share one bag, whatever the caller says.
          workflow: { id: incident, runId: input.workflow.runId },
        };
        const opened = await openSupplement(deps, effects, job);
        if ('sealed' in opened) {
          await recordSealed(deps, effects, incident, opened.id, opened.sealed);
          return opened.sealed;
        }
        await fillSupplement(deps, effects, job, opened, scope);
        const bag = await opened.store.seal(incident);
        await recordSealed(deps, effects, incident, opened.id, bag);
        return bag;
      }),
  };
}
