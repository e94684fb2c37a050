import { contains, parseRange, type AddressRange } from '../../../domain/addresses';
import type { TargetResult } from '../../../domain/plan';
import type { BlockRequest } from './block-request';
import { HeldIndex, incidentInComment, type HeldBlock } from './held-blocks';

/** The kernel counts in its own ticks and the read-back comes later than the act. */
const TIME_TOLERANCE_S = 15;

/** ipset holds no ends beyond 24.8 days; an element with more than this left is renewed by the watch in time. */
const RENEWED_IN_TIME_S = 2_000_000;

/** What is needed to judge every target of an act. */
export interface BlockState {
  /** In force before the act, from the pre-image. */
  readonly before: readonly HeldBlock[];
  readonly now: readonly HeldBlock[];
  /** Refused by the host's own protected set. */
  readonly refusedByHost: readonly string[];
  /** Seconds until the lease ends, by the host's clock. */
  readonly secondsLeft: number;
  readonly key: string;
}

/**
 * One result per target asked for (C2): `refused` when protected; else by what the kernel says of this act's own elements,
 * remaining time included; `already` when the address was in force before the act, by whomever.
 */
export function blockOutcomes(request: BlockRequest, state: BlockState, held: 'applied' | 'already'): TargetResult[] {
  return withCovered(request, ownOutcomes(request, state, held));
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
    return { target, outcome: outcome === 'applied' ? 'already' : outcome, detail: `lies in ${by}` };
  });
  return [...results, ...covered];
}

function ownOutcomes(request: BlockRequest, state: BlockState, held: 'applied' | 'already'): TargetResult[] {
  const refused = state.refusedByHost.flatMap((text) => parseRange(text) ?? []);
  const refusedByHost = (range: AddressRange): boolean => refused.some((outer) => contains(outer, range));
  const before = new HeldIndex(state.before.filter((block) => block.key !== state.key));
  const own = new HeldIndex(state.now.filter((block) => block.key === state.key));
  return request.targets.map((target): TargetResult => {
    const range = request.ranges.get(target);
    if (range === undefined) return { target, outcome: 'refused', detail: request.refused.get(target) ?? 'refused' };
    const element = own.covering(range);
    if (element === undefined) {
      return refusedByHost(range)
        ? {
            target,
            outcome: 'refused',
            detail: 'the host itself needs this address: own, gateway, resolver or management',
          }
        : { target, outcome: 'missing', detail: 'not in the kernel' };
    }
    const seconds = element.secondsLeft ?? Number.POSITIVE_INFINITY;
    const tooLong = seconds > state.secondsLeft + TIME_TOLERANCE_S;
    const tooShort = seconds < Math.min(state.secondsLeft - TIME_TOLERANCE_S, RENEWED_IN_TIME_S);
    if (tooLong || tooShort) {
      return { target, outcome: 'missing', detail: `ends in ${seconds} s instead of ${state.secondsLeft} s` };
    }
    const earlier = before.covering(range);
    if (earlier === undefined) return { target, outcome: held };
    return { target, outcome: 'already', detail: `also held by ${incidentInComment(earlier.owner)}` };
  });
}

/** One result per target of a release: `applied` was in force and is gone, `already` was not in force, `failed` still is. */
export function releaseOutcomes(request: BlockRequest, state: Omit<BlockState, 'secondsLeft'>): TargetResult[] {
  const before = new HeldIndex(state.before.filter((block) => block.key === state.key));
  const own = new HeldIndex(state.now.filter((block) => block.key === state.key));
  const results = request.targets.map((target): TargetResult => {
    const range = request.ranges.get(target);
    if (range === undefined) return { target, outcome: 'already', detail: 'was never blocked' };
    if (own.covering(range) !== undefined) return { target, outcome: 'failed', detail: 'still in the kernel' };
    if (before.covering(range) === undefined) return { target, outcome: 'already', detail: 'was not in force' };
    return { target, outcome: 'applied' };
  });
  return withCovered(request, results);
}

/** Addresses that other incidents still hold, by incident: a release leaves them (C4). */
export function stillHeld(request: BlockRequest, now: readonly HeldBlock[], key: string): ReadonlyMap<string, number> {
  const others = new HeldIndex(now.filter((block) => block.key !== key));
  const counts = new Map<string, number>();
  for (const range of request.ranges.values()) {
    const element = others.covering(range);
    if (element === undefined) continue;
    const incident = incidentInComment(element.owner);
    counts.set(incident, (counts.get(incident) ?? 0) + 1);
  }
  return counts;
}
