import type { ActionResult, OutcomeCounts } from './plan';
import { isInForce, settled } from './plan';
import type { Outcome, ResponseMode } from './words';

/** What a response came to, as far as it is known when it ends. */
export interface ResponseFacts {
  /** Undefined when no plan was made. */
  readonly plan:
    | {
        readonly mode: ResponseMode;
        readonly refused: number;
        /** Of the refused, what the policy does not act on although it was named. */
        readonly leftOut: number;
      }
    | undefined;
  /** A drill looks at everything and changes nothing. */
  readonly drill: boolean;
  /** Planned containment acts, heightened monitoring not counted. */
  readonly planned: number;
  readonly results: readonly ActionResult[];
  /** How many of the hosts that were named are in the inventory, and how many are not: nobody acts on those. */
  readonly hosts: { readonly known: number; readonly unknown: number };
  /** Hosts whose controls failed and that no rung of forced isolation holds. */
  readonly uncontained: readonly string[];
  readonly takenOver: boolean;
  readonly stoodDown: boolean;
}

function onlyMissing(counts: OutcomeCounts): boolean {
  return counts.missing > 0 && counts.applied + counts.already + counts.refused === 0;
}

/** The one word for the outcome; the order of the questions matters. */
export function outcomeOf(facts: ResponseFacts): Outcome {
  if (facts.stoodDown) return 'stood-down';
  if (facts.takenOver || facts.plan === undefined) return 'manual';
  const acts = facts.results.filter((result) => result.kind !== 'heighten-monitoring');
  const inForce = acts.filter((result) => isInForce(result.counts));
  // Nothing to be done on that host: an account that is not there needs no disabling.
  const needless = acts.filter((result) => settled(result.kind, result.counts) && onlyMissing(result.counts));
  if (facts.planned === 0) {
    const isWatched = facts.plan.mode === 'monitor';
    if (facts.plan.refused > 0 && !(isWatched && facts.hosts.known > 0)) return 'refused';
    return isWatched ? 'monitored' : 'manual';
  }
  if (facts.drill) return 'rehearsed';
  if (facts.uncontained.length + facts.hosts.unknown > 0) return inForce.length > 0 ? 'contained-in-part' : 'manual';
  if (acts.some((result) => result.kind === 'forced-isolation')) return 'contained-by-force';
  if (inForce.length === 0) return 'manual';
  const isWhole = inForce.length + needless.length >= facts.planned && facts.plan.leftOut === 0;
  return isWhole ? 'contained' : 'contained-in-part';
}
