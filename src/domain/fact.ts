import type { Channel, IncidentType, NoticeKind, Outcome, ResponseMode, Severity } from './words';
import type { ErrorCode } from './errors';
import type { ActionKind } from './plan';

/** What went wrong, by code; a cancellation is nobody’s failure. */
export interface Fault {
  readonly code: ErrorCode | 'CANCELLED';
  /** Technical; stands verbatim in every language. */
  readonly detail?: string;
  /** The time share that is used up, as `6:00`. */
  readonly limit?: string;
}

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

/** The boxes of the chart, and what has a share of the time beside them. */
export const PLAIN_BOXES = [
  'classify and assess',
  'open',
  'wait for a person to classify',
  'assess again',
  'decide the policy',
  'decide the policy again',
  'urgent notification',
  'capture volatile state',
  'prepare',
  'control access',
  'collect and preserve logs',
  'seal the evidence',
  'heighten monitoring',
  'write the completion report',
  'hand over to people',
] as const;
export type PlainBox = (typeof PLAIN_BOXES)[number];
export type ForcedIsolationBox = `forced isolation of ${string}`;
/** Names of the steps as progress and timeline have them. */
export type BoxName = PlainBox | ForcedIsolationBox;

/** Why an act of the plan was left out. */
export type NotDone = 'left-to-people' | 'nobody-approved' | 'not-approved';
/** Why a host was not cut off by force. */
export type NotContained = 'must-stay-up' | 'not-approved' | 'not-in-order' | Fault;

/** Why a control that is wanted is not known to hold. */
export type UnheldProblem = 'lost-again' | 'not-put-back' | 'unreadable' | 'not-looked-at';

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
type Nothing = Readonly<Record<never, never>>;

/** Every fact that people are told, with what it is about; the sentence is made where it is read (N6). */
interface FactParts {
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
  'forced-isolation-needs-approval': OnHost & Within;
  'not-done': { readonly act: Act; readonly why: NotDone };

  'volatile-not-captured': OnHost & Failed;
  'absence-not-recorded': OnHost & { readonly source: 'volatile' | 'logs' };
  'not-prepared': OnHost & Failed;
  'not-staged': OnHost & Failed;
  'state-not-read': OnHost & Failed;
  'act-failed': { readonly act: Act } & Failed;
  'access-control-failed': OnHost & Failed;
  'forced-isolation-next': OnHost & { readonly code: Fault['code'] };
  'not-forced': OnHost & { readonly why: 'drill' | 'taken-over' };
  /** Its acts are on record as done, though the run was told that they had failed. */
  'controls-hold': OnHost;
  'not-contained': OnHost & { readonly why: NotContained };
  'state-worse': Nothing;
  'host-failed': OnHost & Failed;
  'log-collection-failed': OnHost & Failed;
  'alternative-under-way': Nothing;
  'no-logs': OnHost & Failed;
  'bag-not-sealed': Failed;
  'ledger-unreachable': Failed;
  'not-in-tables': Failed;
  'report-not-written': { readonly report: 'completion' | 'closing' | 'overview' } & Failed;
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
  'undo-by': { readonly command: string };
  'order-again': { readonly command: string };
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
  'propose-reassert': OnHost & { readonly controls: number };

  'not-reached': { readonly notice: NoticeKind; readonly people: readonly string[] };
  'means-failed': { readonly notice: NoticeKind; readonly means: readonly Channel[] };
}

export type FactKind = keyof FactParts;
export type Fact<K extends FactKind = FactKind> = { readonly [P in K]: { readonly fact: P } & FactParts[P] }[K];

/** One language: a sentence for every kind of fact, without a full stop. */
export type FactTexts = { readonly [K in FactKind]: (fact: Fact<K>) => string };

export function factText<K extends FactKind>(texts: FactTexts, fact: Fact<K>): string {
  return texts[fact.fact](fact);
}
