import { RangeSet } from '../../../domain/range-set';
import { Pace } from '../pace';
import type { AddressRange } from '../../../domain/addresses';
import type { TargetResult } from '../../../domain/plan';
import { targetBecause } from '../../../domain/plan';
import type { HostReply } from '../reply';
import type { BlockRequest } from './block-request';
import { HeldIndex, incidentInComment, type HeldBlock } from './held-blocks';

/** The kernel counts in its own ticks and the read-back comes later than the act. */
const TIME_TOLERANCE_S = 15;

/** ipset holds no ends beyond 24.8 days; an element with more than this left is renewed by the watch in time. */
const RENEWED_IN_TIME_S = 2_000_000;

/** So many incidents are named one by one. */
const MAX_INCIDENTS = 20;
/** Those beyond. */
export const OTHERS = 'others';

/** What is needed to judge every target of an act. */
export interface BlockState {
  /** In force before the act, from the pre-image. */
  readonly before: readonly HeldBlock[];
  readonly now: readonly HeldBlock[];
  /** Refused by the host's own protected set. */
  readonly refusedByHost: readonly string[];
  /** IP versions that the filter does not hold there. */
  readonly without: Without;
  /** Seconds until the lease ends, by the host's clock. */
  readonly secondsLeft: number;
  readonly key: string;
}

/**
 * Why the filter of a host does not hold addresses of an IP version: the host does not speak it (`kernel`), or the tools for it do not
 * work (`tools`).
 */
export interface Without {
  readonly families: ReadonlyMap<AddressRange['family'], 'kernel' | 'tools'>;
  /** What the tools said, for people; empty when they said nothing. */
  readonly says: string;
}

/** `without 6 kernel` lines of a reply; what has another form says nothing. */
export function withoutIn(reply: HostReply): Without {
  const families = new Map<AddressRange['family'], 'kernel' | 'tools'>();
  for (const line of reply.all('without')) {
    const [, family, why] = /^([46]) (kernel|tools)$/.exec(line) ?? [];
    if (why !== undefined) families.set(family === '4' ? 4 : 6, why === 'kernel' ? 'kernel' : 'tools');
  }
  return { families, says: reply.text('without_says') };
}

/**
 * One result per target asked for (C2): `refused` when protected; else by what the kernel says of this act's own elements,
 * remaining time included; `already` when the address was in force before the act, by whomever.
 */
export async function blockOutcomes(
  request: BlockRequest,
  state: BlockState,
  held: 'applied' | 'already',
): Promise<TargetResult[]> {
  return withCovered(request, await ownOutcomes(request, state, held));
}

/**
 * Adds a result for every source that another target of the order holds (C2): `already` when that one is as it should be, else the same
 * as that one.
 */
function withCovered(request: BlockRequest, results: TargetResult[]): TargetResult[] {
  if (request.covered.size === 0) return results;
  const byTarget = new Map(results.map((result) => [result.target, result.outcome]));
  const covered = [...request.covered].map(([target, by]): TargetResult => {
    const outcome = byTarget.get(by) ?? 'missing';
    return targetBecause(target, outcome === 'applied' ? 'already' : outcome, [], [{ fact: 'lies-in', by }]);
  });
  return [...results, ...covered];
}

async function ownOutcomes(
  request: BlockRequest,
  state: BlockState,
  held: 'applied' | 'already',
): Promise<TargetResult[]> {
  const refused = await rangeSet(state.refusedByHost);
  const before = await HeldIndex.of(state.before, (block) => block.key !== state.key);
  const own = await HeldIndex.of(state.now, (block) => block.key === state.key);
  const judge = (target: string): TargetResult => {
    const range = request.ranges.get(target);
    if (range === undefined) {
      const why = request.refused.get(target);
      return targetBecause(target, 'refused', [], why === undefined ? [] : [why]);
    }
    const element = own.covering(range);
    if (element === undefined) {
      if (refused.covers(range)) return targetBecause(target, 'refused', ['needed-by-host']);
      const why = state.without.families.get(range.family);
      if (why === 'kernel') return targetBecause(target, 'refused', ['no-ipv6']);
      if (why === 'tools') {
        const { says } = state.without;
        return targetBecause(
          target,
          'failed',
          ['family-tools'],
          says === '' ? [] : [{ fact: 'tool-said', words: says }],
        );
      }
      return targetBecause(target, 'missing', ['not-in-kernel']);
    }
    const seconds = element.secondsLeft ?? Number.POSITIVE_INFINITY;
    const tooLong = seconds > state.secondsLeft + TIME_TOLERANCE_S;
    const tooShort = seconds < Math.min(state.secondsLeft - TIME_TOLERANCE_S, RENEWED_IN_TIME_S);
    if (tooLong || tooShort) {
      return targetBecause(target, 'missing', [], [{ fact: 'ends-otherwise', seconds, planned: state.secondsLeft }]);
    }
    const earlier = before.covering(range);
    if (earlier === undefined) return { target, outcome: held };
    return targetBecause(target, 'already', [], [{ fact: 'held-also-by', by: incidentInComment(earlier.owner) }]);
  };
  return eachTarget(request, judge);
}

/** Thousands of targets against thousands of elements: the event loop gets its turns meanwhile. */
async function eachTarget(request: BlockRequest, judge: (target: string) => TargetResult): Promise<TargetResult[]> {
  const pace = new Pace();
  const results: TargetResult[] = [];
  for (const target of request.targets) {
    if (pace.due()) await pace.rest();
    results.push(judge(target));
  }
  return results;
}

/** One result per target of a release: `applied` was in force and is gone, `already` was not in force, `failed` still is. */
export async function releaseOutcomes(
  request: BlockRequest,
  state: Omit<BlockState, 'secondsLeft' | 'without'>,
): Promise<TargetResult[]> {
  const before = await HeldIndex.of(state.before, (block) => block.key === state.key);
  const own = await HeldIndex.of(state.now, (block) => block.key === state.key);
  const results = await eachTarget(request, (target): TargetResult => {
    const range = request.ranges.get(target);
    if (range === undefined) return targetBecause(target, 'already', [], [{ fact: 'never-blocked' }]);
    if (own.covering(range) !== undefined) return targetBecause(target, 'failed', ['still-in-kernel']);
    if (before.covering(range) === undefined)
      return targetBecause(target, 'already', [], [{ fact: 'was-not-in-force' }]);
    return { target, outcome: 'applied' };
  });
  return withCovered(request, results);
}

/** Addresses that other incidents still hold, by incident: a release leaves them (C4). */
export async function stillHeld(
  request: BlockRequest,
  now: readonly HeldBlock[],
  key: string,
): Promise<ReadonlyMap<string, number>> {
  const others = await HeldIndex.of(now, (block) => block.key !== key);
  const counts = new Map<string, number>();
  const pace = new Pace();
  for (const range of request.ranges.values()) {
    if (pace.due()) await pace.rest();
    const element = others.covering(range);
    if (element === undefined) continue;
    const named = incidentInComment(element.owner);
    // A host may make up any number of incidents.
    const incident = counts.has(named) || counts.size < MAX_INCIDENTS ? named : OTHERS;
    counts.set(incident, (counts.get(incident) ?? 0) + 1);
  }
  return counts;
}

async function rangeSet(texts: readonly string[]): Promise<RangeSet> {
  const set = new RangeSet();
  const pace = new Pace();
  for (const text of texts) {
    if (pace.due()) await pace.rest();
    set.add(text);
  }
  return set;
}
