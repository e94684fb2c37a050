import { goneAt, type ActNow } from '../../../domain/ending';
import type { Delivery } from '../../../domain/notice';
import type { ActionResult, OutcomeCounts } from '../../../domain/plan';
import { holds } from '../../../domain/plan';
import type { ReportModel } from '../../../domain/report';

/** All results of one kind of act, added up over the hosts. */
export interface ActTally {
  readonly kind: ActionResult['kind'];
  readonly inForce: number;
  readonly asked: number;
  readonly hosts: number;
  readonly verified: boolean;
  readonly holds: boolean;
  readonly rungs: readonly string[];
  /** Acts that are not undone, or of which nobody knows. */
  readonly notUndone: number;
  /** Acts that were not undone, because people say that their machine is gone. */
  readonly givenUp: number;
  /** Controls in force at the time of the revision. */
  readonly stillInForce: number;
  /** When the last act that is undone, or has expired, was gone. */
  readonly undoneAt: string | undefined;
  readonly expiredAt: string | undefined;
}

export function inForce(counts: OutcomeCounts): number {
  return counts.applied + counts.already;
}

export function asked(counts: OutcomeCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Planned acts without any result count as asked for, never as done. */
export function tallyActs(model: ReportModel): readonly ActTally[] {
  const done = new Set(model.results.map((result) => result.action));
  const kinds = new Set<ActionResult['kind']>([
    ...model.plan.actions.map((action) => action.kind),
    ...model.results.map((result) => result.kind),
  ]);
  return [...kinds].map((kind) => {
    const results = model.results.filter((result) => result.kind === kind);
    const undone = model.plan.actions.filter((action) => action.kind === kind && !done.has(action.id));
    return {
      kind,
      inForce: results.reduce((sum, result) => sum + inForce(result.counts), 0),
      asked:
        results.reduce((sum, result) => sum + asked(result.counts), 0) +
        undone.reduce((sum, action) => sum + (action.kind === 'block-sources' ? action.sources.length : 1), 0),
      hosts: new Set([...results.map((result) => result.host), ...undone.map((action) => action.host)]).size,
      verified: undone.length === 0 && results.every((result) => result.verified),
      holds: undone.length === 0 && results.every((result) => holds(result.counts)),
      rungs: [...new Set(results.map((result) => result.rung))],
      ...nowOf(model.acts.filter((act) => act.kind === kind)),
    };
  });
}

function nowOf(
  acts: readonly ActNow[],
): Pick<ActTally, 'notUndone' | 'givenUp' | 'stillInForce' | 'undoneAt' | 'expiredAt'> {
  const last = (standing: ActNow['standing']): string | undefined =>
    acts
      .filter((act) => act.standing === standing)
      .map(goneAt)
      .sort()
      .at(-1);
  return {
    notUndone: acts.filter(({ standing }) => standing === 'not-undone' || standing === 'unconfirmed').length,
    givenUp: acts.filter(({ standing }) => standing === 'given-up').length,
    stillInForce: acts.reduce((sum, { inForce: count }) => sum + count, 0),
    undoneAt: last('undone'),
    expiredAt: last('expired'),
  };
}

/** What became of the notices to one person. */
export interface PersonReached {
  readonly person: string;
  readonly first: Delivery | undefined;
  readonly pending: boolean;
}

/** One entry a person, in the order in which they were first addressed; people for whom everything was skipped are left out. */
export function peopleReached(deliveries: readonly Delivery[]): readonly PersonReached[] {
  const tried = deliveries.filter((delivery) => delivery.state !== 'skipped');
  return [...new Set(tried.map((delivery) => delivery.person))].map((person) => {
    const own = tried.filter((delivery) => delivery.person === person);
    const delivered = own.filter((delivery) => delivery.state === 'delivered');
    const first = delivered.sort((a, b) => a.at.localeCompare(b.at))[0];
    return { person, first, pending: own.some((delivery) => delivery.state === 'pending') };
  });
}
