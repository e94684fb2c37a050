import type { Fact, Worded } from './fact';
import { ATTACK_PACKETS_PER_MINUTE } from './numbers';
import type { SecurityState } from './words';

/** Parts of a reading that a host may fail to answer. */
export type ReadingPart = 'droppedPackets' | 'attackerSessions' | 'failedLoginsPerMinute' | 'listeners' | 'load';

/**
 * What is measured on a host before and after containment and during the watch (B13). `null` is a part that is not known; it never counts
 * as safe.
 */
export interface SecurityReading {
  readonly host: string;
  readonly at: string;
  /** Packets the firebreak table has dropped since it was made; null when there is no table, or when it is not known. */
  readonly droppedPackets: number | null;
  /** Since the look before; absent where there was none, and in readings of earlier versions. */
  readonly droppedPerMinute?: number;
  /** Sessions and processes of accounts that are to be disabled, and sessions from blocked sources. */
  readonly attackerSessions: number | null;
  readonly failedLoginsPerMinute: number | null;
  /** Everything that listens for others, as `tcp/4444`. Absent in readings of earlier versions, where all of it was unexpected. */
  readonly listeners?: readonly string[] | null;
  /** Of those, what the host's entry does not name; without such an entry, what did not listen in the first reading. */
  readonly unexpectedListeners: readonly string[] | null;
  /** Controls wanted but not in the kernel. */
  readonly drift: number;
  /** 1-minute load divided by the number of CPUs. */
  readonly load: number | null;
  /** Why a part is not known, in English, for programs. A number that stands beside a reason is the least that it can be. */
  readonly unknown?: Readonly<Partial<Record<ReadingPart, Worded>>>;
  /** The same as facts; absent in readings of earlier versions. */
  readonly whyUnknown?: Readonly<Partial<Record<ReadingPart, readonly Fact[]>>>;
  /** What the login printed before the program spoke, as one line. */
  readonly noise?: string;
}

/** What one look at a host gives: what of it is unexpected or missing, only the caller knows. */
export type HostReading = Omit<SecurityReading, 'unexpectedListeners' | 'drift' | 'droppedPerMinute'> & {
  readonly listeners: readonly string[] | null;
};

/**
 * Which listeners nobody expects (B13).
 * @param declared what the inventory says of the host, as `tcp/22`
 * @param first the first reading of the host in this incident; undefined while there is none
 * @returns null when it is not known what listens, or what did in the first reading
 */
export function unexpectedOf(
  listeners: readonly string[] | null,
  declared: readonly string[] | undefined,
  first: SecurityReading | undefined,
): readonly string[] | null {
  const expected = declared ?? expectedBy(first, listeners);
  if (listeners === null || expected === null) return null;
  return listeners.filter((listener) => !expected.includes(listener));
}

function expectedBy(first: SecurityReading | undefined, now: readonly string[] | null): readonly string[] | null {
  if (first === undefined) return now;
  return first.listeners === undefined ? first.unexpectedListeners : first.listeners;
}

/** Whether a reading says all that the security state is judged by. */
function isKnown({
  attackerSessions,
  failedLoginsPerMinute,
  unexpectedListeners,
  unknown = {},
}: SecurityReading): boolean {
  const judged: readonly ReadingPart[] = ['attackerSessions', 'failedLoginsPerMinute', 'listeners'];
  if (judged.some((part) => unknown[part] !== undefined)) return false;
  return attackerSessions !== null && failedLoginsPerMinute !== null && unexpectedListeners !== null;
}

/**
 * Packets a minute that were dropped since the look before; undefined when one of the two looks found no table.
 * @param last the look before
 */
export function droppedPerMinute(last: SecurityReading | undefined, now: HostReading): number | undefined {
  if (last?.droppedPackets === undefined || last.droppedPackets === null || now.droppedPackets === null)
    return undefined;
  const minutes = (Date.parse(now.at) - Date.parse(last.at)) / 60_000;
  // A table that was made anew counts from 0.
  const since = now.droppedPackets < last.droppedPackets ? 0 : last.droppedPackets;
  return minutes > 0 ? Math.round((now.droppedPackets - since) / minutes) : undefined;
}

function attackGoesOn({ droppedPerMinute: rate = 0 }: SecurityReading): boolean {
  return rate > ATTACK_PACKETS_PER_MINUTE;
}

/**
 * Compares a reading with the one before containment.
 * `safe`: no attacker session, no drift, no unexpected listener, failed logins not rising, few packets still dropped, and all of that is
 * known; `worse`: more attacker sessions, a new unexpected listener or twice the failed logins; `degraded`: anything between. What is not
 * known on one side is compared with nothing, so it makes no `worse`.
 */
export function securityState(before: SecurityReading, now: SecurityReading): SecurityState {
  const was = <T>(part: ReadingPart, value: T): T | null => (before.unknown?.[part] === undefined ? value : null);
  const rose = (is: number | null, limit: number | null): boolean => is !== null && limit !== null && is > limit;
  const failedBefore = was('failedLoginsPerMinute', before.failedLoginsPerMinute);
  const listenersBefore = was('listeners', before.unexpectedListeners);
  const opened = (now.unexpectedListeners ?? []).filter((one) => listenersBefore?.includes(one) === false);
  const failedRise = rose(now.failedLoginsPerMinute, failedBefore === null ? null : Math.max(10, 2 * failedBefore));
  const sessionsRise = rose(now.attackerSessions, was('attackerSessions', before.attackerSessions));
  if (sessionsRise || opened.length > 0 || failedRise) return 'worse';
  if (!isKnown(now) || failedBefore === null) return 'degraded';
  const isQuiet = now.attackerSessions === 0 && now.unexpectedListeners?.length === 0;
  return isQuiet && now.drift === 0 && !attackGoesOn(now) ? 'safe' : 'degraded';
}

/**
 * The state of several hosts together.
 * @param before readings before containment; a host that has none is compared with itself, so it can be worse for nobody
 * @param isUnsure something could not be looked at
 */
export function stateOfHosts(
  before: readonly SecurityReading[],
  now: readonly SecurityReading[],
  isUnsure: boolean,
): SecurityState {
  const states = now.map((reading) =>
    securityState(before.find(({ host }) => host === reading.host) ?? reading, reading),
  );
  return worstState(isUnsure ? [...states, 'degraded'] : states);
}

/** The worst of several hosts' states; `safe` when there are none. */
export function worstState(states: readonly SecurityState[]): SecurityState {
  if (states.includes('worse')) return 'worse';
  return states.includes('degraded') ? 'degraded' : 'safe';
}

/** Additional measures to propose while the state is not safe (B13). */
export function proposedMeasures(now: SecurityReading): Fact[] {
  const { host } = now;
  const proposals: Fact[] = [];
  const sessions = now.attackerSessions ?? 0;
  if (sessions > 0) proposals.push({ fact: 'propose-isolation', host, sessions });
  for (const listener of now.unexpectedListeners ?? []) proposals.push({ fact: 'propose-look', host, listener });
  if (attackGoesOn(now)) proposals.push({ fact: 'propose-upstream', host, perMinute: now.droppedPerMinute ?? 0 });
  if (now.drift > 0) proposals.push({ fact: 'propose-reassert', host, controls: now.drift });
  return proposals;
}
