import { causeInEnglish } from './cause-words';
import { ERRORS } from './errors';
import type {
  Fact,
  FactTexts,
  LeftOut,
  NotByPolicy,
  NotContained,
  NotDone,
  Recorded,
  UnheldProblem,
  Worded,
} from './fact';
import { factText } from './fact';
import type { FailedTarget, Fault } from './fault';
import { codeOf, quotedEn } from './quotation';
import { remarksEn } from './remark-words';
import { isTargetReason, reasonsInEnglish } from './target-reason';
import type { DeliveryState } from './words';

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
  'another-machine': 'it is on another machine than the one that the inventory names now',
  'journal-lost': 'the host has lost its journal of it, so a release cannot undo it',
};
const UNWRITTEN = { completion: 'report', closing: 'closing report', overview: 'joint overview' } as const;

const LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  'not-in-inventory': 'not in the inventory',
  'gateway-not-in-inventory': 'not in the inventory, or its gateway is not',
  'must-stay-up': 'the inventory says this host must stay up',
  'account-elsewhere': 'the account’s host is not part of this response',
  'account-name': 'an account of digits only, or with a dollar sign, is not acted on',
  'root-account': 'root is never disabled',
  'own-account': 'Firebreak needs this account',
  'not-an-address': 'not an IPv4 or IPv6 address or prefix',
};
const NOT_BY_POLICY: Readonly<Record<NotByPolicy, string>> = {
  block: 'blocks no address',
  disable: 'disables no account',
  'isolate-host': 'isolates no host',
  'isolate-segment': 'isolates no segment',
};
const NO_ACCESS: Readonly<Record<Fact<'no-emergency-access'>['why'], string>> = {
  'not-configured': ': none is configured',
  detector: ': a detector gave the order',
  failed: '',
};
const CONTAIN: Readonly<Record<Fact<'do-contain'>['why'], string>> = {
  'no-plan': 'Contain by hand: no plan could be made',
  'all-refused': 'Contain by hand: every target was refused, the report says why',
  'nothing-named': 'Contain by hand, or respond again and name what is to be contained: nothing was named',
};
const ARRIVED: Readonly<Record<DeliveryState, string>> = {
  pending: 'sent, not confirmed yet',
  delivered: 'reached',
  failed: 'NOT reached',
  skipped: 'not sent',
};

/** `mallory: failed (the account is not locked and expired)`; the detail only where nothing is known by code. */
function targetInEnglish({ target, outcome, why = [], also = [], detail }: FailedTarget): string {
  const known = [reasonsInEnglish(why.filter(isTargetReason)), ...also.map(inEnglish)].filter((said) => said !== '');
  if (known.length > 0) return `${target}: ${outcome} (${known.join('; ')})`;
  return `${target}: ${outcome}${detail === undefined ? '' : ` ${quotedEn(detail)}`}`;
}

/** Commands for the first of these accounts; a name that a shell would not take as one word has none. */
export function byHand(accounts: readonly string[]): string {
  const plain = accounts.filter((name) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)).slice(0, 3);
  return plain.length === 0 ? '' : ` (${plain.map((name) => codeOf(`usermod -L -e 1 ${name}`)).join('; ')})`;
}

/** Catalogue message, and what did not hold by name or the detail. */
export function faultInEnglish({ code, why, detail, limit, targets = [], more = 0 }: Fault): string {
  if (limit !== undefined) return `time share of ${limit} used up`;
  const message = code === 'CANCELLED' ? 'It was cancelled.' : ERRORS[code].message;
  if (targets.length > 0)
    return `${message} ${[...targets.map(targetInEnglish), ...(more > 0 ? [`${more} more`] : [])].join('; ')}`;
  if (why !== undefined) return `${message} ${causeInEnglish(why)}`;
  return detail === undefined ? message : `${message} ${quotedEn(detail)}`;
}

function acts(list: Fact<'do-take-over'>['open'], more: number): string {
  return [...list.map((act) => act.words), ...(more === 0 ? [] : [`${more} more`])].join('; ');
}

export function whyNotContained(why: NotContained): string {
  if (why === 'must-stay-up') return 'the inventory says this host must stay up';
  if (why === 'not-in-order') return 'the order does not name this gateway';
  return why === 'not-approved' ? 'forced isolation was not approved' : faultInEnglish(why);
}

export function whyNotDone(why: NotDone): string {
  return NOT_DONE[why];
}

/** The facts in English: for every reader of English, and for the ledger. */
export const FACTS_EN: FactTexts = {
  recorded: ({ words }) => quotedEn(words),
  ...remarksEn(inEnglish, faultInEnglish),

  step: ({ box, note }) => (note === undefined ? box : `${box}: ${inEnglish(note)}`),
  stage: ({ stage, why }) => `${stage}: ${why.map(inEnglish).join('; ')}`,
  'second-try': ({ fault }) => `second try: ${faultInEnglish(fault)}`,
  'response-ended': ({ outcome, after }) => `response ended: ${outcome}, ${after} after the declaration`,
  'host-loaded': ({ host, percent }) =>
    `${host} is at ${percent} % load: its logs are collected after those of other hosts, until it is below`,
  'host-load-below': ({ host, percent }) => `${host} is at ${percent} % load again`,
  ordered: ({ action, by, gone, reason }) =>
    `${action} by ${by}${gone === undefined ? '' : ` (machine gone: ${gone.join(', ')})`}${reason === '' ? '' : `: ${quotedEn(reason)}`}`,
  'reported-again': ({ by, repeats, last }) =>
    `reported again by ${by}: ${repeats === 1 ? '1 repeat' : `${repeats} repeats`}, the last one ${last}`,
  'joined-to': ({ incident }) => `joined ${incident}: a repeat that brings nothing new`,
  'start-refused': ({ fault }) =>
    `start refused: ${faultInEnglish(fault)}${fault.code === 'CANCELLED' ? '' : ` ${ERRORS[fault.code].hint}`}`,
  unblocked: ({ host, unblocked, notInForce }) =>
    `${host}: ${unblocked} addresses unblocked${notInForce === 0 ? '' : `, ${notInForce} were not in force any more`}`,
  'act-ended': ({ host, kind, target, asked, inForce, rung, drill }) =>
    `${host}: ${kind}${target === undefined ? '' : ` ${target}`}: ${inForce} of ${asked} ${drill ? 'would be ' : ''}in force${rung === '' ? '' : ` (${rung})`}`,
  'act-undone': ({ host, kind, how, code, by }) => {
    if (how === 'failed') return `${host}: ${kind}: the undo failed${code === undefined ? '' : ` (${code})`}`;
    if (how === 'given-up')
      return `${host}: ${kind} given up${by === undefined ? '' : ` by ${by}`}, because the machine or its journal is gone`;
    return `${host}: ${kind} ${how === 'expired' ? 'expired and was undone' : 'undone'}`;
  },
  told: ({ notice, state, people, more }) =>
    `notice ${notice}: ${ARRIVED[state]}: ${[
      ...people.map(({ person, channel }) => `${person} (${channel})`),
      ...(more === 0 ? [] : [`${more} more`]),
    ].join(', ')}`,
  'not-listed': ({ what, count }) => `${count} more ${what}: see the section about them`,

  'went-wrong': ({ fault }) => faultInEnglish(fault),
  'by-order': () => 'by order',
  'nothing-to-do': ({ what }) => (what === 'no-act' ? 'the plan contains nothing' : 'no host to watch more closely'),
  'on-its-way': () => 'on its way',
  assessed: ({ type, severity, confidence }) => `${type}, ${severity}, confidence ${confidence}`,
  classified: ({ type, by }) => `classified as ${type} by ${by}`,
  'nobody-answered': ({ within }) => `nobody answered within ${within}`,
  'ended-by-order': () => 'ended by an order',
  planned: ({ acts: count, refused, planHash }) => `${count} acts, ${refused} targets refused, plan ${planHash}`,
  'holds-by': ({ rung }) => `holds by ${rung}`,
  'on-hosts': ({ hosts }) => `${hosts} hosts`,
  'failed-on': ({ hosts }) => `failed on ${hosts.join(', ')}`,
  'failed-each': ({ each }) => each.map(({ host, fault }) => `${host}: ${faultInEnglish(fault)}`).join('; '),
  'cut-short': () => 'cut short by the answer',
  'nothing-from': ({ hosts }) => `nothing from ${hosts.join(', ')}`,
  'not-captured': ({ hosts }) => `not captured: ${hosts.join(', ')}`,
  sealed: ({ artefacts, absences, root }) => `${artefacts} artefacts, ${absences} absences, root ${root}`,

  'taken-over': ({ by }) => `taken over by ${by}`,
  'escalated-by': ({ by, reason }) => `escalated by ${by}${reason === '' ? '' : `: ${quotedEn(reason)}`}`,
  'nobody-named-type': () => 'nobody classified the incident',
  'no-plan-made': () => 'no plan was made',
  'no-logs-from': ({ host }) => `no logs from ${host}`,
  'no-emergency-access': ({ host, why }) => `no emergency access on ${host}${NO_ACCESS[why]}`,
  'people-must-respond': () => 'people must respond by hand',
  'not-read-back': ({ host, fault }) =>
    `${host === undefined ? 'what the failed response has done' : `${host}: what was done`} could not be read back: ${faultInEnglish(fault)}`,

  'do-assess': () => 'Assess and contain by hand: the incident could not be assessed',
  'do-classify': () => 'Classify the incident and decide on containment: nothing was cut off',
  'do-contain': ({ why }) => CONTAIN[why],
  'do-look-at': ({ hosts }) => `Look at ${hosts.join(', ')} by hand: not in the inventory, so nothing was done there`,
  'do-cut-off': ({ host, why }) => `Cut ${host} off by hand NOW. Firebreak has not done it: ${whyNotContained(why)}`,
  'do-look-at-forced': ({ host, rung, access }) =>
    `${host} is cut off by force (${rung}): look at it ${access ? 'through emergency access' : 'at its console or from a management address'}, then release`,
  'do-secure-logs': ({ host }) => `Secure the logs of ${host} by hand: no source gave anything`,
  'do-decide': ({ act }) => `Decide on: ${act.words} (not approved)`,
  'do-seal': () => 'Free the forensics directory and seal the bag: it is kept as it is, unsealed',
  'do-respond': ({ fault }) => `Respond by hand: the response failed twice: ${faultInEnglish(fault)}`,
  'do-take-over': ({ why, open, more }) =>
    `Take over: ${STOPPED[why]}; open acts: ${open.length === 0 ? 'none' : acts(open, more)}`,
  'do-undo': ({ host, kind, code, command }) =>
    `Undo ${kind} on ${host}, it may still be in force (${code ?? 'not confirmed'}): ${codeOf(command)}`,
  'do-correct-machine': ({ host, command }) =>
    `${host} is another machine now: correct its address and key, or give up what was on it: ${codeOf(command)}`,
  'do-put-right': ({ host, command }) =>
    `Put it right by hand on ${host}, whose journal of the act is lost; then give it up: ${codeOf(command)}`,
  'when-over': ({ command }) => `When it is over: ${codeOf(command)}`,
  'false-alarm': ({ command }) => `A false alarm: ${codeOf(command)}`,

  'only-monitored': ({ reason, ordered }) =>
    `critical incident is only monitored, ${
      ordered ? `by order: ${reason === undefined ? 'no reason given' : quotedEn(reason)}` : 'not by order'
    }`,
  'not-classified': () => 'the incident type is not classified: nothing is contained',
  'doubt-lowers': ({ from, to }) => `doubt lowers the unattended response from ${from} to ${to}`,
  'detector-bound': ({ maximum, asked }) =>
    `a detector may not go beyond ${maximum} without a person: ${asked} was asked for`,
  'left-out': ({ why }) => LEFT_OUT[why],
  'left-out-by-policy': ({ what, type, severity, mode }) =>
    `the policy for ${type}, ${severity}, ${mode} ${NOT_BY_POLICY[what]}`,
  'host-inside': ({ host }) => `${host} lies in it, and the inventory says it must stay up`,
  'range-protected': ({ range, label }) => `${range} is protected: ${quotedEn(label)}`,
  'range-too-wide': ({ prefix, allowed }) => `/${prefix} is wider than the allowed /${allowed}`,

  'indicator-speaks': ({ indicator, count, type, weight }) =>
    `${indicator} × ${count} speaks for ${type}, weight ${weight}`,
  'indicator-calls': ({ indicator, count, severity }) => `${indicator} × ${count} calls for ${severity}`,
  'hosts-touched': ({ hosts }) => `${hosts} hosts are touched`,
  'scope-calls': ({ of, count }) => `${count} ${of} are touched`,
  'segment-touched': ({ hosts, segments }) => `${hosts} hosts, ${segments} segments: a whole segment is touched`,

  'in-words': ({ words, by }) => (by === undefined ? quotedEn(words) : `${by}: ${quotedEn(words)}`),

  stated: ({ type, severity, mode }) => `stated ${type}, ${severity}; mode ${mode}`,
  'evidence-tied': ({ types: [one, other] }) => `the evidence speaks equally for ${one} and ${other}`,
  'type-contradicted': ({ stated, derived, points }) =>
    `stated ${stated}, but the evidence speaks for ${derived} (${points[0]} to ${points[1]})`,
  'severity-contradicted': ({ stated, derived }) =>
    `stated ${stated}, but the evidence calls for ${derived}; the higher one is used`,
  'assessment-failed': ({ fault }) => `assessment failed: ${faultInEnglish(fault)}`,
  'not-assessed': () => 'the incident could not be assessed',
  'answer-within': ({ within }) => `answer within ${within}`,
  'classify-as': ({ type, command }) => `if it is ${type}: ${codeOf(command)}`,
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

  'needs-approval': ({ acts: waiting, more }) => `needs approval: ${acts(waiting, more)}`,
  'approve-within': ({ within }) => `answer within ${within}; silence means it is left out`,
  'reject-by': ({ command }) => `if it must not be done: ${codeOf(command)}`,
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
  'uid-shared': ({ host, account, others }) =>
    `${host}: ${account} is disabled, but other names of its uid still get in: ${others.join(', ')}; disable each on the host${byHand(others)} or by an order of its own`,
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
  'host-still-loaded': ({ host, percent }) => `${host} is at ${percent} % load while it is watched`,
  'worker-loaded': ({ worker, percent, atOnce }) =>
    `the worker on ${worker} is at ${percent} % load: it collects from ${atOnce} hosts at a time, until it is below`,
  'no-logs': ({ host, fault }) => `no log source of ${host} gave anything: ${faultInEnglish(fault)}`,
  'bag-not-sealed': ({ fault }) => `the evidence bag is not sealed: ${faultInEnglish(fault)}`,
  'no-supplement': ({ fault }) => `what came after the seal is in no evidence bag: ${faultInEnglish(fault)}`,
  'not-in-tables': ({ fault }) => `what was done is not in the tables: ${faultInEnglish(fault)}`,
  'ledger-unreachable': ({ fault }) => `the ledger is still unreachable: ${faultInEnglish(fault)}`,
  'report-not-written': ({ report, fault }) =>
    `the ${UNWRITTEN[report]} could not be written: ${faultInEnglish(fault)}`,
  'overview-written': ({ others }) => `the joint overview is written, together with ${others.join(', ')}`,
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
  'undo-by': ({ command }) => `undo it now: ${codeOf(command)}`,
  'if-machine-gone': ({ host, command }) => `if the machine of ${host} is gone for good: ${codeOf(command)}`,
  'given-up': ({ hosts, by }) => `given up by ${by}, because the machine or its journal is gone: ${hosts.join(', ')}`,
  'order-again': ({ command }) => `order it again when the cause is gone: ${codeOf(command)}`,
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
  'propose-upstream': ({ host, perMinute }) =>
    `have the attack on ${host} filtered upstream: ${perMinute} packets a minute are still dropped there`,
  'propose-reassert': ({ host, controls }) => `re-assert ${controls} controls that ${host} lost`,

  'not-reached': ({ notice, people }) => `${notice}: not reached: ${people.join(', ')}`,
  'told-by-call': ({ notice }) => `told by the call about ${notice}`,
  'means-failed': ({ notice, means }) =>
    `${notice}: failed: ${means.join(', ')}; everybody was reached by another means`,
};

/** Several, as one text. */
export function allInEnglish(facts: readonly Recorded[]): Worded {
  return facts.map(inEnglish).join('; ') as Worded;
}

/** Total, as `factText` is. */
export function inEnglish(recorded: Recorded): Worded {
  return factText(FACTS_EN, recorded) as Worded;
}
