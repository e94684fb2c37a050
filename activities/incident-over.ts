import { FirebreakError } from '../src/domain/errors';
import type { IncidentRow } from '../src/ports/repositories';
import { doubtfulActs } from './doubtful-acts';
import type { GuardedDeps } from './guarded';
import type { OrderOnRecord } from './orders-on-record';
import { ordersOf } from './orders-on-record';

/**
 * An incident is over when nothing of it is in force, and either people have ended it or its response is over: by what workers have written.
 * @returns its orders, oldest first
 * @throws FirebreakError NOT_AUTHORISED while it is not over
 */
export async function demandOver(
  deps: Pick<GuardedDeps, 'controls' | 'incidents' | 'plans' | 'seals' | 'ledger' | 'responses' | 'authorisation'>,
  row: IncidentRow,
): Promise<readonly OrderOnRecord[]> {
  const { incident } = row.order;
  const inForce = await deps.controls.active({ incident });
  if (inForce.length > 0)
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'in-force', name: incident });
  const doubtful = await doubtfulActs(deps, incident, new Set());
  if (doubtful.length > 0)
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'half-done', name: incident });
  const orders = await ordersOf(deps, incident);
  const ended = orders.some(({ action }) => action === 'release' || action === 'stand-down');
  if (!ended && row.responseEndedAt === null)
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'not-ended', name: incident });
  return orders;
}
