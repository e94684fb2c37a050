import type { ErrorCode } from './errors';
import type { Fact } from './fact';
import type { Fault } from './fault';
import type { TargetReason } from './target-reason';
import type { TargetOutcome } from './words';

/** What a host needs to reach, by the words of needs.sh. */
export const HOST_NEEDS = ['routes', 'resolvers', 'time', 'proxies', 'logs'] as const;
export type HostNeed = (typeof HOST_NEEDS)[number];

/** What a release found put right, or gone, and left so; words of the account programs. */
export const FOUND_SO = ['put-right', 'shadow-line-gone', 'files-gone', 'group-gone', 'sudoers-gone'] as const;
export type FoundSo = (typeof FOUND_SO)[number];

/** What the isolation programs answer with. */
export const ISOLATION_WORDS = [
  'table',
  'rules',
  'disarmed',
  'offload',
  'hold',
  'released',
  'never-applied',
  'still-held',
  'drift',
  'only-management',
  'way-out',
  'still-up',
  'restore',
] as const;
export type IsolationWord = (typeof ISOLATION_WORDS)[number];
/** What an isolation does not do. */
export const ISOLATION_LIMITS = ['same-link', 'not-listed', 'no-card'] as const;
export type IsolationLimit = (typeof ISOLATION_LIMITS)[number];

export const MONITORING_PARTS = ['sshd-log-level', 'journald-rate-limit', 'drop-logging', 'fail2ban'] as const;
export type MonitoringPart = (typeof MONITORING_PARTS)[number];

/** What a jail of fail2ban is told. */
export type JailAct = 'feed' | 'let_go' | 'withdraw';
/** What is counted of it, by the words of jail.sh; `left` and `already` are other things in the other acts. */
export const JAIL_COUNTS = {
  feed: ['fed', 'already', 'shared', 'left', 'prefixes', 'sent'],
  let_go: ['taken', 'kept', 'own', 'left'],
  withdraw: ['taken', 'kept', 'own', 'left'],
} as const satisfies Readonly<Record<JailAct, readonly string[]>>;
export type JailCount = (typeof JAIL_COUNTS)[JailAct][number];
/** Why fail2ban is not known to have done it. */
export const JAIL_WHY = ['absent', 'silent', 'unknown', 'lost', 'odd'] as const;
export type JailWhy = (typeof JAIL_WHY)[number];

/** Why a source gave nothing, by the words of the collecting programs. */
export const ABSENCE_WORDS = [
  'no-tool',
  'no-time',
  'no-file',
  'not-allowed',
  'unreadable',
  'empty',
  'none',
  'unlisted',
  'too-many',
  'too-large',
] as const;
export type AbsenceWord = (typeof ABSENCE_WORDS)[number];
/** Why an answer came without a byte. */
export type NoBytes = 'no-answer' | 'cut' | 'failed' | 'lost' | 'empty';

type Nothing = Readonly<Record<never, never>>;
interface Counted {
  readonly count: number;
}

/**
 * What is remarked about an act, a target, a source of evidence or a reading: facts as all others, but small. A driver has no other
 * means to say something than one of these; words of tools stand in them as quotations.
 */
export interface RemarkParts {
  // What every host may say of an act.
  'journal-in-memory': Nothing;
  'journal-stale': Nothing;
  'needs-unread': { readonly needs: readonly HostNeed[] };
  /** Nobody but the host ended the control; `at` is ISO 8601 UTC by its clock, absent when it said none. */
  'ended-by-host': { readonly at?: string };
  /** `by` is the id of an act or an incident. */
  'held-also-by': { readonly by: string };
  because: { readonly why: TargetReason };
  /** Somebody changed it since. */
  'left-as-changed': { readonly why: TargetReason };
  'link-lost': Nothing;
  /** Words of a tool, on a host or here. */
  'tool-said': { readonly words: string };

  // Accounts.
  'same-uid': { readonly others: readonly string[]; readonly drill: boolean };
  'processes-ended': Counted;
  'planted-files': Counted;
  'files-stuck': Counted;
  'found-so': { readonly what: FoundSo };
  'first-file': { readonly path: string };

  // Isolation.
  'isolation-because': { readonly why: IsolationWord };
  'isolation-limit': { readonly limit: IsolationLimit };
  /** An interface, and the hardware address beyond it. */
  'card-cut': { readonly card: string };
  'interface-down': { readonly interface: string };
  'rung-not-holding': { readonly rung: string; readonly outcome: TargetOutcome; readonly why: readonly Fact[] };
  'rung-failed': { readonly rung: string; readonly fault: Fault };
  /** What undoing a rung said. */
  'rung-undo': { readonly rung: string; readonly why: readonly Fact[] };
  'rung-not-undone': { readonly rung: string; readonly held: boolean; readonly fault: Fault };
  'rung-without-way': { readonly rung: string };
  'rung-unreadable': { readonly rung: string };
  'no-gateway': Nothing;
  /** Firebreak would cut off itself; `address` is where it comes from, when that is known. */
  'management-lacks': { readonly address?: string };

  // Monitoring.
  'part-absent': { readonly part: MonitoringPart };
  'part-changed': { readonly part: string };
  'nothing-to-undo': Nothing;

  // Blocks.
  'flows-ended': { readonly sessions: number; readonly flows: number };
  'elements-put-back': Counted;
  'time-over': Nothing;
  'released-with': { readonly source: string; readonly by: string };
  /** `by` is absent for incidents that are not named. */
  'still-blocked': Counted & { readonly by?: string };
  'foreign-elements': Counted;
  'packets-dropped': Counted;
  'lies-in': { readonly by: string };
  'overlaps-protected': { readonly range: string };
  'ends-otherwise': { readonly seconds: number; readonly planned: number };
  'never-blocked': Nothing;
  'was-not-in-force': Nothing;
  'jail-told': {
    readonly jail: string;
    readonly act: JailAct;
    readonly counts: readonly (Counted & { readonly what: JailCount })[];
    /** It is not certain what fail2ban did: by its own word, or by the code of a failure; `null` when the host does not say. */
    readonly doubt?: JailWhy | ErrorCode | null;
  };

  // Evidence: why a source gave nothing, or not all.
  'source-absent': { readonly why: AbsenceWord };
  'collection-ended': { readonly why: 'no-time' | 'too-many' };
  /** `bytes` that had come by then; absent when it had not begun. */
  'transfer-broke': { readonly code: ErrorCode; readonly bytes?: number };
  'source-cut': { readonly bytes: number; readonly cut: string };
  'no-bytes': { readonly why: NoBytes; readonly cut?: string };
  'path-not-allowed': Nothing;

  // Readings: why a part of one is not known.
  /** `source` is a name of reading.sh. */
  'source-unread': { readonly source: string; readonly why: 'not-asked' | 'nothing' | Fact };
  'answer-broken': { readonly exit?: number; readonly cut?: string; readonly words?: string };
  'tables-unread': { readonly read: number; readonly asked: number };
}

export type RemarkKind = keyof RemarkParts;
