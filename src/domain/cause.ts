/** What a host’s reply breaks. */
export const REPLY_FAULTS = [
  'outcome',
  'part',
  'number',
  'file',
  'key',
  'cut-off',
  'no-exit-code',
  'more-than-asked',
] as const;
export type ReplyFault = (typeof REPLY_FAULTS)[number];
/** What a host sends too much of. */
export const REPLY_BOUNDS = ['bytes', 'lines', 'line', 'complaints', 'noise-bytes', 'noise-lines'] as const;
export type ReplyBound = (typeof REPLY_BOUNDS)[number];
/** Why what came is no collection. */
export const NO_COLLECTION = [
  'line',
  'after-end',
  'directives',
  'outside',
  'short-lines',
  'base64',
  'empty-lines',
  'version',
  'directive',
  'directive-inside',
] as const;
export type NoCollection = (typeof NO_COLLECTION)[number];
/** What an order lacks, or names wrongly. */
export const UNUSABLE = [
  'account',
  'emergency-account',
  'public-key',
  'address',
  'time',
  'size',
  'prefixes',
  'management',
  'nothing-to-cut',
  'host-by-name',
  'notes',
  'incident',
] as const;
export type Unusable = (typeof UNUSABLE)[number];
export const CHAIN_FAULTS = ['shorter', 'no-record', 'does-not-continue', 'no-file'] as const;
export type ChainFault = (typeof CHAIN_FAULTS)[number];
/** Why an order does not allow what is asked for. */
export const UNAUTHORISED = [
  'no-order',
  'other-order',
  'closed',
  'forged-closing',
  'other-approval',
  'host-not-named',
  'must-stay-up',
  'only-watch',
  'other-incident',
  'beyond-mode',
  'not-classifying',
  'not-its-workflow',
  'not-its-run',
  'not-about-evidence',
  'never-started',
  'started-well',
  'not-unblocking',
  'not-ending',
  'not-ordered',
  'not-of-incident',
  'other-operator',
  'other-plan',
  'plan-unsealed',
  'row-changed',
  'document-changed',
  'control-held',
  'never-done',
  'in-force',
  'half-done',
  'not-ended',
  'not-itself',
  'no-such-note',
  'no-such-revision',
  'not-its-response',
] as const;
export type Unauthorised = (typeof UNAUTHORISED)[number];

/** What is wrong with the key that signs evidence. */
export const SIGNING_KEY = [
  'name',
  'missing',
  'vkey',
  'not-a-worker',
  'open',
  'not-private',
  'not-ed25519',
  'lost',
] as const;
export type SigningKeyFault = (typeof SIGNING_KEY)[number];

interface OnHost {
  readonly host: string;
}
/** What the other side said of itself; quoted. */
interface Saying {
  readonly says?: string;
}

interface TwoPeople {
  readonly requester: string;
  readonly approver: string;
}

/**
 * What an error says beyond its catalogue message, where Firebreak itself says it. Words of libraries, hosts and tools stand in these as
 * quotations.
 */
interface CauseParts {
  // Connections.
  'no-answer-from': { readonly where: string };
  'not-connected': { readonly where: string; readonly words: string } & Saying;
  /** `words` are those of SSH_MSG_DISCONNECT. */
  'login-closed': { readonly where: string; readonly words?: string } & Saying;
  'login-dropped': { readonly where: string } & Saying;
  'no-session': OnHost & { readonly words: string };
  'no-host-key': { readonly where: string };
  'no-end-after': { readonly seconds: number };
  /** `drops`: it ends connections during the login, not before. */
  'turned-away': OnHost & { readonly seconds: number; readonly drops?: true; readonly words?: string };
  'called-off': Readonly<Record<never, never>>;
  'shutting-down': Readonly<Record<never, never>>;
  /** `pinned` is absent where nothing is pinned. */
  'shows-key': { readonly where: string; readonly key: string; readonly pinned?: string };
  'pinned-key-unusable': OnHost;
  'own-key-unusable': { readonly file: string; readonly why: 'unreadable' | 'passphrase' };
  'no-usable-answer': OnHost & { readonly seconds: number };
  'workers-ended': OnHost & { readonly minutes: number };

  // Replies.
  'reply-faulty': { readonly why: ReplyFault; readonly key?: string };
  'reply-too-much': { readonly what: ReplyBound; readonly most: number; readonly host?: string };
  'gate-silent': { readonly exit: number; readonly stdout?: string; readonly stderr?: string };
  'program-said': { readonly exit: number; readonly words?: string };

  // Acts.
  unusable: { readonly what: Unusable; readonly value?: string };
  /** `seconds` after which the kernel ends it; absent where the policy keeps it. */
  'armed-unconfirmed': OnHost & { readonly seconds?: number };
  'no-rung-holds': OnHost;
  'machine-differs': {
    readonly where: string;
    readonly recorded?: MachineNamed;
    readonly found: MachineNamed;
    readonly journal: boolean;
  };
  'gateway-gone': OnHost & { readonly key: string };

  // Collection.
  'collection-broke': OnHost & { readonly exit: number; readonly words?: string };
  'no-collection': OnHost & { readonly why: NoCollection; readonly word?: string };
  'journal-empty': OnHost & { readonly since: string };
  'ladder-empty': OnHost;
  'sent-too-much': OnHost & { readonly bytes: number; readonly name?: string };
  'source-unknown': OnHost & { readonly name: string };
  'source-again': OnHost & { readonly name: string };
  'reading-broke': OnHost;
  'reading-packed': OnHost;
  'packing-broken': { readonly code: string };

  // Evidence and tables.
  'chain-broken': { readonly path: string; readonly why: ChainFault; readonly line?: number };
  'record-too-large': { readonly path: string; readonly type: string; readonly bytes: number };
  'not-a-directory': { readonly path: string };
  'bag-replaced': Readonly<Record<never, never>>;
  'signing-key': { readonly why: SigningKeyFault; readonly file?: string };
  'record-without-file': { readonly seq: number };
  'seal-without': { readonly field: string };
  'report-unwritten': { readonly path: string };
  'document-differs': { readonly incident: string; readonly from: 'order' | 'hash' };
  'bag-absent': { readonly bag: string };
  'bag-of-other-document': { readonly bag: string };
  'bag-unsealed': { readonly bag: string };
  'bag-being-filled': { readonly bag: string };
  'bag-does-not-stand': { readonly bag: string; readonly verdict: string; readonly faults: number };
  'evidence-of-open': { readonly incident: string };
  'evidence-kept': { readonly incident: string; readonly until: string };
  'evidence-disposed': { readonly at: string; readonly by: string };
  'plan-absent': { readonly incident: string; readonly plan: string };
  'plan-hash-differs': { readonly incident: string; readonly plan: string; readonly actual: string };
  'act-not-in-plan': { readonly act: string; readonly plan: string };
  'not-assessed-yet': Readonly<Record<never, never>>;

  // How many begin, and whom a message may reach.
  'joined-incident': { readonly incident: string };
  'begin-at-once': { readonly by: string };
  'open-count': {
    readonly open: number;
    readonly whose: 'people' | 'detectors' | { readonly operator: string };
    readonly named: readonly string[];
    readonly more: number;
  };
  'channel-limit': { readonly most: number; readonly person: string; readonly channel: string };
  'channel-unset': { readonly person: string; readonly channel: string };

  // Authority.
  'no-start-order': { readonly use: string };
  unauthorised: { readonly why: Unauthorised; readonly name?: string };
  'signed-by-other': { readonly signed: string; readonly declared?: string };
  'declared-otherwise': { readonly incident: string };
  /** Nobody approves their own request, nor one of somebody whom they, or who, could act as (N5). */
  'own-request': Readonly<Record<never, never>>;
  'requester-enrolled': TwoPeople;
  'approver-enrolled': TwoPeople;
  'enrolled-both': TwoPeople & { readonly by: string };
}

/** A machine, as people tell one from another. */
export interface MachineNamed {
  readonly hostKey: string;
  /** As much of the id as tells two machines apart; absent where there is none. */
  readonly id?: string;
}

export type CauseKind = keyof CauseParts;
export type Cause<K extends CauseKind = CauseKind> = { readonly [P in K]: { readonly cause: P } & CauseParts[P] }[K];
/** One language: words for every kind, without a full stop. */
export type CauseTexts = { readonly [K in CauseKind]: (cause: Cause<K>) => string };

/** Total: a cause that another version has written is quoted as it is. */
export function causeText(texts: CauseTexts, quote: (words: string) => string, cause: Cause): string {
  try {
    if (Object.hasOwn(texts, cause.cause)) return sayAs(texts, cause);
  } catch {
    // It is none of ours.
  }
  return quote(String(JSON.stringify(cause)));
}

function sayAs<K extends CauseKind>(texts: CauseTexts, cause: Cause<K>): string {
  return texts[cause.cause](cause);
}
