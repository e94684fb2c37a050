import type { AbnormalStage, IncidentType, NoticeKind, Outcome, ResponseMode, Severity } from '../../domain/words';
import type { FactKind, FactTexts } from '../../domain/fact';
import type { ByHand, Notice } from '../../domain/notice';

/** What is said about one kind of notice. Nothing in here comes from outside. */
export interface KindText {
  /** What happened, for subjects and SMS; without a full stop. */
  readonly headline: string;
  /** The same as a sentence to be heard; without a full stop. */
  readonly spoken: string;
  /** What was done or is under way; by mode where it differs. */
  readonly done: string | Readonly<Record<ResponseMode, string>>;
  /** What to do next when the notice does not say. */
  readonly next: (incident: string) => string;
  readonly spokenNext: string;
}

/** All texts of one language. */
export interface LocaleTexts {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly type: Readonly<Record<IncidentType, string>>;
  readonly mode: Readonly<Record<ResponseMode, string>>;
  readonly outcome: Readonly<Record<Outcome, string>>;
  /** The normal path is not mentioned. */
  readonly stage: Readonly<Record<Exclude<AbnormalStage, 'none'>, string>>;
  readonly kind: Readonly<Record<NoticeKind, KindText>>;
  /** In place of the kind's, where people are called because something was not undone. */
  readonly undoFailed: KindText;
  readonly fact: FactTexts;
  readonly byHand: (act: ByHand) => string;
  /** Marks of a drill: in subjects and SMS, as a line of text, spoken. */
  readonly drill: { readonly mark: string; readonly line: string; readonly spoken: string };
  readonly labels: {
    readonly what: string;
    readonly title: string;
    readonly done: string;
    /** In front of what would be done in earnest. */
    readonly exercise: string;
    readonly outcome: string;
    readonly stage: string;
    readonly facts: string;
    readonly next: string;
    readonly incident: string;
    readonly mode: string;
  };
  /** For people who need not act themselves. */
  readonly nextForDepartments: string;
  readonly colon: string;
  readonly listSeparator: string;
  readonly sentenceEnd: string;
  /** `[CRITICAL] ` */
  readonly mark: (text: string) => string;
  /** `Intrusion on web-1, web-2`; `hosts` may be empty. */
  readonly what: (type: string, hosts: string) => string;
  readonly spokenWhat: (type: string, hosts: string) => string;
  /** `web-1 and 2 more hosts` */
  readonly andMore: (host: string, more: number) => string;
  readonly spokenIncident: (spelled: string) => string;
  readonly footer: string;
}

const NOT_UNDONE: ReadonlySet<FactKind> = new Set(['not-undone', 'expired-not-undone']);

/** Nothing is left to take over where an undo failed: it is ordered again. */
export function kindText(texts: LocaleTexts, { kind, facts }: Notice): KindText {
  const undo =
    kind === 'manual-response' && facts.some((fact) => typeof fact === 'object' && NOT_UNDONE.has(fact.fact));
  return undo ? texts.undoFailed : texts.kind[kind];
}
