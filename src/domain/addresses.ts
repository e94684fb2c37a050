/**
 * IPv4 and IPv6 addresses and prefixes as values. Literals only: anything else is not an address.
 * Sources: RFC 4291 §2.2 (text forms), RFC 5952 (canonical text), RFC 4632 (CIDR).
 */
export interface AddressRange {
  readonly family: 4 | 6;
  /** The network address; host bits are cleared. */
  readonly first: bigint;
  readonly prefix: number;
  /** Canonical text: a single address without `/32` or `/128`. */
  readonly text: string;
}

const BITS = { 4: 32, 6: 128 } as const;
const V4_MAPPED_HIGH = 0xffffn;

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || text.includes(':::')) return undefined;
  let body = text;
  const lastColon = body.lastIndexOf(':');
  if (lastColon >= 0 && body.includes('.')) {
    const embedded = parseV4(body.slice(lastColon + 1));
    if (embedded === undefined) return undefined;
    body = `${body.slice(0, lastColon + 1)}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  }
  const halves = body.split('::');
  if (halves.length > 2) return undefined;
  const head = halves[0] === '' ? [] : (halves[0] ?? '').split(':');
  const tail = halves.length < 2 || halves[1] === '' ? [] : (halves[1] ?? '').split(':');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8;) {
    let length = 0;
    while (groups[i + length] === 0) length += 1;
    if (length > best.length) best = { start: i, length };
    i += length + 1;
  }
  const hex = groups.map((g) => g.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** A range from its parts; host bits are cleared. */
export function makeRange(family: 4 | 6, value: bigint, prefix: number): AddressRange {
  const bits = BITS[family];
  const hostBits = BigInt(bits - prefix);
  const first = (value >> hostBits) << hostBits;
  const address = family === 4 ? formatV4(first) : formatV6(first);
  return { family, first, prefix, text: prefix === bits ? address : `${address}/${prefix}` };
}

/**
 * Reads an address or prefix. IPv4-mapped IPv6 becomes IPv4; host bits are cleared.
 * @returns undefined for anything that is not a literal: names, ports, zones, leading zeros, blanks
 */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  if (rest.length > 0 || (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText))) return undefined;
  const family = address.includes(':') ? 6 : 4;
  const value = family === 4 ? parseV4(address) : parseV6(address);
  const prefix = prefixText === undefined ? BITS[family] : Number(prefixText);
  if (value === undefined || prefix > BITS[family]) return undefined;
  if (family === 6 && value >> 32n === V4_MAPPED_HIGH && prefix >= 96) {
    return makeRange(4, value & 0xffffffffn, prefix - 96);
  }
  return makeRange(family, value, prefix);
}

/** The last address of a range, as a number. */
export function lastOf(range: AddressRange): bigint {
  return range.first | ((1n << BigInt(BITS[range.family] - range.prefix)) - 1n);
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && lastOf(inner) <= lastOf(outer);
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  return contains(a, b) || contains(b, a);
}

export function isSingleAddress(range: AddressRange): boolean {
  return range.prefix === BITS[range.family];
}

/** Order by family, network and prefix: one canonical order for plans and hashes. */
export function compareRanges(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.prefix - b.prefix;
}

/** Ranges without those that lie inside another one of the list, and those, each with the one it lies in; sorted, without doubles. */
export function splitCovered(ranges: readonly AddressRange[]): {
  readonly kept: readonly AddressRange[];
  readonly covered: readonly { readonly range: AddressRange; readonly by: AddressRange }[];
} {
  const kept: AddressRange[] = [];
  const covered: { range: AddressRange; by: AddressRange }[] = [];
  let before: AddressRange | undefined;
  for (const range of [...ranges].sort(compareRanges)) {
    if (range.text === before?.text) continue;
    before = range;
    const outer = kept.at(-1);
    if (outer === undefined || !contains(outer, range)) kept.push(range);
    else covered.push({ range, by: outer });
  }
  return { kept, covered };
}

/** Drops duplicates and ranges that lie inside another one of the list; sorted. */
export function withoutCovered(ranges: readonly AddressRange[]): AddressRange[] {
  return [...splitCovered(ranges).kept];
}
