import type { ArtefactInfo } from '../../domain/evidence';
import type { LineKind } from './line-count';

/** What Firebreak knows of a source that its scripts name; the bytes come from the host, this does not. */
export interface Source {
  readonly group: ArtefactInfo['group'];
  /** Set for logs: how their lines are counted. */
  readonly lines?: LineKind;
  /** What it says when the command ended well and printed nothing; without it, empty is an absence. */
  readonly emptyMeans?: string;
}

const volatile: Source = { group: 'volatile' };
const text: Source = { group: 'logs', lines: 'text' };
const entries: Source = { group: 'logs', lines: 'journal-export' };
const raw: Source = { group: 'logs' };
const network: Source = { group: 'network' };
const accounting: Source = { group: 'accounting' };
const persistence: Source = { group: 'persistence' };
const containment: Source = { group: 'containment' };

/** In order of volatility (RFC 3227, E1): the order in which `volatile.sh` takes them. */
export const VOLATILE_SOURCES: ReadonlyMap<string, Source> = new Map([
  ['clock', { group: 'context' }],
  ['sockets-tcp', { ...volatile, emptyMeans: 'no TCP socket' }],
  ['sockets-udp', { ...volatile, emptyMeans: 'no UDP socket' }],
  ['sockets-packet', { ...volatile, emptyMeans: 'no packet socket, so nobody sniffs' }],
  ['sockets-proc', volatile],
  ['sessions', { ...volatile, emptyMeans: 'nobody is logged in according to utmp' }],
  ['sessions-logind', { ...volatile, emptyMeans: 'logind knows no session' }],
  ['sessions-recent', accounting],
  ['processes', volatile],
  ['processes-exe', volatile],
  ['processes-hidden', { ...volatile, emptyMeans: 'every process in /proc is shown by ps' }],
  ['deleted-executables', { ...volatile, emptyMeans: 'no process runs from a deleted file' }],
  ['kernel-modules', { ...volatile, emptyMeans: 'no module is loaded' }],
  ['kernel-taint', volatile],
  ['firewall-nft', { ...network, emptyMeans: 'the ruleset is empty' }],
  ['firewall-iptables', { ...network, emptyMeans: 'iptables holds no table' }],
  ['firewall-ip6tables', { ...network, emptyMeans: 'ip6tables holds no table' }],
  ['firewall-ipset', { ...network, emptyMeans: 'there is no set' }],
  ['conntrack', { ...network, emptyMeans: 'no flow is tracked' }],
  ['neighbours', { ...network, emptyMeans: 'the neighbour table is empty' }],
  ['routes', { ...network, emptyMeans: 'there is no route' }],
  ['addresses', network],
  ['mounts', volatile],
  ['temporary-files', { ...volatile, emptyMeans: 'the directories for temporary files are empty' }],
  ['deleted-executable', volatile],
]);

const ORDINARY_LOGS: readonly (readonly [string, Source])[] = [
  ['auth-log', text],
  ['syslog', text],
  ['kern-log', text],
  ['audit-log', text],
  ['fail2ban-log', text],
  ['nginx-log', text],
  ['apache-log', text],
  ['firewall-log', text],
  ['cron-log', text],
  ['dpkg-log', text],
  ['apt-log', text],
  ['extra-log', text],
];

const ACCOUNTING: readonly (readonly [string, Source])[] = [
  ['wtmp', accounting],
  ['btmp', accounting],
  ['lastlog', accounting],
  ['logins', accounting],
  ['logins-failed', accounting],
  ['logins-last', accounting],
];

/** What `logs.sh` takes: the ordinary way, rung 1. */
export const LOG_SOURCES: ReadonlyMap<string, Source> = new Map([
  ['log-system', { group: 'context' }],
  ['conntrack', { ...network, emptyMeans: 'no flow is tracked' }],
  ['firebreak-counters', containment],
  ['firewall-nft', { ...network, emptyMeans: 'the ruleset is empty' }],
  ['journal-export', entries],
  ...ORDINARY_LOGS,
  ['kernel-ring', text],
  ...ACCOUNTING,
  ['accounts', persistence],
  ['authorized-keys', persistence],
  ['crontabs', persistence],
  ['systemd-units', persistence],
  ['systemd-timers', persistence],
  ['loader', persistence],
  ['start-up-files', persistence],
  [
    'changed-files',
    { ...persistence, emptyMeans: 'no file under /etc, /usr/local or the unit directories changed since then' },
  ],
  ['journal-raw', raw],
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
  [3, new Map([['journal-raw', raw]])],
  [4, new Map([...ORDINARY_LOGS, ['other-log', text], ...ACCOUNTING])],
  [
    5,
    new Map([
      ['kernel-ring', text],
      ['kernel-crash', raw],
    ]),
  ],
  [6, new Map([['open-deleted', raw]])],
]);
