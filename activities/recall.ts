import type { Assessment } from '../src/domain/assessment';
import type { SealedBag } from '../src/domain/evidence';
import type { IncidentId } from '../src/domain/ids';
import type { ActionResult } from '../src/domain/plan';
import { settled } from '../src/domain/plan';
import type { WrittenReport } from '../src/domain/report';
import type { SecurityReading } from '../src/domain/security-state';
import type { Authority } from './caller';
import { authorities } from './authority';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';
import { loadIncident } from './incident-record';
import type { PlanSummary } from './plan';
import { planSummary } from './plan';
import { openPlan } from './sealed-plan';

/** What is on record of a response that failed. */
export interface RecalledResponse {
  readonly assessment: Assessment | null;
  readonly plan: PlanSummary | null;
  readonly results: readonly ActionResult[];
  readonly readingsBefore: readonly SecurityReading[];
  /** Hosts of which the bag holds something. */
  readonly preserved: { readonly volatile: readonly string[]; readonly logs: readonly string[] };
  readonly bag: SealedBag | null;
  readonly report: WrittenReport | null;
}

export function recallActivities(deps: GuardedDeps) {
  const authority = authorities(deps);
  return {
    /**
     * Reads back what a response has done, for the second try and the hand-over (B6). What the incident heard of it came by signals,
     * which anybody who reaches the Temporal server can send: what is not on record is not taken for done (B15).
     */
    recallResponse: (input: {
      readonly incident: IncidentId;
      readonly authority: Authority;
    }): Promise<RecalledResponse> =>
      activity(async () => {
        await authority.toRecord(input, 'recall');
        const { assessment, planHash, bag, report } = await loadIncident(deps, input.incident);
        const [plan, results, readings, preserved] = await Promise.all([
          planHash === null ? null : openPlan(deps, input.incident, planHash),
          deps.responses.results(input.incident),
          deps.responses.readings(input.incident),
          preservedIn(deps, input.incident),
        ]);
        return {
          assessment,
          plan: plan === null ? null : planSummary(plan.plan, deps.site),
          // An act that did not come to what it was for is done again. Forced isolation that was begun is not.
          results: results.filter(({ kind, counts }) => kind === 'forced-isolation' || settled(kind, counts)),
          readingsBefore: readings.before,
          preserved,
          bag,
          report,
        };
      }),
  };
}

async function preservedIn(
  deps: Pick<GuardedDeps, 'evidence'>,
  incident: IncidentId,
): Promise<RecalledResponse['preserved']> {
  // A bag that was never opened, or cannot be read, holds nothing to rely on.
  const entries = await deps.evidence.entries(incident).catch(() => []);
  const hostsOf = (...kinds: readonly string[]): readonly string[] => {
    const works = entries.filter((entry) => entry.type === 'artefact').map((entry) => entry.work.split(':'));
    return [...new Set(works.flatMap(([kind = '', host = '']) => (kinds.includes(kind) ? [host] : [])))];
  };
  return { volatile: hostsOf('volatile'), logs: hostsOf('logs', 'alternative') };
}
