import type { Assessment } from './assessment';
import { assess, doubtsOf } from './assessment';
import type { AccountRef, IncidentDocument, IncidentOrder } from './incident';
import { MODE_RANK, modeUnderDoubt } from './policy';
import { RangeSet } from './range-set';
import { SEVERITIES } from './words';

/** An order to respond, with the document that it names. */
export interface Reported {
  readonly order: IncidentOrder;
  readonly document: IncidentDocument;
}

/**
 * Whether a detector's order asks for nothing that an open incident of the same detector was not ordered to do already (H8). What would
 * be judged more severe, go further, or name anything more is no repeat: it needs an incident of its own, because nothing is acted on that
 * the open one's order does not name.
 */
export function isRepeat(later: Reported, open: Reported): boolean {
  const [newer, older] = [later.order, open.order];
  const sameKind =
    newer.trigger === 'detector' &&
    older.trigger === 'detector' &&
    newer.operator === older.operator &&
    newer.type === older.type &&
    newer.drill === older.drill &&
    newer.operatorAddress === older.operatorAddress;
  return sameKind && holdsAll(later, open) && goesNoFurther(later, open);
}

function holdsAll({ order, document }: Reported, open: Reported): boolean {
  const { document: known } = open;
  const sources = new RangeSet(known.sources);
  const accounts = new Set(known.accounts.map(accountKey));
  const kinds = known.indicators.map(({ kind }) => kind);
  return (
    order.hosts.length > 0 &&
    within(order.hosts, open.order.hosts) &&
    document.sources.every((source) => sources.has(source)) &&
    document.accounts.every(
      (account) =>
        accounts.has(accountKey(account)) ||
        (account.host !== undefined && open.order.hosts.includes(account.host) && accounts.has(account.name)),
    ) &&
    within(document.segments, known.segments) &&
    within(document.services, known.services) &&
    within(document.logSources, known.logSources) &&
    document.indicators.every(({ kind }) => kinds.includes(kind))
  );
}

/** By what is derived, not only by what is stated: the same indicators in greater number can make an incident critical. */
function goesNoFurther(later: Reported, open: Reported): boolean {
  const [newer, older] = [assessmentOf(later), assessmentOf(open)];
  return (
    newer.type === older.type &&
    SEVERITIES.indexOf(newer.severity) >= SEVERITIES.indexOf(older.severity) &&
    reach(later, newer) <= reach(open, older)
  );
}

function assessmentOf({ order, document }: Reported): Assessment {
  return assess({ type: order.type, severity: order.severity }, document);
}

function reach({ order }: Reported, assessment: Assessment): number {
  const { confidence } = assessment;
  return MODE_RANK[modeUnderDoubt(order.mode, { unattended: true, confidence, contradictions: doubtsOf(assessment) })];
}

/** An account without a host is one on every host of the incident. */
function accountKey({ host, name }: AccountRef): string {
  return host === undefined ? name : `${host}/${name}`;
}

function within(some: readonly string[], all: readonly string[]): boolean {
  const known = new Set(all);
  return some.every((one) => known.has(one));
}
