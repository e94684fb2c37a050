import type { ErrorCode } from '../src/domain/errors';
import { ERRORS, isErrorCode } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import { defanged } from '../src/domain/notice-words';
import { boundedRefusals } from './bounded-refusals';
import type { GuardedDeps, MayRefuse } from './guarded';
import { loadIncident } from './incident-record';

export interface RefusedStart {
  readonly incident: IncidentId;
  readonly grantId: string;
  readonly code: ErrorCode;
  /** What the refusal said. */
  readonly words: string;
  /** Who is said to have given the order; unproven. */
  readonly saidToBe: string;
}

export interface TurnedAway {
  /** Whether people are to hear that a bound is reached: once in a while for one identity (H8). */
  readonly tellOfBound: boolean;
}

/** Closes an incident that never begins, and says why. A repeat that joined an open incident is no refusal. */
export function refusedStarts(deps: GuardedDeps): (permission: MayRefuse, input: RefusedStart) => Promise<TurnedAway> {
  const bounded = boundedRefusals(deps.now, ({ detail }) => String(detail?.['saidToBe']));

  return async (permission, input) => {
    const { incident } = input;
    const { incidents, responses, admissions } = deps.refusing(permission);
    const at = deps.now().toISOString();
    // By the tables: whoever calls could say of any start that it joined something.
    const joined = await deps.admissions.joinedTo(incident);
    if (joined !== undefined) {
      const text = `joined ${joined.incident}: a repeat that brings nothing new`;
      await responses.recordTimeline(incident, 'joined', { at, phase: 'declared', kind: 'order', text });
      await incidents.update(incident, { phase: 'closed', outcome: 'joined', closedAt: at });
      return { tellOfBound: false };
    }
    const code = codeOf(input);
    const event = {
      key: `progress:${incident}:start-refused:${String(input.grantId).slice(0, 64)}`,
      level: 'CRITICAL',
      incident,
      actor: 'firebreak',
      stage: 'event',
      action: 'start.refused',
      subject: incident,
      result: code,
      detail: { saidToBe: String(input.saidToBe).slice(0, 100) },
      at,
    } as const;
    const events = bounded([event]);
    if (events.length > 0) await deps.ledger.append(events);
    // Before the incident is closed: who waits for that must find it.
    const text = `start refused: ${defanged(String(input.words))} ${ERRORS[code].hint}`;
    await responses.recordTimeline(incident, 'start-refused', { at, phase: 'declared', kind: 'failure', text });
    const { order } = await loadIncident(deps, incident);
    const tellOfBound =
      code === 'TOO_MANY_OPEN' && (await admissions.mayTellOfBound(`${order.trigger} ${order.operator}`, incident));
    await incidents.update(incident, { phase: 'closed', outcome: 'refused', closedAt: at });
    return { tellOfBound };
  };
}

function codeOf({ code }: RefusedStart): ErrorCode {
  const said = String(code);
  return isErrorCode(said) && said !== 'INCIDENT_JOINED' ? said : 'NOT_AUTHORISED';
}
