import type { ArtefactInfo } from '../../domain/evidence';
import type { LineKind } from './line-count';

/**
 * What Firebreak knows of a source that its scripts name; the bytes come from the host, this does not. No bytes are always an absence: what
 * a clean host has none of comes with a header or a version (frames.sh).
 */
export interface Source {
  readonly group: ArtefactInfo['group'];
  /** Set for logs: how their lines are counted. */
  readonly lines?: LineKind;
  /** Half of it is of no use: what is not whole is an absence. */
  readonly whole?: true;
}

const volatile: Source = { group: 'volatile' };
const text: Source = { group: 'logs', lines: 'text' };
const entries: Source = { group: 'logs', lines: 'journal-export' };
const raw: Source = { group: 'logs' };
const journalFile: Source = { group: 'logs', whole: true };
const network: Source = { group: 'network' };
const accounting: Source = { group: 'accounting' };
const database: Source = { group: 'accounting', whole: true };
const persistence: Source = { group: 'persistence' };
const containment: Source = { group: 'containment' };

/** In order of volatility (RFC 3227, E1): the order in which `volatile.sh` takes them. */
export const VOLATILE_SOURCES: ReadonlyMap<string, Source> = new Map([
  ['clock', { group: 'context' }],
  ['sockets-tcp', volatile],
  ['sockets-udp', volatile],
  ['sockets-packet', volatile],
  ['sockets-proc', volatile],
  ['sessions', volatile],
  ['sessions-logind', volatile],
  ['sessions-recent', accounting],
  ['processes', volatile],
  ['processes-exe', volatile],
  ['processes-hidden', volatile],
  ['deleted-executables', volatile],
  ['kernel-modules', volatile],
  ['kernel-taint', volatile],
  ['firewall-nft', network],
  ['firewall-iptables', network],
  ['firewall-ip6tables', network],
  ['firewall-ipset', network],
  ['conntrack', network],
  ['neighbours', network],
  ['routes', network],
  ['addresses', network],
  ['mounts', volatile],
  ['temporary-files', volatile],
  ['deleted-executable', volatile],
]);

/** In the order in which the scripts take them: sites write the last ones, as many as they are. */
const ORDINARY_LOGS: readonly (readonly [string, Source])[] = [
  ['auth-log', text],
  ['audit-log', text],
  ['fail2ban-log', text],
  ['syslog', text],
  ['kern-log', text],
  ['firewall-log', text],
  ['cron-log', text],
  ['dpkg-log', text],
  ['apt-log', text],
  ['extra-log', text],
];
const WEB_LOGS: readonly (readonly [string, Source])[] = [
  ['nginx-log', text],
  ['apache-log', text],
];

const ACCOUNTING: readonly (readonly [string, Source])[] = [
  ['wtmp', accounting],
  ['btmp', accounting],
  ['lastlog', database],
  ['wtmpdb', database],
  ['lastlog2', database],
  ['logins', accounting],
  ['logins-failed', accounting],
  ['logins-last', accounting],
  ['logins-wtmpdb', accounting],
  ['logins-lastlog2', accounting],
];

/** What `logs.sh` takes: the ordinary way, rung 1. */
export const LOG_SOURCES: ReadonlyMap<string, Source> = new Map([
  ['log-system', { group: 'context' }],
  ['conntrack', network],
  ['firebreak-counters', containment],
  ['firewall-nft', network],
  ['accounts', persistence],
  ['authorized-keys', persistence],
  ['crontabs', persistence],
  ['systemd-units', persistence],
  ['systemd-timers', persistence],
  ['loader', persistence],
  ['start-up-files', persistence],
  ['changed-files', persistence],
  ...ACCOUNTING,
  ['journal-export', entries],
  ['kernel-ring', text],
  ...ORDINARY_LOGS,
  ['journal-raw', journalFile],
  ...WEB_LOGS,
]);

/** What `ladder.sh` takes, by rung (E3). */
export const LADDER_SOURCES: ReadonlyMap<number, ReadonlyMap<string, Source>> = new Map([
  [
    2,
    new Map([
      ['journal-persistent', entries],
      ['journal-runtime', entries],
      ['journal-file', entries],
    ]),
  ],
  [3, new Map([['journal-raw', journalFile]])],
  [4, new Map([...ACCOUNTING, ...ORDINARY_LOGS, ['other-log', text], ...WEB_LOGS])],
  [
    5,
    new Map([
      ['kernel-ring', text],
      ['kernel-crash', raw],
    ]),
  ],
  [6, new Map([['open-deleted', raw]])],
]);
