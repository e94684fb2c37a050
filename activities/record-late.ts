import type { IncidentId } from '../src/domain/ids';
import type { ActionResult } from '../src/domain/plan';
import type { Control } from '../src/ports/repositories';
import type { Authority } from './caller';
import { authorities, forcedIsolationEnds } from './authority';
import { activity } from './failure';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { loadIncident } from './incident-record';
import type { LateRecord } from './late-record';
import { forcedControl, recordDone } from './record';
import { openPlan } from './sealed-plan';

export interface RecordLateInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  readonly records: readonly LateRecord[];
}

/** An attempt of which nothing else is known. */
const LATE = { execution: 'late', attempt: 1 } as const;

/** What was missed while tables and ledger were away; the queue `flow`. */
export function recordLateActivities(deps: GuardedDeps) {
  const authority = authorities(deps);

  /** What the act has put in force, by the sealed plan. A drill only checked, and puts nothing in force. */
  async function controlOf(
    { incident, order }: Confirmed<RespondOrder>,
    { kind, action, host }: ActionResult,
  ): Promise<Control | undefined> {
    if (order.drill) return undefined;
    if (kind === 'forced-isolation') return forcedControl(action, host, forcedIsolationEnds(order));
    const { planHash } = await loadIncident(deps, incident);
    if (planHash === null) return undefined;
    const { plan } = await openPlan(deps, incident, planHash);
    return plan.actions.find((candidate) => candidate.id === action);
  }

  return {
    /**
     * Writes what tables and ledger missed while they were unreachable: controls first, so that the watch and a release know of them
     * (B5, B11), then results and events (L1: marked late). Harmless when repeated. Nothing is taken but what a worker has sealed; throws
     * NOT_AUTHORISED otherwise.
     */
    recordLate: (input: RecordLateInput): Promise<void> =>
      activity(async () => {
        const { incident } = input;
        const confirmed = await authority.toRecord(input, 'record-late');
        const contents = await authority.openLate(input, input.records);
        const effects = deps.effects(confirmed);
        for (const { result, of = LATE } of contents) {
          if (result !== undefined) await recordDone(effects, incident, result, of, await controlOf(confirmed, result));
        }
        const events = contents.flatMap((content) => content.events);
        if (events.length > 0) await deps.ledger.append(events.map((event) => ({ ...event, incident, late: true })));
      }),
  };
}
