import type { ErrorCode } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import { actionId } from '../src/domain/ids';
import type { ActionKind } from '../src/domain/plan';
import { settled } from '../src/domain/plan';
import { BEGUN, eventsOf, type SealedEvent } from './act-events';
import { forcedIsolationEnds } from './authority';
import type { GuardedDeps } from './guarded';
import { openPlan } from './sealed-plan';

/** An act that a release has to undo. */
export interface UndoItem {
  readonly actionId: string;
  readonly kind: ActionKind | 'forced-isolation';
  readonly host: string;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
  /** Nobody knows whether it was done; no control is listed for it. */
  readonly doubtful?: true;
}

/**
 * Failures after which it is certain that nothing was done on the host, unless something was begun there: a connection that was open
 * before the host's key changed still carries an act, and only its confirmation fails. A lost link is none of these.
 */
const NOTHING_DONE: ReadonlySet<string> = new Set<ErrorCode>([
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'HOST_AUTH_REFUSED',
  'HOST_SET_ASIDE',
  'HOST_SCRIPT_REFUSED',
  'HOST_ORDER_REFUSED',
  'HOST_ORDER_UNCHECKED',
  'SUDO_REFUSED',
  'UNKNOWN_HOST',
  'UNSUPPORTED_HOST',
]);

/** Acts of which events without a seal are heeded: more than a plan has. */
const UNSEALED_AT_MOST = 10_000;

/**
 * Acts that were begun and of which the tables do not know the end: the link, the worker or PostgreSQL was lost while the host
 * carried them out. No control is listed for them, and yet an exact release must undo them (B5); their intents in the ledger tell
 * (L1). That an act ended well settles it only together with its row of results, which is written after its controls.
 *
 * @param known acts that have a control in force
 * @returns newest first
 */
export async function doubtfulActs(
  deps: Pick<GuardedDeps, 'incidents' | 'plans' | 'seals' | 'ledger' | 'responses'>,
  incident: IncidentId,
  known: ReadonlySet<string>,
): Promise<readonly UndoItem[]> {
  const row = await deps.incidents.find(incident);
  if (row === undefined || row.planHash === null || row.order.drill) return [];
  const events = await eventsOf(deps, incident, 'act', oncePerUnsealedAct());
  const results = await deps.responses.results(incident);
  const recorded = new Set<string>(
    results.filter(({ kind, counts }) => settled(kind, counts)).map((result) => result.action),
  );
  const begun = new Map<string, number>();
  const ended = new Map<string, number>();
  const over = new Set<string>();
  const count = (of: Map<string, number>, act: string): void => void of.set(act, (of.get(act) ?? 0) + 1);
  for (const { action, stage, subject, result, detail, isSealed } of events) {
    if (action === 'perform' && stage === 'intent') count(begun, subject);
    // That an act is over counts only when a worker says so: whoever can write into the ledger must not hide one.
    if (!isSealed) continue;
    if ((action === 'undo' || action === 'give-up') && result === 'done') over.add(subject);
    if (action !== 'perform' || stage === 'intent') continue;
    if (result === 'done' && recorded.has(subject)) over.add(subject);
    else if (result !== undefined && NOTHING_DONE.has(result) && detail?.[BEGUN] !== true) count(ended, subject);
  }
  const doubtful = (act: string): boolean =>
    !known.has(act) && !over.has(act) && (begun.get(act) ?? 0) > (ended.get(act) ?? 0);
  const { plan } = await openPlan(deps, incident, row.planHash);
  const forced = [...new Set(plan.actions.map((action) => action.host))].map((host): UndoItem => ({
    actionId: actionId(incident, 'forced-isolation', host),
    kind: 'forced-isolation',
    host,
    expiresAt: forcedIsolationEnds(row.order),
    doubtful: true,
  }));
  const planned = plan.actions.map(({ id, kind, host, expiresAt }): UndoItem => ({
    actionId: id,
    kind,
    host,
    expiresAt,
    doubtful: true,
  }));
  return [...planned, ...forced].filter((item) => doubtful(item.actionId)).reverse();
}

/** One unsealed event is as good as many: it says that the act may have begun. Others could fill the memory. */
function oncePerUnsealedAct(): (event: SealedEvent) => boolean {
  const seen = new Set<string>();
  return ({ isSealed, action, stage, subject }) => {
    if (isSealed) return true;
    if (action !== 'perform' || stage !== 'intent' || seen.has(subject) || seen.size >= UNSEALED_AT_MOST) return false;
    seen.add(subject);
    return true;
  };
}
