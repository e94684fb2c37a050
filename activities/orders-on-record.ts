import { ensureFirebreakError, ERRORS } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { Order, OrderAction } from '../src/domain/order';
import { incidentOfUse } from '../src/domain/order';
import type { GuardedDeps } from './guarded';

const EVENTS = 10_000;

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
  deps: Pick<GuardedDeps, 'ledger' | 'authorisation'>,
  incident: IncidentId,
): Promise<readonly OrderOnRecord[]> {
  const events = await deps.ledger.events({ incident, limit: EVENTS, writer: 'order' });
  const found = await Promise.all(events.map(({ key, at }) => confirmed(deps, incident, String(key), at)));
  return found.flatMap((order) => order ?? []);
}

async function confirmed(
  { authorisation }: Pick<GuardedDeps, 'authorisation'>,
  incident: IncidentId,
  key: string,
  at: string,
): Promise<OrderOnRecord | undefined> {
  const [, grantId = '', use = ''] = /^order:([^:]+):(.+)$/s.exec(key) ?? [];
  if (grantId === '') return undefined;
  try {
    const { order, operator } = await authorisation.confirm(grantId, use, 'record');
    const of = 'incident' in order ? order.incident : order.action === 'respond' ? incidentOfUse(use) : undefined;
    return of === incident ? { action: order.action, order, operator, grantId, use, at } : undefined;
  } catch (thrown) {
    const error = ensureFirebreakError(thrown);
    if (ERRORS[error.code].retryable) throw error;
    return undefined;
  }
}
