import { isSingleAddress, overlaps, parseRange, withoutCovered, type AddressRange } from '../../../domain/addresses';
import type { Fact } from '../../../domain/fact';
import { sha256Hex } from '../../../domain/hash';
import type { ActionId } from '../../../domain/ids';
import type { BlockSources } from '../../../domain/plan';

/** A block order sorted into what is sent to the host and what is refused before that. */
export interface BlockRequest {
  /** Canonical text of every source asked for, in order, without doubles: one result each. */
  readonly targets: readonly string[];
  readonly ranges: ReadonlyMap<string, AddressRange>;
  readonly refused: ReadonlyMap<string, Fact>;
  /** Sources of the order that have no element of their own, with the target that holds them. */
  readonly covered: ReadonlyMap<string, string>;
  /** Data for the host script. */
  readonly lines: string;
  /** Identifies the order: the same action id with another order is refused by the host. */
  readonly planSha256: string;
}

/**
 * Prepares a block order: canonical text, no doubles, nothing protected. Prefixes inside others are left to those, because
 * the kernel's sets take no overlaps; all sources of one act end at the same time, so nothing is lost.
 */
export function blockRequest(action: BlockSources): BlockRequest {
  const ranges = new Map<string, AddressRange>();
  const refused = new Map<string, Fact>();
  const targets = new Set<string>();
  const protect = action.protect.flatMap((text) => parseRange(text) ?? []);
  for (const source of action.sources) {
    const range = parseRange(source);
    const target = range?.text ?? source.slice(0, 80);
    targets.add(target);
    const hit = range && protect.find((candidate) => overlaps(candidate, range));
    if (range === undefined) refused.set(target, { fact: 'left-out', why: 'not-an-address' });
    else if (hit !== undefined) refused.set(target, { fact: 'overlaps-protected', range: hit.text });
    else ranges.set(target, range);
  }
  const covered = new Map((action.covered ?? []).map(({ source, by }) => [source, by]));
  const blocked = [...ranges.values()];
  const lines = [
    ...withoutCovered(protect).map((range) => `protect ${range.text}\n`),
    ...withoutCovered(blocked.filter((range) => !isSingleAddress(range))).map((range) => `block ${range.text}\n`),
    ...blocked.filter(isSingleAddress).map((range) => `block ${range.text}\n`),
  ].join('');
  const planSha256 = sha256Hex(`${action.direction}\n${action.expiresAt}\n${lines}`);
  return { targets: [...targets], ranges, refused, covered, lines, planSha256 };
}

/** Names the act's own sets and chains on the host; the same as `sb_key` in lease.sh. */
export function blockKey(action: ActionId): string {
  const incident = action.slice('INC-'.length, action.indexOf(':'));
  return `${incident}-${sha256Hex(action).slice(0, 8)}`;
}

/** What the act's elements carry in the kernel; the same as `sb_comment` in lease.sh (comments hold at most 127 bytes). */
export function blockComment(action: ActionId): string {
  return action.length <= 120 ? action : `${action.slice(0, action.indexOf(':'))}:~${sha256Hex(action).slice(0, 8)}`;
}
