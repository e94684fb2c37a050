import type { Fact } from './fact';
import { ATTACK_PACKETS_PER_MINUTE } from './numbers';
import type { SecurityState } from './words';

/** What is measured on a host before and after containment and during the watch (B13). */
export interface SecurityReading {
  readonly host: string;
  readonly at: string;
  /** Packets the firebreak table has dropped since it was made; null when there is no table. */
  readonly droppedPackets: number | null;
  /** Since the look before; absent where there was none, and in readings of earlier versions. */
  readonly droppedPerMinute?: number;
  /** Sessions and processes of accounts that are to be disabled, and sessions from blocked sources. */
  readonly attackerSessions: number;
  readonly failedLoginsPerMinute: number;
  /** Everything that listens for others, as `tcp/4444`. Absent in readings of earlier versions, where all of it was unexpected. */
  readonly listeners?: readonly string[];
  /** Of those, what the host's entry does not name; without such an entry, what did not listen in the first reading. */
  readonly unexpectedListeners: readonly string[];
  /** Controls wanted but not in the kernel. */
  readonly drift: number;
  /** 1-minute load divided by the number of CPUs. */
  readonly load: number;
}

/** What one look at a host gives: what of it is unexpected or missing, only the caller knows. */
export type HostReading = Omit<SecurityReading, 'unexpectedListeners' | 'drift' | 'droppedPerMinute'> & {
  readonly listeners: readonly string[];
};

/**
 * Which listeners nobody expects (B13).
 * @param declared what the inventory says of the host, as `tcp/22`
 * @param first the first reading of the host in this incident; undefined while there is none
 */
export function unexpectedOf(
  listeners: readonly string[],
  declared: readonly string[] | undefined,
  first: SecurityReading | undefined,
): readonly string[] {
  const expected = declared ?? first?.listeners ?? first?.unexpectedListeners ?? listeners;
  return listeners.filter((listener) => !expected.includes(listener));
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
 * `safe`: no attacker session, no drift, no unexpected listener, failed logins not rising, few packets still dropped; `worse`: more
 * attacker sessions, a new unexpected listener or twice the failed logins; `degraded`: anything between.
 */
export function securityState(before: SecurityReading, now: SecurityReading): SecurityState {
  const newListeners = now.unexpectedListeners.filter((listener) => !before.unexpectedListeners.includes(listener));
  const failedRise = now.failedLoginsPerMinute > Math.max(10, 2 * before.failedLoginsPerMinute);
  if (now.attackerSessions > before.attackerSessions || newListeners.length > 0 || failedRise) return 'worse';
  const isQuiet = now.attackerSessions === 0 && now.unexpectedListeners.length === 0;
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
  if (now.attackerSessions > 0) proposals.push({ fact: 'propose-isolation', host, sessions: now.attackerSessions });
  for (const listener of now.unexpectedListeners) proposals.push({ fact: 'propose-look', host, listener });
  if (attackGoesOn(now)) proposals.push({ fact: 'propose-upstream', host, perMinute: now.droppedPerMinute ?? 0 });
  if (now.drift > 0) proposals.push({ fact: 'propose-reassert', host, controls: now.drift });
  return proposals;
}
