import { Context } from '@temporalio/activity';
import { assess } from '../src/domain/assessment';
import { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { IncidentOrder } from '../src/domain/incident';
import { DETECTORS_SHARE, FLOOD_LIMITS, FLOOD_WINDOW_MS } from '../src/domain/numbers';
import { isRepeat } from '../src/domain/repeat';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { loadDocument, loadIncident, signedIncident } from './incident-record';
import { RateLimit } from './rate-limit';
import { stillAnswers } from './still-answers';

type SignedIncident = Awaited<ReturnType<typeof signedIncident>>;

/** Each look more means that another incident of the same detector has begun meanwhile. */
const MOST_LOOKS = 500;
const MOST_NAMED = 5;

/**
 * Before an incident begins (H8): a detector's repeat joins the open incident, and no more incidents are open at once than the
 * configuration allows, for one signer and in all, over all workers. Whatever is refused here has changed nothing on any host.
 */
export function admissions(deps: GuardedDeps) {
  const repeats = new RateLimit(FLOOD_WINDOW_MS, deps.now);

  /**
   * The open incident that the order only repeats. One that acts no more and contains nothing, or whose workflow was ended in Temporal,
   * answers nothing: nothing joins it.
   */
  async function repeated(later: SignedIncident, open: readonly IncidentId[]): Promise<IncidentId | undefined> {
    for (const incident of open) {
      const row = await loadIncident(deps, incident);
      const known = { order: row.order, document: await loadDocument(deps, incident) };
      if (!isRepeat(later, known) || !(await isRunning(incident))) continue;
      if (await stillAnswers(deps, row, later.order.hosts)) return incident;
    }
    return undefined;
  }

  async function join(confirmed: Confirmed<RespondOrder>, open: IncidentId): Promise<void> {
    const { incident, grantId, operator } = confirmed;
    const effects = deps.effects(confirmed);
    const count = await effects.admissions.join(incident, grantId, open);
    const at = deps.now().toISOString();
    const { phase } = await loadIncident(deps, open);
    const fact = { fact: 'reported-again', by: operator, repeats: count, last: incident } as const;
    await effects.responses.recordTimeline(open, 'repeats', { at, phase, kind: 'order', fact });
    if (!repeats.take(operator, FLOOD_LIMITS.repeats)) return;
    await deps.ledger.append([
      {
        key: `repeat:${incident}`,
        level: 'AUDIT',
        incident: open,
        actor: operator,
        stage: 'event',
        action: 'incident.repeated',
        subject: incident,
        detail: { repeats: String(count) },
        at,
      },
    ]);
  }

  /** A flood of trifles leaves places for what is severe, by what is derived and not only by what is stated. */
  function boundsFor(reported: SignedIncident | undefined): { readonly each: number; readonly all: number } {
    const { perDetector, detectors, perOperator, operators } = deps.site.openIncidents;
    if (reported === undefined) return { each: perOperator, all: operators };
    const share = DETECTORS_SHARE[assess(reported.order, reported.document).severity];
    const places = (bound: number): number => Math.max(1, Math.floor(bound * share));
    return { each: places(perDetector), all: places(detectors) };
  }

  /** @throws FirebreakError INCIDENT_JOINED, TOO_MANY_OPEN, WRONG_STATE when too many begin at the same moment */
  return async (confirmed: Confirmed<RespondOrder>, { incident, trigger, operator }: IncidentOrder): Promise<void> => {
    const reported = trigger === 'detector' ? await signedIncident(deps, confirmed) : undefined;
    const bounds = boundsFor(reported);
    const compared = new Set<IncidentId>();
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const open = reported === undefined ? [] : await deps.admissions.openOfDetector(operator);
      const others = open.filter((one) => !compared.has(one));
      const joined = reported === undefined || open.includes(incident) ? undefined : await repeated(reported, others);
      for (const one of others) compared.add(one);
      if (joined !== undefined) {
        await join(confirmed, joined);
        throw new FirebreakError('INCIDENT_JOINED', { cause: 'joined-incident', incident: joined });
      }
      const admission = await deps.effects(confirmed).admissions.admit(incident, confirmed.grantId, open, bounds);
      if (admission.verdict === 'admitted') return;
      if (admission.open !== undefined) throw tooManyOpen(admission.verdict, admission.open, trigger, operator);
    }
    throw new FirebreakError('WRONG_STATE', { cause: 'begin-at-once', by: operator });
  };
}

function tooManyOpen(
  verdict: 'each' | 'all',
  open: readonly IncidentId[],
  trigger: IncidentOrder['trigger'],
  operator: string,
): FirebreakError {
  const all = trigger === 'detector' ? 'detectors' : 'people';
  const named = open.slice(0, MOST_NAMED);
  return new FirebreakError('TOO_MANY_OPEN', {
    ...{ cause: 'open-count', open: open.length, named, more: open.length - named.length },
    whose: verdict === 'each' ? { operator } : all,
  });
}

async function isRunning(incident: IncidentId): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(incident).describe();
    return status.name === 'RUNNING';
  } catch {
    // Then it gets an incident of its own: rather twice than not at all.
    return false;
  }
}
