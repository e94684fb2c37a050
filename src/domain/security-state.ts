import type { Fact } from './fact';
import type { SecurityState } from './words';

/** What is measured on a host before and after containment and during the watch (B13). */
export interface SecurityReading {
  readonly host: string;
  readonly at: string;
  /** Packets the firebreak table has dropped since it was made; null when there is no table. */
  readonly droppedPackets: number | null;
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
export type HostReading = Omit<SecurityReading, 'unexpectedListeners' | 'drift'> & {
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
 * Compares a reading with the one before containment.
 * `safe`: no attacker session, no drift, no unexpected listener, failed logins not rising; `worse`: more attacker
 * sessions, a new unexpected listener or twice the failed logins; `degraded`: anything between.
 */
export function securityState(before: SecurityReading, now: SecurityReading): SecurityState {
  const newListeners = now.unexpectedListeners.filter((listener) => !before.unexpectedListeners.includes(listener));
  const failedRise = now.failedLoginsPerMinute > Math.max(10, 2 * before.failedLoginsPerMinute);
  if (now.attackerSessions > before.attackerSessions || newListeners.length > 0 || failedRise) return 'worse';
  if (now.attackerSessions === 0 && now.drift === 0 && now.unexpectedListeners.length === 0) return 'safe';
  return 'degraded';
}

/** The worst of several hosts' states; `safe` when there are none. */
export function worstState(states: readonly SecurityState[]): SecurityState {
  if (states.includes('worse')) return 'worse';
  return states.includes('degraded') ? 'degraded' : 'safe';
}

/** Additional measures to propose when the state is worse (B13). */
export function proposedMeasures(now: SecurityReading): Fact[] {
  const { host } = now;
  const proposals: Fact[] = [];
  if (now.attackerSessions > 0) proposals.push({ fact: 'propose-isolation', host, sessions: now.attackerSessions });
  for (const listener of now.unexpectedListeners) proposals.push({ fact: 'propose-look', host, listener });
  if (now.drift > 0) proposals.push({ fact: 'propose-reassert', host, controls: now.drift });
  return proposals;
}
