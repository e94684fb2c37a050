import type { IncidentId } from './ids';
import { ACKNOWLEDGE_WITHIN_MS } from './numbers';
import { KNOWN_TYPES } from './policy';

export const QUESTION_KINDS = ['classification', 'approval', 'forced-isolation'] as const;

/** What a response asks people while it waits for them. */
export interface Question {
  readonly kind: (typeof QUESTION_KINDS)[number];
  /** Until when an answer counts; ISO 8601, UTC. */
  readonly until: string;
  /** The host to be forced. */
  readonly host?: string;
}

/** Kinds, times and hosts that there are; what else is said is left out. */
export function questionsFrom(said: unknown, hosts: readonly string[]): readonly Question[] {
  if (!Array.isArray(said)) return [];
  return said.slice(0, MOST_QUESTIONS).flatMap((one: Partial<Record<keyof Question, unknown>> | null) => {
    const kind = QUESTION_KINDS.find((known) => known === one?.kind);
    const at = typeof one?.until === 'string' ? Date.parse(one.until) : Number.NaN;
    if (kind === undefined || !Number.isFinite(at)) return [];
    const host = hosts.find((known) => known === one?.host);
    return [{ kind, until: new Date(at).toISOString(), ...(host === undefined ? {} : { host }) }];
  });
}

/** One thing that an incident waits for from people. */
export interface Waiting {
  readonly kind: Question['kind'] | 'acknowledgement' | 'undo' | 'hands';
  /** What is waited for, on one line. */
  readonly what: string;
  readonly who: string;
  /** The commands that end the waiting: any one of them. */
  readonly commands: readonly string[];
  /** Until when, ISO 8601, UTC; null when it waits for as long as it takes. */
  readonly until: string | null;
}

/** What is asked about, as far as it is known. */
export interface AskedAbout {
  readonly incident: IncidentId;
  readonly planHash: string | null;
  /** The acts that need approval, in words. */
  readonly needApproval: readonly string[];
}

/** One for each host, and those of the whole. */
const MOST_QUESTIONS = 1_000;
const RESPONDER = 'an operator with the role respond';
/** As many acts as one line names. */
const ACTS_NAMED = 3;

export function questionInWords(question: Question, about: AskedAbout): Waiting {
  const { incident } = about;
  const { kind, until } = question;
  if (kind === 'classification')
    return {
      kind,
      what: 'the type of the incident: nothing is cut off before it is known',
      who: RESPONDER,
      commands: KNOWN_TYPES.map((type) => `firebreak classify ${incident} --as ${type}`),
      until,
    };
  const plan = about.planHash?.slice(0, 12) ?? 'HASH';
  return {
    kind,
    what:
      kind === 'approval'
        ? `approval of the plan: ${named(about.needApproval)}; it also allows forced isolation of its hosts`
        : `approval of the plan, for the forced isolation of ${question.host ?? 'a host'}: ${named(about.needApproval)}`,
    who: 'an operator with the role approve, not the person who gave the order; neither may have enrolled the other',
    commands: ['approve', 'reject'].map((order) => `firebreak ${order} ${incident} --plan ${plan}`),
    until,
  };
}

/** What is on record of an incident. */
export interface OnRecord extends AskedAbout {
  readonly questions: readonly Question[];
  readonly declaredAt: string;
  readonly drill: boolean;
  readonly acknowledged: boolean;
  readonly responding: boolean;
  readonly closed: boolean;
  readonly needsHuman: boolean;
  /** Acts whose undo failed, or whose end is not confirmed. */
  readonly notUndone: number;
  /** Hosts that are another machine now than the one that an act was put on. */
  readonly otherMachines: readonly string[];
  /** Hosts that have lost their journal of an act that is in force there. */
  readonly lostJournals: readonly string[];
}

/** Everything that an incident waits for from people, the most urgent first. */
export function waitsFor(seen: OnRecord, now: number): readonly Waiting[] {
  if (seen.closed) return [];
  const { incident } = seen;
  const questions = seen.responding ? seen.questions : [];
  const asked = [...questions].sort((a, b) => Date.parse(a.until) - Date.parse(b.until));
  const waiting = asked.map((question) => questionInWords(question, seen));
  if (seen.notUndone > 0)
    waiting.push({
      kind: 'undo',
      what: `the undo of ${seen.notUndone === 1 ? '1 act' : `${seen.notUndone} acts`} that may be in force${otherMachinesInWords(seen)}${lostJournalsInWords(seen)}`,
      who: RESPONDER,
      commands: [
        ...seen.otherMachines.map((host) => `firebreak host repin ${host}`),
        `firebreak release ${incident} --wait`,
        ...[...new Set([...seen.otherMachines, ...seen.lostJournals])].map(
          (host) => `firebreak release ${incident} --gone ${host} --wait`,
        ),
      ],
      until: null,
    });
  // While it runs, hands are wanted at once; an acknowledgement holds nothing up.
  const wantsHands = seen.needsHuman && asked.every(({ until }) => Date.parse(until) <= now);
  if (wantsHands && seen.responding) waiting.push(hands(seen));
  if (!seen.acknowledged && !seen.drill)
    waiting.push({
      kind: 'acknowledgement',
      what: 'somebody who says that they have seen it',
      who: RESPONDER,
      commands: [`firebreak ack ${incident}`],
      until: nextCall(seen.declaredAt, now),
    });
  if (wantsHands && !seen.responding && seen.notUndone === 0) waiting.push(hands(seen));
  return waiting;
}

function otherMachinesInWords({ otherMachines }: OnRecord): string {
  if (otherMachines.length === 0) return '';
  return `; another machine now: ${otherMachines.join(', ')} (repin it, or give up what was on a machine that is gone)`;
}

function lostJournalsInWords({ lostJournals }: OnRecord): string {
  if (lostJournals.length === 0) return '';
  return `; journal lost: ${lostJournals.join(', ')} (put it right there by hand, then give it up)`;
}

function hands({ incident, responding }: OnRecord): Waiting {
  return {
    kind: 'hands',
    what: responding ? 'somebody who takes over by hand' : 'what the report leaves to people',
    who: RESPONDER,
    commands: responding
      ? [`firebreak take-over ${incident}`]
      : [`firebreak report ${incident}`, `firebreak release ${incident} --wait`],
    until: null,
  };
}

/** When the next tier is called for want of an acknowledgement; null after the last. */
function nextCall(declaredAt: string, now: number): string | null {
  const calls = [1, 2].map((times) => Date.parse(declaredAt) + times * ACKNOWLEDGE_WITHIN_MS);
  const next = calls.find((at) => at > now);
  return next === undefined ? null : new Date(next).toISOString();
}

function named(acts: readonly string[]): string {
  if (acts.length === 0) return 'the acts that need it';
  const more = acts.length - ACTS_NAMED;
  return `${acts.slice(0, ACTS_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
