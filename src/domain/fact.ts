import type {
  AbnormalStage,
  Channel,
  DeliveryState,
  IncidentType,
  NoticeKind,
  Outcome,
  ResponseMode,
  Severity,
} from './words';
import type { BoxName } from './boxes';
import type { Fault } from './fault';
import type { IndicatorKind } from './incident';
import type { ActionKind } from './plan';
import type { RemarkParts } from './remark';

/** An act of the plan, as far as people are told of it. */
export interface Act {
  readonly kind: ActionKind;
  readonly host: string;
  readonly targets: number;
  /** The account or segment, where there is one. */
  readonly target?: string;
  readonly bothWays?: boolean;
  /** In an operator's words, English, at most 100 characters. */
  readonly words: string;
}

/** Why an act of the plan was left out. */
export type NotDone = 'left-to-people' | 'nobody-approved' | 'not-approved';
/** Why a host was not cut off by force. */
export type NotContained = 'must-stay-up' | 'not-approved' | 'not-in-order' | Fault;

/** Why a target is left out of a plan, where nothing more is to be said. */
export const LEFT_OUT = [
  'not-in-inventory',
  'gateway-not-in-inventory',
  'must-stay-up',
  'account-elsewhere',
  'account-name',
  'root-account',
  'own-account',
  'not-an-address',
] as const;
export type LeftOut = (typeof LEFT_OUT)[number];
/** What a cell of the policy table does not do. */
export const NOT_BY_POLICY = ['block', 'disable', 'isolate-host', 'isolate-segment'] as const;
export type NotByPolicy = (typeof NOT_BY_POLICY)[number];

/** Why a control that is wanted is not known to hold. */
export type UnheldProblem =
  'lost-again' | 'not-put-back' | 'unreadable' | 'not-looked-at' | 'another-machine' | 'journal-lost';

interface OnHost {
  readonly host: string;
}
interface Failed {
  readonly fault: Fault;
}
interface Within {
  /** `5:00` */
  readonly within: string;
}
interface Undo extends OnHost, Failed {
  readonly kind: ActionKind | 'forced-isolation';
}
interface OnHosts {
  readonly hosts: readonly string[];
}
interface ToRun {
  /** A command line of Firebreak. */
  readonly command: string;
}
type Nothing = Readonly<Record<never, never>>;

/**
 * Every fact that is recorded or that people are told, with what it is about; the sentence is made where it is read (N6, P1). Texts of
 * hosts, libraries and people in it stand as quotations in every language.
 */
interface FactParts extends RemarkParts {
  /** A sentence that an earlier version of Firebreak has recorded. */
  recorded: { readonly words: Worded };

  // What the timeline says.
  /** A box of the chart, and what came of it. */
  step: { readonly box: BoxName; readonly note?: Recorded };
  /** A stage of the abnormal end (B8). */
  stage: { readonly stage: Exclude<AbnormalStage, 'none'>; readonly why: readonly Fact[] };
  'second-try': Failed;
  /** `after` the declaration, as `0:23`. */
  'response-ended': { readonly outcome: Outcome; readonly after: string };
  /** Load in percent of the processors. */
  'host-loaded': OnHost & { readonly percent: number };
  'host-load-below': OnHost & { readonly percent: number };
  /** `action` is as it was sent. */
  ordered: {
    readonly action: string;
    readonly by: string;
    /** Hosts whose machine is gone, says the order. */
    readonly gone?: readonly string[];
    readonly reason: string;
  };
  'reported-again': { readonly by: string; readonly repeats: number; readonly last: string };
  'joined-to': { readonly incident: string };
  'start-refused': Failed;
  unblocked: OnHost & { readonly unblocked: number; readonly notInForce: number };
  /** An act with its result; a block of 1,000 addresses is one. */
  'act-ended': OnHost & {
    readonly kind: ActionKind | 'forced-isolation';
    /** The account or segment, where there is one. */
    readonly target?: string;
    readonly asked: number;
    readonly inForce: number;
    readonly rung: string;
    /** A drill only looks. */
    readonly drill: boolean;
  };
  'act-undone': OnHost & {
    readonly kind: ActionKind | 'forced-isolation';
    readonly how: 'by-order' | 'expired' | 'failed' | 'given-up';
    /** Why it failed. */
    readonly code?: string;
    /** Who ordered that it is given up, because the machine is gone. */
    readonly by?: string;
  };
  /** A notice to some people, by what means, and whether it arrived. */
  told: {
    readonly notice: NoticeKind;
    readonly state: DeliveryState;
    readonly people: readonly { readonly person: string; readonly channel: Channel }[];
    /** People that are not named. */
    readonly more: number;
  };
  /** Entries that the timeline leaves out. */
  'not-listed': { readonly what: 'acts' | 'notices'; readonly count: number };

  // What came of a step.
  'went-wrong': Failed;
  'by-order': Nothing;
  'nothing-to-do': { readonly what: 'no-act' | 'no-host' };
  'on-its-way': Nothing;
  assessed: { readonly type: IncidentType; readonly severity: Severity; readonly confidence: number };
  classified: { readonly type: IncidentType; readonly by: string };
  'nobody-answered': Within;
  'ended-by-order': Nothing;
  planned: { readonly acts: number; readonly refused: number; readonly planHash: string };
  'holds-by': { readonly rung: string };
  'on-hosts': { readonly hosts: number };
  'failed-on': OnHosts;
  'failed-each': { readonly each: readonly (OnHost & Failed)[] };
  /** The question was answered meanwhile. */
  'cut-short': Nothing;
  'nothing-from': OnHosts;
  'not-captured': OnHosts;
  sealed: { readonly artefacts: number; readonly absences: number; readonly root: string };

  // Why a stage was reached.
  'taken-over': { readonly by: string };
  'escalated-by': { readonly by: string; readonly reason: string };
  'nobody-named-type': Nothing;
  'no-plan-made': Nothing;
  'no-logs-from': OnHost;
  'no-emergency-access': OnHost & { readonly why: 'not-configured' | 'detector' | 'failed' };
  'people-must-respond': Nothing;
  /** On one host, or of the whole response. */
  'not-read-back': Failed & { readonly host?: string };

  // What people have to do.
  'do-assess': Nothing;
  'do-classify': Nothing;
  'do-contain': { readonly why: 'no-plan' | 'all-refused' | 'nothing-named' };
  'do-look-at': OnHosts;
  'do-cut-off': OnHost & { readonly why: NotContained };
  /** It is cut off by force; whether there is emergency access to it. */
  'do-look-at-forced': OnHost & { readonly rung: string; readonly access: boolean };
  'do-secure-logs': OnHost;
  'do-decide': { readonly act: Act };
  'do-seal': Nothing;
  'do-respond': Failed;
  'do-take-over': {
    readonly why: 'deadline' | 'cancelled';
    readonly open: readonly Act[];
    /** Open acts that are not named. */
    readonly more: number;
  };
  /** `code` says why the undo failed; absent when its end is only not confirmed. */
  'do-undo': OnHost & ToRun & { readonly kind: ActionKind | 'forced-isolation'; readonly code?: string };
  /** The machine of the host is another one; the command gives up what is on it. */
  'do-correct-machine': OnHost & ToRun;
  'do-put-right': OnHost & ToRun;
  'when-over': ToRun;
  'false-alarm': ToRun;

  // What a plan does otherwise than was asked, or leaves out.
  'only-monitored': { readonly reason?: string; readonly ordered: boolean };
  'not-classified': Nothing;
  'doubt-lowers': { readonly from: ResponseMode; readonly to: ResponseMode };
  'detector-bound': { readonly maximum: ResponseMode; readonly asked: ResponseMode };
  'left-out': { readonly why: LeftOut };
  'left-out-by-policy': {
    readonly what: NotByPolicy;
    readonly type: IncidentType;
    readonly severity: Severity;
    readonly mode: ResponseMode;
  };
  'host-inside': OnHost;
  'range-protected': { readonly range: string; readonly label: string };
  'range-too-wide': { readonly prefix: number; readonly allowed: number };

  // Rows of the decision table that spoke.
  'indicator-speaks': {
    readonly indicator: IndicatorKind;
    readonly count: number;
    readonly type: IncidentType;
    readonly weight: number;
  };
  'indicator-calls': { readonly indicator: IndicatorKind; readonly count: number; readonly severity: Severity };
  'hosts-touched': { readonly hosts: number };
  'scope-calls': { readonly of: 'accounts' | 'services'; readonly count: number };
  'segment-touched': { readonly hosts: number; readonly segments: number };

  // What notices tell, and what has failed.
  /** What somebody wrote; verbatim in every language. */
  'in-words': { readonly words: string; readonly by?: string };

  stated: { readonly type: IncidentType; readonly severity: Severity; readonly mode: ResponseMode };
  'evidence-tied': { readonly types: readonly [IncidentType, IncidentType] };
  'type-contradicted': {
    readonly stated: IncidentType;
    readonly derived: IncidentType;
    /** Points for the derived type, then for the stated one. */
    readonly points: readonly [number, number];
  };
  'severity-contradicted': { readonly stated: Severity; readonly derived: Severity };
  'assessment-failed': Failed;
  'not-assessed': Nothing;
  'answer-within': Within;
  /** The command that classifies it so. */
  'classify-as': ToRun & { readonly type: IncidentType };
  'nobody-classified': Within;
  'bag-not-opened': Failed;
  'no-plan': Failed;
  'containment-up-to-people': Nothing;
  /** It is tried on without people having to ask for it. */
  'tried-on': Within;
  'hosts-unknown': { readonly hosts: readonly string[] };
  'nothing-contained': { readonly refused: number };
  'not-isolated': { readonly hosts: readonly string[] };

  'needs-approval': { readonly acts: readonly Act[]; readonly more: number };
  'approve-within': Within;
  'reject-by': ToRun;
  'forced-isolation-needs-approval': OnHost & Within;
  'not-done': { readonly act: Act; readonly why: NotDone };

  'volatile-not-captured': OnHost & Failed;
  'absence-not-recorded': OnHost & { readonly source: 'volatile' | 'logs' };
  'not-prepared': OnHost & Failed;
  'not-staged': OnHost & Failed;
  'state-not-read': OnHost & Failed;
  'act-failed': { readonly act: Act } & Failed;
  'access-control-failed': OnHost & Failed;
  /** Other names of a disabled account's uid, which still get in. */
  'uid-shared': OnHost & { readonly account: string; readonly others: readonly string[] };
  'forced-isolation-next': OnHost & { readonly code: Fault['code'] };
  'not-forced': OnHost & { readonly why: 'drill' | 'taken-over' };
  /** Its acts are on record as done, though the run was told that they had failed. */
  'controls-hold': OnHost;
  'not-contained': OnHost & { readonly why: NotContained };
  'state-worse': Nothing;
  'host-failed': OnHost & Failed;
  'log-collection-failed': OnHost & Failed;
  'alternative-under-way': Nothing;
  'host-still-loaded': OnHost & { readonly percent: number };
  'worker-loaded': { readonly worker: string; readonly percent: number; readonly atOnce: number };
  'no-logs': OnHost & Failed;
  'bag-not-sealed': Failed;
  'no-supplement': Failed;
  'ledger-unreachable': Failed;
  'not-in-tables': Failed;
  'report-not-written': { readonly report: 'completion' | 'closing' | 'overview' } & Failed;
  /** The joint overview tells of these incidents too. */
  'overview-written': { readonly others: readonly string[] };
  outcome: { readonly outcome: Outcome };

  'next-people': { readonly people: readonly string[] };
  late: { readonly box: BoxName; readonly host?: string; readonly left: string; readonly forResponse: string };
  stopped: { readonly why: 'deadline' | 'cancelled' };
  'stopped-during': { readonly why: 'deadline' | 'cancelled'; readonly boxes: readonly BoxName[] };
  'hand-over-incomplete': Failed;
  'failed-twice': Failed;
  'sealed-and-reported': Nothing;
  'cannot-respond': Nothing;
  'incident-cancelled': Nothing;

  unacknowledged: { readonly for: string };
  ended: { readonly how: 'release' | 'stand-down'; readonly by: string };
  'not-undone': Undo;
  'expired-not-undone': Undo;
  'in-force-unknown': Failed;
  /** An act was begun and did not come to its end; `until` is ISO 8601 UTC, when it is undone without an order. */
  'act-half-done': OnHost & { readonly kind: ActionKind | 'forced-isolation'; readonly until: string };
  'undo-by': ToRun;
  'order-again': ToRun;
  /** The machine of the host is another one, or may be gone; the command gives up what is on it. */
  'if-machine-gone': OnHost & ToRun;
  'given-up': OnHosts & { readonly by: string };
  /** More incidents of one kind of signer are open than may be. */
  'bound-reached': { readonly code: Fault['code']; readonly by: string };
  'start-unauthorised': { readonly code: Fault['code']; readonly by: string };
  /** `action` is as it was sent. */
  'order-unauthorised': { readonly action: string; readonly code: Fault['code']; readonly by?: string };

  /** `act` is the id of the act, as it was sent. */
  'act-unauthorised': { readonly act: string; readonly code: string };
  'response-unauthorised': Failed;

  'watch-not-started': Nothing;
  'watch-restarted': Nothing;
  'controls-lost': { readonly lost: number; readonly restored: number };
  'control-lost': OnHost & { readonly target: string };
  'control-unheld': OnHost & {
    readonly kind: ActionKind | 'forced-isolation';
    readonly problem: UnheldProblem;
    readonly fault?: Fault;
  };
  'hosts-unwatched': { readonly hosts: readonly string[] };
  'propose-isolation': OnHost & { readonly sessions: number };
  'propose-look': OnHost & { readonly listener: string };
  'propose-upstream': OnHost & { readonly perMinute: number };
  'propose-reassert': OnHost & { readonly controls: number };

  'not-reached': { readonly notice: NoticeKind; readonly people: readonly string[] };
  /** A call was not made: the one about this notice told of it too. */
  'told-by-call': { readonly notice: NoticeKind };
  'means-failed': { readonly notice: NoticeKind; readonly means: readonly Channel[] };
}

export type FactKind = keyof FactParts;
export type Fact<K extends FactKind = FactKind> = { readonly [P in K]: { readonly fact: P } & FactParts[P] }[K];

declare const worded: unique symbol;
/**
 * The English words of facts, as `inEnglish` makes them, or a sentence that is on record. Nothing else is one: who has something to say
 * needs a fact, which every language words.
 */
export type Worded = string & { readonly [worded]: true };

/** A fact as history and tables may hold it: earlier versions of Firebreak recorded sentences. */
export type Recorded = Fact | Worded;

/** For what is read from a record and from nowhere else. */
export function onRecord(sentence: string): Worded {
  return sentence as Worded;
}

/** A sentence of an earlier version becomes a fact that quotes it. */
export function factOf(recorded: Recorded): Fact {
  return typeof recorded === 'string' ? { fact: 'recorded', words: recorded } : recorded;
}

/** One language: a sentence for every kind of fact, without a full stop. */
export type FactTexts = { readonly [K in FactKind]: (fact: Fact<K>) => string };

/** Total: something that came from outside and lacks what its kind has is quoted as it is. */
export function factText(texts: FactTexts, recorded: Recorded): string {
  const fact = factOf(recorded);
  try {
    if (Object.hasOwn(texts, fact.fact)) return sayAs(texts, fact);
  } catch {
    // It is none of ours.
  }
  return texts.recorded({ fact: 'recorded', words: onRecord(asItIs(fact)) });
}

function asItIs(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return '…';
  }
}

function sayAs<K extends FactKind>(texts: FactTexts, fact: Fact<K>): string {
  return texts[fact.fact](fact);
}
