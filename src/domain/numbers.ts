/**
 * Every number the product promises (B6, B7, B16), in one place; `test/unit/numbers.test.ts` pins them.
 * Durations are milliseconds.
 */

import type { Severity } from './words';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Retries, not attempts; the interval is fixed (B6). */
export interface RetryNumbers {
  readonly retries: number;
  readonly intervalMs: number;
}

export const RETRIES = {
  networkControl: { retries: 2, intervalMs: 10 * SECOND },
  logCollection: { retries: 3, intervalMs: 5 * SECOND },
  notification: { retries: 5, intervalMs: 30 * SECOND },
  wholeRun: { retries: 1, intervalMs: 0 },
} as const satisfies Record<string, RetryNumbers>;

/** The response ends, hand-over included, this long after its declaration (B7). */
export const DEADLINE_MS = 30 * MINUTE;

/** Hard time shares of the steps; those of one step run parallel over hosts (DESIGN §3). */
export const TIME_SHARES = {
  classify: 30 * SECOND,
  humanClassification: 5 * MINUTE,
  volatileCritical: 10 * SECOND,
  volatile: 30 * SECOND,
  accessControl: 4 * MINUTE,
  forcedIsolation: 2 * MINUTE,
  logs: 8 * MINUTE,
  alternativeLogs: 3 * MINUTE,
  seal: 2 * MINUTE,
  tighten: 1 * MINUTE,
  report: 2 * MINUTE,
  handOver: 2 * MINUTE,
} as const;

/** An approval is waited for inside the access-control share; silence means the act is left out (N5). */
export const APPROVAL_WAIT_MS = 2 * MINUTE;

/**
 * The longest path through the flow. Volatile state is captured while a human is asked for the
 * classification, so of those two only the longer counts.
 */
export function longestPathMs(): number {
  const s = TIME_SHARES;
  return (
    s.classify +
    Math.max(s.humanClassification, s.volatile) +
    s.accessControl +
    s.forcedIsolation +
    s.logs +
    s.alternativeLogs +
    s.seal +
    s.tighten +
    s.report +
    s.handOver
  );
}

/** Planned durations: a step that takes longer raises a delay alert (B13); well below the hard shares. */
export const PLANNED = {
  classify: 5 * SECOND,
  openBag: 5 * SECOND,
  decide: 5 * SECOND,
  prepare: 5 * SECOND,
  handOver: 15 * SECOND,
  volatile: 10 * SECOND,
  accessControl: 30 * SECOND,
  forcedIsolation: 30 * SECOND,
  logs: 2 * MINUTE,
  alternativeLogs: 1 * MINUTE,
  seal: 20 * SECOND,
  tighten: 20 * SECOND,
  report: 30 * SECOND,
} as const;

export const HEARTBEAT_MS = 2 * SECOND;
export const CONTAIN_HEARTBEAT_TIMEOUT_MS = 10 * SECOND;
export const EVIDENCE_HEARTBEAT_TIMEOUT_MS = 15 * SECOND;

/** A supplement bag that is open for longer has nobody who fills it any more. */
export const SUPPLEMENT_FILLED_WITHIN_MS = 15 * MINUTE;

/** Above this share of its processors a host, or a worker's own machine, counts as loaded: Firebreak does less at once there (B13). */
export const HOST_LOAD_LIMIT = 0.9;
/** So many packets a minute that controls still drop, and the attack goes on: the security state is not safe (B13). */
export const ATTACK_PACKETS_PER_MINUTE = 600;
/** Collections that a worker on a loaded machine runs at once. */
export const LOADED_COLLECTIONS = 2;
/** Of the share of the logs: hosts that are not loaded come first for so long at most. */
export const LOADED_HOSTS_WAIT = 1 / 3;
/** Loaded hosts come one after another as long as each has at least so much time. */
export const LOADED_HOST_LEAST_MS = 30 * SECOND;

/** Acts of an authorised run proceed without the ledger after this long (L1). */
export const LEDGER_PATIENCE_MS = 30 * SECOND;

/** Grants (B15). */
export const GRANT_LIFETIME_MS = 5 * MINUTE;
/** Somebody enrolled for less than this speaks with the voice of who enrolled them (N5). */
export const ENROLMENT_SETTLES_MS = 24 * 60 * MINUTE;
export const TOTP_STEP_S = 30;
export const TOTP_WINDOW_STEPS = 1;
export const TOTP_MISSES_TO_LOCK = 5;
/** Recovery codes of a set; each works once. */
export const RECOVERY_CODES = 8;
/** Wrong recovery codes within an hour that bar recovery until an hour has passed. */
export const RECOVERY_MISSES_TO_BAR = 5;
/** A recovery that was signed so long ago is no news: people have heard of it. */
export const RECOVERY_NEWS_MS = 24 * 60 * MINUTE;

/** A phone that is not picked up in this time counts as a failed attempt (N3). */
export const PICKUP_MS = 45 * SECOND;

/** Notices of one incident that come within this long of each other are one call to a person (N6). */
export const ONE_CALL_WITHIN_MS = 10 * SECOND;
/** A call waits so long for others of its moment, so that the most urgent one is made. */
export const ONE_CALL_WAIT_MS = 2 * SECOND;
/** A notice waits so long for the call that tells of it too; then it calls itself. */
export const ONE_CALL_PATIENCE_MS = 150 * SECOND;

/** Acknowledgement waited for before the next person is added (N4). */
export const ACKNOWLEDGE_WITHIN_MS = 5 * MINUTE;

/** How long a confirmed or unconfirmed isolation is armed before the kernel disarms it (C3). */
export const DEAD_MAN_SWITCH_S = 120;

/** A host ends a control by itself so long after its time, so that the orchestrator does it first (H10). */
export const HOST_END_MARGIN_S = 10 * 60;

/** Forced isolation is lifted this long after the declaration, unless people release it before (B14). */
export const FORCED_ISOLATION_MS = 24 * 60 * MINUTE;

export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** The watch looks at every host this often (B14). */
export const WATCH_INTERVAL_MS = 1 * MINUTE;

/** What one worker tells, and writes of what it refused, in a window at most (H8). */
export const FLOOD_WINDOW_MS = 10 * MINUTE;
export const FLOOD_LIMITS = {
  /** Messages that something was tried without authority, to all people together. */
  unauthorisedMessages: 40,
  /** Calls to one person. */
  calls: 120,
  /** Other messages to one person by one means. */
  messages: 300,
  /** Events of refused acts; one more says that others are left out. */
  refusedActs: 300,
  /** Events of refused starts, of all people together, and of one who is said to have given them. */
  refusedStarts: 300,
  refusedStartsOfOne: 60,
  /** Events of refused orders to running incidents: of all of them together, and of one. */
  refusedOrders: 300,
  refusedOrdersOfOne: 60,
  /** Events of refused recoveries: of all of them together, and of one operator's. */
  refusedRecoveries: 60,
  refusedRecoveriesOfOne: 20,
  /** Messages of one recovery to one person by one means: more than the rounds that a notice takes. */
  recoveryMessages: 10,
  /** Messages of recoveries that are no news any more, of all of them to all people together. */
  oldRecoveryMessages: 60,
  /** Events of repeats that joined an incident, of one detector. */
  repeats: 60,
} as const;

/** Incidents open at once, where the configuration says nothing else; people and detectors are counted apart (H8). */
export const OPEN_INCIDENTS = { perOperator: 20, operators: 100, perDetector: 5, detectors: 20 } as const;
/** The share of their places that detectors may fill with incidents of a severity: the rest is kept for what is more severe. */
export const DETECTORS_SHARE = { critical: 1, high: 0.8, medium: 0.6 } as const satisfies Record<Severity, number>;
/** What began earlier and is open does not count: a workflow that was ended in Temporal never closes its incident. */
export const OPEN_COUNTS_MS = 24 * 60 * MINUTE;
/** Which incidents a joint overview can tell of: those that began within this time, and the newest of them. */
export const AT_ONCE_WITHIN_MS = 24 * 60 * MINUTE;
export const AT_ONCE_MOST = 50;
/** People are told so often that an identity has reached its bound. */
export const BOUND_TOLD_EVERY_MS = 60 * MINUTE;

export const SUMMARY_MAX_CHARACTERS = 120;

/**
 * So many workers end while they talk to one suspected host alone, and it is set aside (H2): over the same program, or over
 * any. One that is killed in every step of an incident by something else stays below both.
 */
export const HOST_DEATHS = { sameProgram: 2, anyProgram: 4 } as const;

/** A host that ended workers is not asked again for this long (H2). */
export const HOST_SET_ASIDE_MS = 10 * MINUTE;

/** So many answers in a row that cannot be used, and a worker leaves the host alone for HOST_REST_MS (H2). */
export const HOST_STRIKES = 3;
export const HOST_REST_MS = 45 * SECOND;
