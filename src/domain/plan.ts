import type { Fact, Recorded, Worded } from './fact';
import { allInEnglish, inEnglish } from './fact-words';
import type { ActionId, IncidentId } from './ids';
import type { Machine } from './machine';
import type { TargetReason } from './target-reason';
import type { IncidentType, ResponseMode, Severity, TargetOutcome } from './words';

interface ActionBase {
  readonly id: ActionId;
  readonly host: string;
  /** `required`: left out unless an operator other than the requester approves in time (N5). */
  readonly approval: 'none' | 'required';
  /** ISO 8601, UTC: when the control ends by itself. */
  readonly expiresAt: string;
}

/** Source addresses cut off at one host in one transaction (C1). */
export interface BlockSources extends ActionBase {
  readonly kind: 'block-sources';
  /** `both` also drops what the host sends to them (critical: 完全遮断). */
  readonly direction: 'in' | 'both';
  /** Canonical addresses and prefixes, sorted. */
  readonly sources: readonly string[];
  /**
   * What was asked for too and lies inside a prefix of `sources`: the kernel's sets take no overlaps, so it has no element of its own,
   * but it has a result (C2). Left out when there is none.
   */
  readonly covered?: readonly CoveredSource[];
  /** Prefixes that must stay reachable whatever happens; also enforced on the host. */
  readonly protect: readonly string[];
  /** The host's fail2ban jail that is told of the sources too (C1); left out when there is none. */
  readonly jail?: string;
}

/** A source that another one of the same act holds as well. */
export interface CoveredSource {
  readonly source: string;
  /** The prefix of `sources` that it lies in. */
  readonly by: string;
}

export interface DisableAccount extends ActionBase {
  readonly kind: 'disable-account';
  readonly account: string;
}

/** The whole host cut off but for management, behind a kernel timer (C3). */
export interface IsolateHost extends ActionBase {
  readonly kind: 'isolate-host';
  /** Prefixes that keep SSH access. */
  readonly management: readonly string[];
  readonly onUnconfirmed: 'disarm' | 'keep';
}

/** A network cut off at its gateway (C8); `host` is the gateway. */
export interface IsolateSegment extends ActionBase {
  readonly kind: 'isolate-segment';
  readonly segment: string;
  readonly prefixes: readonly string[];
  readonly management: readonly string[];
  readonly onUnconfirmed: 'disarm' | 'keep';
}

/** An account and key of its own for people, made before isolation (C8). */
export interface EmergencyAccess extends ActionBase {
  readonly kind: 'emergency-access';
  readonly account: string;
  /** OpenSSH public key lines. */
  readonly publicKeys: readonly string[];
  readonly from: readonly string[];
}

/** Closer watching of one host (B14). */
export interface HeightenMonitoring extends ActionBase {
  readonly kind: 'heighten-monitoring';
}

export type PlannedAction =
  BlockSources | DisableAccount | IsolateHost | IsolateSegment | EmergencyAccess | HeightenMonitoring;

export type ActionKind = PlannedAction['kind'];

/** The account or segment that the act is about; undefined for an act on a host or its sources. */
export function namedTarget(action: PlannedAction): string | undefined {
  switch (action.kind) {
    case 'disable-account':
    case 'emergency-access':
      return action.account;
    case 'isolate-segment':
      return action.segment;
    default:
      return undefined;
  }
}

/** What undoes each kind of act; the undo restores only what we left (C5). */
export const UNDO_OF = {
  'block-sources': 'release-sources',
  'disable-account': 'restore-account',
  'isolate-host': 'lift-isolation',
  'isolate-segment': 'lift-isolation',
  'emergency-access': 'remove-emergency-access',
  'heighten-monitoring': 'restore-monitoring',
} as const satisfies Record<ActionKind, string>;

/** A target that the plan leaves out, and why; it is counted as `refused`. */
export interface RefusedTarget {
  readonly target: string;
  readonly host?: string;
  readonly reason:
    | 'protected'
    | 'too-wide'
    | 'unknown-host'
    | 'unknown-segment'
    | 'not-an-address'
    | 'isolation-never'
    | 'not-an-account'
    | 'root-account'
    | 'own-account'
    | 'last-administrator'
    | 'not-approved'
    | 'out-of-mode';
  /** More of it; a sentence in plans of earlier versions. */
  readonly detail: Recorded;
}

/** Something that the kernel and `access_controls` disagree about (B4). */
export interface Drift {
  readonly host: string;
  readonly target: string;
  readonly kind: 'wanted-but-missing' | 'present-but-unknown';
}

/** The ordered acts of one response (B4). `planHash` is over its canonical JSON without the hash itself. */
export interface ResponsePlan {
  readonly incident: IncidentId;
  readonly type: IncidentType;
  readonly severity: Severity;
  readonly mode: ResponseMode;
  readonly actions: readonly PlannedAction[];
  readonly refused: readonly RefusedTarget[];
  readonly drift: readonly Drift[];
  /** What a reader must know before agreeing: critical × monitor, lowered by doubt, … */
  readonly deviations: readonly Recorded[];
  readonly planHash: string;
}

/** How many targets were named that the policy does not act on. */
export function leftOutOf({ refused }: Pick<ResponsePlan, 'refused'>): number {
  return refused.filter(({ reason }) => reason === 'out-of-mode').length;
}

/**
 * One target's result: `why` and `also` say more by code. `detail` says the same in English, for programs; alone, it is of an earlier
 * version.
 */
export interface TargetResult {
  readonly target: string;
  readonly outcome: TargetOutcome;
  readonly detail?: Worded;
  readonly why?: readonly TargetReason[];
  readonly also?: readonly Fact[];
}

/** A target with what is known of it, and the English of that as its detail. */
export function targetBecause(
  target: string,
  outcome: TargetOutcome,
  why: readonly TargetReason[],
  also: readonly Fact[] = [],
): TargetResult {
  if (why.length + also.length === 0) return { target, outcome };
  const reasons = [...new Set(why)].map((reason): Fact => ({ fact: 'because', why: reason }));
  return {
    ...{ target, outcome, detail: allInEnglish([...reasons, ...also]) },
    ...(why.length === 0 ? {} : { why }),
    ...(also.length === 0 ? {} : { also }),
  };
}

export type OutcomeCounts = Readonly<Record<TargetOutcome, number>>;

/** What became of one action; the counts add up to the number of targets (C2). */
export interface ActionResult {
  readonly action: ActionId;
  readonly kind: ActionKind | 'forced-isolation';
  readonly host: string;
  readonly counts: OutcomeCounts;
  /** All targets that are neither applied nor already in force; history carries the first 50, the tables all. */
  readonly exceptions: readonly TargetResult[];
  /** Read back from the host after the act, in a call of its own; of an isolation over a fresh connection. */
  readonly verified: boolean;
  /** Other names of a disabled account's uid that still get in; left out when there are none. Such an act is not verified. */
  readonly sameUid?: readonly string[];
  /** Which means holds: `nftables`, `ipset`, `iptables`, `gateway`, `interface`, … */
  readonly rung: string;
  /** The machine that the act was carried out on; absent in results of earlier versions, and of acts that put nothing in force. */
  readonly machine?: Machine;
  /** Path on the host and SHA-256 of the state before the act (C5). */
  readonly preImage?: { readonly path: string; readonly sha256: string };
  /** True when the host's journal already held the result and nothing was done again. */
  readonly replayed: boolean;
  readonly startedAt: string;
  readonly endedAt: string;
  /** SHA-256 of the programs that ran on hosts for it. */
  readonly programs?: readonly string[];
  /** Anything a reader must know: dropped sessions, drift found on undo, …, in English, for programs. */
  readonly notes: readonly Worded[];
  /** The same as facts, one for each note; left out where there is none, and in results of earlier versions. */
  readonly remarks?: readonly Fact[];
}

/** What an act leaves to say, as both fields of its result. */
export function remarked(remarks: readonly Fact[]): Pick<ActionResult, 'notes' | 'remarks'> {
  return { notes: remarks.map(inEnglish), ...(remarks.length === 0 ? {} : { remarks }) };
}

/** What a result says, in whichever version it was recorded. */
export function remarksOf({ notes, remarks }: Pick<ActionResult, 'notes' | 'remarks'>): readonly Recorded[] {
  return remarks ?? notes;
}

export const NO_OUTCOMES: OutcomeCounts = { applied: 0, already: 0, refused: 0, missing: 0, unknown: 0, failed: 0 };

export function addCounts(a: OutcomeCounts, b: OutcomeCounts): OutcomeCounts {
  return {
    applied: a.applied + b.applied,
    already: a.already + b.already,
    refused: a.refused + b.refused,
    missing: a.missing + b.missing,
    unknown: a.unknown + b.unknown,
    failed: a.failed + b.failed,
  };
}

export function countOutcomes(results: readonly TargetResult[]): OutcomeCounts {
  const counts = { ...NO_OUTCOMES };
  for (const result of results) counts[result.outcome] += 1;
  return counts;
}

/**
 * An act did what it was for. An account that is not on a host needs no disabling there, and a part of monitoring that a host
 * does not have cannot be heightened.
 */
export function settled(kind: ActionResult['kind'], counts: OutcomeCounts): boolean {
  const mayLack = kind === 'disable-account' || kind === 'heighten-monitoring';
  return mayLack ? counts.unknown === 0 && counts.failed === 0 : holds(counts);
}

/** In force as far as the host itself says. */
export function holds(counts: OutcomeCounts): boolean {
  return counts.missing === 0 && counts.unknown === 0 && counts.failed === 0;
}

/** Holds, and there is something that does. */
export function isInForce(counts: OutcomeCounts): boolean {
  return holds(counts) && counts.applied + counts.already > 0;
}
