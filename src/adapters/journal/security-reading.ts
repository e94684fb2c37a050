import { parseRange } from '../../domain/addresses';
import type { Fact } from '../../domain/fact';
import { allInEnglish } from '../../domain/fact-words';
import { RangeSet } from '../../domain/range-set';
import type { HostReading, ReadingPart } from '../../domain/security-state';
import { linesOf, type Gathered } from './gathered';

/** Whose sessions count as the attacker's. */
export interface Watched {
  readonly accounts: readonly string[];
  readonly sources: readonly string[];
}

/** A table's rules, without elements, as JSON: what is longer would hold up everybody else while it is parsed. */
const MAX_TABLE_BYTES = 512 * 1024;
/** Firebreak has a table for blocks, one for isolation, and one for each thing cut off at a gateway. */
const MAX_TABLES = 32;
/** Listeners that a reading names; a host with more has other troubles. */
const MAX_LISTENERS = 1_000;

/** reading.sh counts failed logins over this long. */
const FAILED_LOGIN_MINUTES = 5;
const DEFAULT_EPHEMERAL = { first: 32_768, last: 60_999 };

type Outputs = ReadonlyMap<string, Gathered>;

/** What one part of a reading is: a value, and why it may be more than that. */
interface Part<T> {
  readonly value: T;
  readonly faults: readonly Fact[];
}

function numberAt(text: string | undefined): number {
  return text !== undefined && /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
}

/** The first lines of a source that has few. */
async function firstLines(outputs: Outputs, source: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(outputs.get(source))) {
    if (lines.push(line) >= count) break;
  }
  return lines;
}

/** Why a source has not answered; empty when it has. `sign`: the form of a line that it always has. */
async function faultsOf(outputs: Outputs, source: string, sign: RegExp): Promise<readonly Fact[]> {
  const gathered = outputs.get(source);
  if (gathered === undefined) return [{ fact: 'source-unread', source, why: 'not-asked' }];
  if (gathered.fault !== undefined) return [{ fact: 'source-unread', source, why: gathered.fault }];
  for await (const line of linesOf(gathered, MAX_TABLE_BYTES)) if (sign.test(line)) return [];
  return [{ fact: 'source-unread', source, why: 'nothing' }];
}

/** The least that it can be, where there is a fault; nothing found is then nothing known. */
function atLeast(value: number, faults: readonly Fact[]): Part<number | null> {
  return { value: faults.length > 0 && value === 0 ? null : value, faults };
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
 * @returns null when there is no table, or when it is not known
 */
async function droppedPackets(outputs: Outputs): Promise<Part<number | null>> {
  const unanswered = await faultsOf(outputs, 'counters', /^asked \d+$/);
  let total: number | null = null;
  let tables = 0;
  let read = 0;
  let asked = 0;
  for await (const line of linesOf(outputs.get('counters'), MAX_TABLE_BYTES)) {
    const said = /^asked (\d{1,6})$/.exec(line);
    if (said !== null) asked = Number(said[1]);
    else if ((tables += 1) > MAX_TABLES) break;
    const count = said === null ? droppedInTable(line) : null;
    if (count === null) continue;
    read += 1;
    total = (total ?? 0) + count;
  }
  const unread: readonly Fact[] = read === asked ? [] : [{ fact: 'tables-unread', read, asked }];
  const faults = unanswered.length > 0 ? unanswered : unread;
  return { value: total === 0 && faults.length > 0 ? null : total, faults };
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
async function processesOf(outputs: Outputs, accounts: readonly string[]): Promise<Part<number>> {
  const asked = new Set(accounts);
  if (asked.size === 0) return { value: 0, faults: [] };
  const uids = new Map<string, string>();
  for await (const line of linesOf(outputs.get('accounts'))) {
    const [name = '', , uid = ''] = line.split(':', 3);
    if (asked.has(name)) uids.set(name, uid);
  }
  const bySession = new Set([...asked].filter((name) => [undefined, '0'].includes(uids.get(name))));
  let total = 0;
  for await (const line of linesOf(outputs.get('sessions'))) {
    const [, uid = '', user = ''] = line.split(/\s+/, 3);
    if (/^\d+$/.test(uid) && bySession.has(user)) total += 1;
  }
  const byUid = new Set([...uids].flatMap(([name, uid]) => (bySession.has(name) ? [] : [uid])));
  for await (const line of linesOf(outputs.get('processes'))) {
    const [uid = '', count] = line.split(/\s+/, 2);
    if (byUid.delete(uid)) total += numberAt(count);
  }
  const faults = [
    ...(await faultsOf(outputs, 'accounts', /^[^:]+:[^:]*:0:/)),
    ...(bySession.size === 0 ? [] : await faultsOf(outputs, 'sessions', /^(SESSION\s|No sessions)/)),
    ...(await faultsOf(outputs, 'processes', /^asked \d+$/)),
  ];
  return { value: total, faults };
}

/** Established TCP connections with an address of the sources, whichever side opened them. */
async function connectionsOf(outputs: Outputs, sources: readonly string[]): Promise<Part<number>> {
  if (sources.length === 0) return { value: 0, faults: [] };
  const wanted = new RangeSet(sources);
  let total = 0;
  for await (const line of linesOf(outputs.get('peers'))) {
    const [count, peer = ''] = line.split(/\s+/, 2);
    if (wanted.has(endpointOf(peer).address)) total += numberAt(count);
  }
  return { value: total, faults: await faultsOf(outputs, 'peers', /^asked \d+$/) };
}

async function attackerSessions(outputs: Outputs, { accounts, sources }: Watched): Promise<Part<number | null>> {
  const processes = await processesOf(outputs, accounts);
  const connections = await connectionsOf(outputs, sources);
  return atLeast(processes.value + connections.value, [...processes.faults, ...connections.faults]);
}

/**
 * Both count the same logins; an attacker who empties one of them does not make the failures vanish. A host may have no btmp: some releases
 * write none.
 */
async function failedLogins(outputs: Outputs): Promise<Part<number | null>> {
  const sources = ['failed-journal', 'failed-btmp'].filter((source) => outputs.get(source)?.missing !== true);
  const counts: number[] = [];
  const faults: Fact[] = [];
  for (const source of sources) {
    const [line = ''] = await firstLines(outputs, source, 1);
    counts.push(numberAt(/^counted (\S+)$/.exec(line)?.[1]));
    faults.push(...(await faultsOf(outputs, source, /^counted \d+$/)));
  }
  const failed = Math.max(0, ...counts);
  return atLeast(Math.round((10 * failed) / FAILED_LOGIN_MINUTES) / 10, faults);
}

async function load(outputs: Outputs): Promise<Part<number | null>> {
  const [now, processors] = (await firstLines(outputs, 'load', 2)).map(numberAt);
  const faults = await faultsOf(outputs, 'load', /^\d/);
  return { value: faults.length === 0 ? (now ?? 0) / Math.max(1, processors ?? 1) : null, faults };
}

function isLoopback(address: string): boolean {
  const range = parseRange(address);
  return range !== undefined && (range.text === '::1' || (range.family === 4 && range.text.startsWith('127.')));
}

/**
 * Sockets that take something from outside, as `tcp/22`. Left out: loopback (an administrator's port forwarding is no
 * finding) and UDP in the ephemeral range, where every name look-up has a socket for a moment.
 */
async function listenersOf(outputs: Outputs): Promise<Part<string[] | null>> {
  const faults = await faultsOf(outputs, 'listeners', /^Netid\s/);
  if (faults.length > 0) return { value: null, faults };
  const [, , range = ''] = await firstLines(outputs, 'load', 3);
  const [first, last] = range.split(/\s+/, 2).map(numberAt);
  const ephemeral = first && last ? { first, last } : DEFAULT_EPHEMERAL;
  const found = new Set<string>();
  for await (const line of linesOf(outputs.get('listeners'))) {
    const [protocol = '', , , , local = ''] = line.split(/\s+/, 5);
    const { address, port } = endpointOf(local);
    if (!/^(tcp|udp)$/.test(protocol) || !/^\d{1,5}$/.test(port) || isLoopback(address)) continue;
    const number = Number(port);
    if (protocol === 'udp' && number >= ephemeral.first && number <= ephemeral.last) continue;
    if (found.size < MAX_LISTENERS) found.add(`${protocol}/${number}`);
  }
  return { value: [...found].sort(), faults: [] };
}

/** What one exec of reading.sh says, in the words of the domain. */
export async function readingFrom(host: string, at: string, outputs: Outputs, watched: Watched): Promise<HostReading> {
  const parts = {
    droppedPackets: await droppedPackets(outputs),
    attackerSessions: await attackerSessions(outputs, watched),
    failedLoginsPerMinute: await failedLogins(outputs),
    listeners: await listenersOf(outputs),
    load: await load(outputs),
  } satisfies Record<ReadingPart, Part<unknown>>;
  const known = Object.entries(parts).filter(([, { faults }]) => faults.length > 0);
  const whyUnknown = Object.fromEntries(known.map(([part, { faults }]) => [part, faults]));
  const unknown = Object.fromEntries(known.map(([part, { faults }]) => [part, allInEnglish(faults)]));
  return {
    host,
    at,
    droppedPackets: parts.droppedPackets.value,
    attackerSessions: parts.attackerSessions.value,
    failedLoginsPerMinute: parts.failedLoginsPerMinute.value,
    listeners: parts.listeners.value,
    load: parts.load.value,
    ...(known.length === 0 ? {} : { unknown, whyUnknown }),
  };
}
