import { assess } from '../src/domain/assessment';
import type { ErrorCode } from '../src/domain/errors';
import { ERRORS, isErrorCode } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { IncidentOrder } from '../src/domain/incident';
import { defanged } from '../src/domain/notice-words';
import type { Severity } from '../src/domain/words';
import { closingPatch } from './closing';
import type { GuardedDeps, MayRefuse } from './guarded';
import { loadDocument, loadIncident } from './incident-record';

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
  /** Beyond a detector's bound the derived severity decides, as it does in admission. */
  async function severityOf(order: IncidentOrder, code: ErrorCode): Promise<Severity> {
    if (code !== 'TOO_MANY_OPEN' || order.trigger !== 'detector') return order.severity;
    return assess(order, await loadDocument(deps, order.incident)).severity;
  }

  return async (permission, input) => {
    const { incident } = input;
    const { incidents, responses, admissions } = deps.refusing(permission);
    const at = deps.now().toISOString();
    // By the tables: whoever calls could say of any start that it joined something.
    const joined = await deps.admissions.joinedTo(incident);
    if (joined !== undefined) {
      const fact = { fact: 'joined-to', incident: joined.incident } as const;
      await responses.recordTimeline(incident, 'joined', { at, phase: 'declared', kind: 'order', fact });
      await incidents.update(incident, await closingPatch(deps, incident, { outcome: 'joined' }));
      return { tellOfBound: false };
    }
    const code = codeOf(input);
    const { order } = await loadIncident(deps, incident);
    const severity = await severityOf(order, code);
    const event = {
      key: `progress:${incident}:start-refused:${String(input.grantId).slice(0, 64)}`,
      level: 'CRITICAL',
      incident,
      actor: 'firebreak',
      stage: 'event',
      action: 'start.refused',
      subject: incident,
      result: code,
      detail: { saidToBe: String(input.saidToBe).slice(0, 100), severity },
      at,
    } as const;
    const events = deps.refusals([event]);
    if (events.length > 0) await deps.ledger.append(events);
    // Before the incident is closed: who waits for that must find it.
    const fact = { fact: 'start-refused', fault: { code, ...detailOf(code, defanged(String(input.words))) } } as const;
    await responses.recordTimeline(incident, 'start-refused', { at, phase: 'declared', kind: 'failure', fact });
    // Told before of something less severe, people do not know of this one.
    const identity = `${order.trigger} ${order.operator} ${severity}`;
    const tellOfBound = code === 'TOO_MANY_OPEN' && (await admissions.mayTellOfBound(identity, incident));
    await incidents.update(incident, await closingPatch(deps, incident, { outcome: 'refused' }));
    return { tellOfBound };
  };
}

/** What the refusal said beyond the message of its code. */
function detailOf(code: ErrorCode, words: string): { readonly detail?: string } {
  const { message } = ERRORS[code];
  const detail = (words.startsWith(message) ? words.slice(message.length) : words).trim();
  return detail === '' ? {} : { detail };
}

function codeOf({ code }: RefusedStart): ErrorCode {
  const said = String(code);
  return isErrorCode(said) && said !== 'INCIDENT_JOINED' ? said : 'NOT_AUTHORISED';
}
