import { ensureFirebreakError, ERRORS } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { Order, OrderAction } from '../src/domain/order';
import { incidentOfUse } from '../src/domain/order';
import { eventsOf } from './act-events';
import type { GuardedDeps } from './guarded';

/** Events without a seal that are looked at: an earlier version sealed none. */
const UNSEALED_AT_MOST = 100;

/** An order of an incident that a worker has found good. */
export interface OrderOnRecord {
  readonly action: OrderAction;
  readonly order: Order;
  /** Who has signed it. */
  readonly operator: string;
  readonly grantId: string;
  readonly use: string;
  /** ISO 8601 UTC, as the event tells it: when a worker found it good. */
  readonly at: string;
}

/** Key of an order's event: it names the grant and its use, so that a reader can confirm them. */
export function orderKey(grantId: string, use: string): string {
  return `order:${grantId}:${use}`;
}

/**
 * The orders of an incident that workers have found good, oldest first (B15): the ledger tells of them, no caller does. Whoever may append
 * to the ledger can make such an event. So nothing of it counts but the grant that its key names, and the grant is confirmed again: what
 * it says is what was signed.
 */
export async function ordersOf(
  deps: Pick<GuardedDeps, 'ledger' | 'authorisation' | 'seals'>,
  incident: IncidentId,
): Promise<readonly OrderOnRecord[]> {
  let unsealed = 0;
  const events = await eventsOf(deps, incident, 'order', ({ isSealed }) => {
    if (!isSealed) unsealed += 1;
    return isSealed || unsealed <= UNSEALED_AT_MOST;
  });
  const found: OrderOnRecord[] = [];
  // One after the other: a flood must not use up the connections.
  for (const { key, at } of events) found.push(...(await confirmed(deps, incident, String(key), at)));
  return found;
}

async function confirmed(
  { authorisation }: Pick<GuardedDeps, 'authorisation'>,
  incident: IncidentId,
  key: string,
  at: string,
): Promise<readonly OrderOnRecord[]> {
  const [, grantId = '', use = ''] = /^order:([^:]+):(.+)$/s.exec(key) ?? [];
  if (grantId === '') return [];
  try {
    const { order, operator } = await authorisation.confirm(grantId, use, 'record');
    const of = 'incident' in order ? order.incident : order.action === 'respond' ? incidentOfUse(use) : undefined;
    return of === incident ? [{ action: order.action, order, operator, grantId, use, at }] : [];
  } catch (thrown) {
    const error = ensureFirebreakError(thrown);
    if (ERRORS[error.code].retryable) throw error;
    return [];
  }
}
