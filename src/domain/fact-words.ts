import { ERRORS } from './errors';
import type { Fact, FactTexts, Fault, NotContained, NotDone, UnheldProblem } from './fact';
import { factText } from './fact';

const STOPPED = { deadline: 'the time for the response is over', cancelled: 'the run was cancelled' } as const;
const NOT_DONE: Readonly<Record<NotDone, string>> = {
  'left-to-people': 'left to people',
  'nobody-approved': 'nobody approved in time',
  'not-approved': 'not approved',
};
const UNHELD: Readonly<Record<UnheldProblem, string>> = {
  'lost-again': 'it is lost again right after it was put back',
  'not-put-back': 'it is lost and cannot be put back',
  unreadable: 'it cannot be read back',
  'not-looked-at': 'it cannot be looked at',
};
const UNWRITTEN = { completion: 'report', closing: 'closing report', overview: 'joint overview' } as const;

/** Catalogue message and detail. */
export function faultInEnglish({ code, detail, limit }: Fault): string {
  if (limit !== undefined) return `time share of ${limit} used up`;
  const message = code === 'CANCELLED' ? 'It was cancelled.' : ERRORS[code].message;
  return detail === undefined ? message : `${message} ${detail}`;
}

export function whyNotContained(why: NotContained): string {
  if (why === 'must-stay-up') return 'the inventory says this host must stay up';
  if (why === 'not-in-order') return 'the order does not name this gateway';
  return why === 'not-approved' ? 'forced isolation was not approved' : faultInEnglish(why);
}

export function whyNotDone(why: NotDone): string {
  return NOT_DONE[why];
}

/** The facts in English: for notices, and for what a run records (timeline, failures, audit). */
export const FACTS_EN: FactTexts = {
  'in-words': ({ words, by }) => (by === undefined ? words : `${by}: ${words}`),

  stated: ({ type, severity, mode }) => `stated ${type}, ${severity}; mode ${mode}`,
  'evidence-tied': ({ types: [one, other] }) => `the evidence speaks equally for ${one} and ${other}`,
  'type-contradicted': ({ stated, derived, points }) =>
    `stated ${stated}, but the evidence speaks for ${derived} (${points[0]} to ${points[1]})`,
  'severity-contradicted': ({ stated, derived }) =>
    `stated ${stated}, but the evidence calls for ${derived}; the higher one is used`,
  'assessment-failed': ({ fault }) => `assessment failed: ${faultInEnglish(fault)}`,
  'not-assessed': () => 'the incident could not be assessed',
  'answer-within': ({ within }) => `answer within ${within}`,
  'nobody-classified': ({ within }) =>
    `nobody classified the incident within ${within}: nothing is contained, evidence is preserved`,
  'bag-not-opened': ({ fault }) => `the evidence bag could not be opened: ${faultInEnglish(fault)}`,
  'no-plan': ({ fault }) => `no plan could be made: ${faultInEnglish(fault)}`,
  'containment-up-to-people': () => 'containment is up to people',
  'tried-on': ({ within }) => `Firebreak tries on for at most ${within} and contains as soon as it can`,
  'hosts-unknown': ({ hosts }) => `not in the inventory, so nothing was done there: ${hosts.join(', ')}`,
  'nothing-contained': ({ refused }) =>
    refused === 0
      ? 'nothing is contained: no address, account or segment was named'
      : `nothing is contained: all ${refused} targets were refused`,
  'not-isolated': ({ hosts }) => `NOT isolated: ${hosts.join(', ')}`,

  'needs-approval': ({ acts, more }) =>
    `needs approval: ${acts.map((act) => act.words).join('; ')}${more === 0 ? '' : `; ${more} more`}`,
  'approve-within': ({ within }) => `answer within ${within}; silence means it is left out`,
  'forced-isolation-needs-approval': ({ host, within }) =>
    `access control failed on ${host}; forced isolation needs approval within ${within}`,
  'not-done': ({ act, why }) => `${act.words}: ${whyNotDone(why)}`,

  'volatile-not-captured': ({ host, fault }) => `volatile state of ${host} not captured: ${faultInEnglish(fault)}`,
  'absence-not-recorded': ({ host, source }) => `the absence of ${source} on ${host} could not be recorded in the bag`,
  'not-prepared': ({ host, fault }) => `${host} could not be prepared: ${faultInEnglish(fault)}`,
  'not-staged': ({ host, fault }) => `forced isolation could not be staged on ${host}: ${faultInEnglish(fault)}`,
  'state-not-read': ({ host, fault }) =>
    `security state of ${host} before containment not read: ${faultInEnglish(fault)}`,
  'act-failed': ({ act, fault }) => `${act.words} failed: ${faultInEnglish(fault)}`,
  'access-control-failed': ({ host, fault }) => `access control failed on ${host}: ${faultInEnglish(fault)}`,
  'forced-isolation-next': ({ host, code }) =>
    `access control failed on ${host} (${code}); forced isolation comes next`,
  'not-forced': ({ host, why }) =>
    `${host} is not isolated by force: ${why === 'drill' ? 'this is a drill' : 'people have taken over'}`,
  'controls-hold': ({ host }) => `${host}: the controls hold; only the answer of an act was lost`,
  'not-contained': ({ host, why }) => `${host} is NOT contained: ${whyNotContained(why)}`,
  'state-worse': () => 'the security state is worse than before containment',
  'host-failed': ({ host, fault }) => `${host}: ${faultInEnglish(fault)}`,
  'log-collection-failed': ({ host, fault }) => `log collection failed on ${host}: ${faultInEnglish(fault)}`,
  'alternative-under-way': () => 'alternative means are under way',
  'no-logs': ({ host, fault }) => `no log source of ${host} gave anything: ${faultInEnglish(fault)}`,
  'bag-not-sealed': ({ fault }) => `the evidence bag is not sealed: ${faultInEnglish(fault)}`,
  'not-in-tables': ({ fault }) => `what was done is not in the tables: ${faultInEnglish(fault)}`,
  'ledger-unreachable': ({ fault }) => `the ledger is still unreachable: ${faultInEnglish(fault)}`,
  'report-not-written': ({ report, fault }) =>
    `the ${UNWRITTEN[report]} could not be written: ${faultInEnglish(fault)}`,
  outcome: ({ outcome }) => `outcome: ${outcome}`,

  'next-people': ({ people }) => `next to call in: ${people.join(', ')}`,
  late: ({ box, host, left, forResponse }) =>
    `${host === undefined ? box : `${box}: ${host}`} is late; ${left} left for it, ${forResponse} for the response`,
  stopped: ({ why }) => STOPPED[why],
  'stopped-during': ({ why, boxes }) =>
    `${STOPPED[why]}${boxes.length === 0 ? '' : ` during: ${boxes.join(', ')}`}; what is not done is up to people`,
  'hand-over-incomplete': ({ fault }) => `hand-over incomplete: ${faultInEnglish(fault)}`,
  'failed-twice': ({ fault }) => `the response failed twice: ${faultInEnglish(fault)}`,
  'sealed-and-reported': () => 'what is there is sealed and reported',
  'cannot-respond': () => 'Firebreak cannot respond to this incident: act by hand',
  'incident-cancelled': () => 'somebody cancelled the incident in Temporal: what is in force stays in force',

  unacknowledged: (fact) => `nobody has acknowledged for ${fact.for}`,
  ended: ({ how, by }) => `${how} by ${by}`,
  'not-undone': ({ host, kind, fault }) => `${host}: ${kind} could not be undone: ${faultInEnglish(fault)}`,
  'expired-not-undone': ({ host, kind, fault }) =>
    `${host}: ${kind} has expired and could not be undone: ${faultInEnglish(fault)}`,
  'in-force-unknown': ({ fault }) => `what is in force could not be read: ${faultInEnglish(fault)}`,
  'act-half-done': ({ host, kind, until }) =>
    `${host}: ${kind} did not come to its end and may be in force; it is undone at ${until}`,
  'undo-by': ({ command }) => `undo it now: ${command}`,
  'order-again': ({ command }) => `order it again when the cause is gone: ${command}`,
  'bound-reached': ({ code, by }) =>
    `an order of ${by} did not begin because too many incidents are open (${code}); more like it are refused in silence for an hour`,
  'start-unauthorised': ({ code, by }) => `a response was started without authority (${code}), said to be by ${by}`,
  'order-unauthorised': ({ action, code, by }) =>
    by === undefined
      ? `an order (${action}) reached the response without authority (${code})`
      : `${action} without authority (${code}), said to be by ${by}`,

  'act-unauthorised': ({ act, code }) => `an act was called for without authority (${code}): ${act}`,
  'response-unauthorised': ({ fault }) => `a response was started without authority: ${faultInEnglish(fault)}`,

  'watch-not-started': () => 'the watch could not be started: lost controls are not put back',
  'watch-restarted': () => 'the watch had stopped or does not answer; it is started again',
  'controls-lost': ({ lost, restored }) => `${lost} controls were lost, ${restored} put back`,
  'control-lost': ({ host, target }) => `${host}: ${target}`,
  'control-unheld': ({ host, kind, problem, fault }) =>
    `${host}: ${kind}: ${UNHELD[problem]}${fault === undefined ? '' : `: ${faultInEnglish(fault)}`}`,
  'hosts-unwatched': ({ hosts }) => `${hosts.join(', ')}: cannot be reached, so lost controls are not noticed there`,
  'propose-isolation': ({ host, sessions }) => `isolate ${host}: ${sessions} attacker sessions are still alive`,
  'propose-look': ({ host, listener }) => `look at ${listener} on ${host}: nobody expects it to listen`,
  'propose-reassert': ({ host, controls }) => `re-assert ${controls} controls that ${host} lost`,

  'not-reached': ({ notice, people }) => `${notice}: not reached: ${people.join(', ')}`,
  'means-failed': ({ notice, means }) =>
    `${notice}: failed: ${means.join(', ')}; everybody was reached by another means`,
};

export function inEnglish(fact: Fact): string {
  return factText(FACTS_EN, fact);
}
