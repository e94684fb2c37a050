import { contains, isSingleAddress, parseRange } from '../../domain/addresses';
import type { AddressRange } from '../../domain/addresses';
import type { SecurityReading } from '../../domain/security-state';
import type { Gathered } from './gathered';

/** Whose sessions count as the attacker's. */
export interface Watched {
  readonly accounts: readonly string[];
  readonly sources: readonly string[];
}

/** reading.sh counts failed logins over this long. */
const FAILED_LOGIN_MINUTES = 5;
const DEFAULT_EPHEMERAL = { first: 32_768, last: 60_999 };

type Outputs = ReadonlyMap<string, Gathered>;

function linesOf(outputs: Outputs, source: string): string[] {
  return (outputs.get(source)?.text ?? '').split('\n').filter((line) => line.trim() !== '');
}

function numberAt(text: string | undefined): number {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
}

/** The address of `203.0.113.9:22`, `[2001:db8::1]:22`, `[::ffff:203.0.113.9]:22`, `fe80::1%eth0:22`. */
function endpointOf(text: string): { readonly address: string; readonly port: string } {
  const colon = text.lastIndexOf(':');
  const address = text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { address: address.replace(/%.*$/, ''), port: text.slice(colon + 1) };
}

interface NftRule {
  readonly expr?: unknown;
}

/**
 * Packets that rules with a `drop` verdict have counted, over all tables in `nft -j list table` documents, one a line.
 * @returns null when there is no table
 */
function droppedPackets(documents: readonly string[]): number | null {
  const counts = documents.map(droppedInTable).filter((count) => count !== null);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

function droppedInTable(json: string): number | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return null;
  }
  const objects = (parsed as { readonly nftables?: unknown } | null)?.nftables;
  if (!Array.isArray(objects)) return null;
  const known = objects as readonly ({ readonly table?: unknown; readonly rule?: NftRule | null } | null)[];
  if (!known.some((object) => object?.table !== undefined)) return null;
  return known.reduce((sum, object) => sum + packetsDroppedBy(object?.rule), 0);
}

function packetsDroppedBy(rule: NftRule | null | undefined): number {
  if (!Array.isArray(rule?.expr)) return 0;
  const statements = rule.expr as readonly ({ readonly counter?: { readonly packets?: unknown } | null } | null)[];
  if (!statements.some((statement) => statement !== null && typeof statement === 'object' && 'drop' in statement))
    return 0;
  return statements.reduce((sum, statement) => {
    const count = statement?.counter?.packets;
    return sum + (typeof count === 'number' && Number.isFinite(count) ? count : 0);
  }, 0);
}

/**
 * Live processes of the accounts. An alias of root owns root's processes too, so there only its own logind sessions count.
 */
function processesOf(outputs: Outputs, accounts: readonly string[]): number {
  const uids = new Map(
    linesOf(outputs, 'accounts').map((line) => {
      const [name = '', , uid = ''] = line.split(':');
      return [name, uid] as const;
    }),
  );
  const running = new Map(
    linesOf(outputs, 'processes').map((line) => {
      const [uid = '', count] = line.trim().split(/\s+/);
      return [uid, numberAt(count)] as const;
    }),
  );
  const sessions = linesOf(outputs, 'sessions').map((line) => line.trim().split(/\s+/)[2]);
  const counted = new Set<string>();
  let total = 0;
  for (const account of new Set(accounts)) {
    const uid = uids.get(account);
    if (uid === undefined || uid === '0') {
      total += sessions.filter((name) => name === account).length;
    } else if (!counted.has(uid)) {
      counted.add(uid);
      total += running.get(uid) ?? 0;
    }
  }
  return total;
}

/** Established TCP connections with an address of the sources, whichever side opened them. */
function connectionsOf(outputs: Outputs, sources: readonly string[]): number {
  const single = new Set<string>();
  const prefixes: AddressRange[] = [];
  for (const source of sources) {
    const range = parseRange(source);
    if (range === undefined) continue;
    if (isSingleAddress(range)) single.add(range.text);
    else prefixes.push(range);
  }
  let total = 0;
  for (const line of linesOf(outputs, 'peers')) {
    const [count, peer = ''] = line.trim().split(/\s+/);
    const range = parseRange(endpointOf(peer).address);
    if (range === undefined) continue;
    if (single.has(range.text) || prefixes.some((prefix) => contains(prefix, range))) total += numberAt(count);
  }
  return total;
}

function isLoopback(address: string): boolean {
  const range = parseRange(address);
  return range !== undefined && (range.text === '::1' || (range.family === 4 && range.text.startsWith('127.')));
}

/**
 * Sockets that take something from outside, as `tcp/22`. Left out: loopback (an administrator's port forwarding is no
 * finding) and UDP in the ephemeral range, where every name look-up has a socket for a moment.
 */
function listenersOf(outputs: Outputs): string[] {
  const [, , range = ''] = linesOf(outputs, 'load');
  const [first, last] = range.trim().split(/\s+/).map(numberAt);
  const ephemeral = first && last ? { first, last } : DEFAULT_EPHEMERAL;
  const found = new Set<string>();
  for (const line of linesOf(outputs, 'listeners')) {
    const [protocol = '', , , , local = ''] = line.trim().split(/\s+/);
    const { address, port } = endpointOf(local);
    if (!/^(tcp|udp)$/.test(protocol) || !/^\d{1,5}$/.test(port) || isLoopback(address)) continue;
    const number = Number(port);
    if (protocol === 'udp' && number >= ephemeral.first && number <= ephemeral.last) continue;
    found.add(`${protocol}/${number}`);
  }
  return [...found].sort();
}

/**
 * What one exec of reading.sh says, in the words of the domain. `unexpectedListeners` holds every listener: which of them
 * are new is seen against the first reading. `drift` is 0: only the caller knows what is wanted.
 */
export function readingFrom(host: string, at: string, outputs: Outputs, watched: Watched): SecurityReading {
  const [load, processors] = linesOf(outputs, 'load').map((line) => numberAt(line.trim()));
  // Both count the same logins; an attacker who empties one of them does not make the failures vanish.
  const failed = Math.max(
    ...['failed-journal', 'failed-btmp'].map((source) => numberAt(linesOf(outputs, source)[0]?.trim())),
  );
  return {
    host,
    at,
    droppedPackets: droppedPackets(linesOf(outputs, 'counters')),
    attackerSessions: processesOf(outputs, watched.accounts) + connectionsOf(outputs, watched.sources),
    failedLoginsPerMinute: Math.round((10 * failed) / FAILED_LOGIN_MINUTES) / 10,
    unexpectedListeners: listenersOf(outputs),
    drift: 0,
    load: (load ?? 0) / Math.max(1, processors ?? 1),
  };
}
