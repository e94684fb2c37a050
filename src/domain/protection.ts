import type { AddressRange } from './addresses';
import { overlaps, parseRange } from './addresses';
import type { RefusedTarget } from './plan';

/** An address or prefix that is never blocked, and what it is (B5). */
export interface ProtectedRange {
  readonly range: AddressRange;
  /** In an operator's words: `bastion`, `your own address`, `resolver`. */
  readonly label: string;
}

/** Widest prefixes that may be blocked; a smaller number is wider. */
export interface WidthBounds {
  readonly v4: number;
  readonly v6: number;
}

export const DEFAULT_WIDTH: WidthBounds = { v4: 16, v6: 32 };

const ALWAYS: readonly (readonly [string, string])[] = [
  ['127.0.0.0/8', 'loopback'],
  ['::1', 'loopback'],
  ['0.0.0.0/8', 'this network'],
  ['::', 'unspecified address'],
  ['224.0.0.0/4', 'multicast'],
  ['ff00::/8', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['fe80::/10', 'link-local: neighbour discovery'],
];

/** The protected set from labelled texts, with what is always protected. Texts that are not addresses are left out. */
export function protectedSet(
  entries: readonly { readonly address: string; readonly label: string }[],
): ProtectedRange[] {
  const all = [...ALWAYS.map(([address, label]) => ({ address, label })), ...entries];
  return all.flatMap(({ address, label }) => {
    const range = parseRange(address);
    return range === undefined ? [] : [{ range, label }];
  });
}

/** Why a source may not be blocked; undefined when it may. */
export function refusal(
  source: string,
  protectedRanges: readonly ProtectedRange[],
  bounds: WidthBounds,
): RefusedTarget | undefined {
  const range = parseRange(source);
  if (range === undefined)
    return {
      target: source.slice(0, 80),
      reason: 'not-an-address',
      detail: { fact: 'left-out', why: 'not-an-address' },
    };
  const bound = range.family === 4 ? bounds.v4 : bounds.v6;
  if (range.prefix < bound) {
    const detail = { fact: 'range-too-wide', prefix: range.prefix, allowed: bound } as const;
    return { target: range.text, reason: 'too-wide', detail };
  }
  const hit = protectedRanges.find((candidate) => overlaps(candidate.range, range));
  if (hit === undefined) return undefined;
  const detail = { fact: 'range-protected', range: hit.range.text, label: hit.label } as const;
  return { target: range.text, reason: 'protected', detail };
}
