import { ERRORS, ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import { DEADLINE_MS } from '../src/domain/numbers';
import type { OrderAction } from '../src/domain/order';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { ordersOf } from './orders-on-record';
import { ExpectedRefusal } from './refused-act';

/** Clocks of workers, Temporal and whoever declared may differ so much; milliseconds. */
export const CLOCKS_DIFFER_MS = 30_000;

/** A run hears of an order so long after the worker that found it good; milliseconds. */
const HEARD_WITHIN_MS = 90_000;

/** Orders after which no act begins. */
export const STOPPED_BY: ReadonlySet<OrderAction> = new Set<OrderAction>(['take-over', 'stand-down', 'release']);
/** Orders after which every act is undone. */
export const UNDONE_BY: ReadonlySet<OrderAction> = new Set<OrderAction>(['stand-down', 'release']);

/** When the time of a response is over. @returns milliseconds */
export function responseEndsAt({ declaredAt, limits }: Pick<RespondOrder, 'declaredAt' | 'limits'>): number {
  return Date.parse(declaredAt) + Math.min(DEADLINE_MS, limits.overallMs ?? DEADLINE_MS);
}

/**
 * Before an act puts a control on: the time of the response must not be over, and nobody may have ordered it to stop. The signed order and
 * the ledger say so, no caller does: a grant that is seen in a history calls for nothing again.
 * @throws FirebreakError DEADLINE_PASSED, ENDED_BY_ORDER
 */
export async function demandActing(
  deps: Pick<GuardedDeps, 'ledger' | 'authorisation' | 'seals' | 'now'>,
  confirmed: Confirmed<RespondOrder>,
): Promise<void> {
  if (deps.now().getTime() > responseEndsAt(confirmed.order) + CLOCKS_DIFFER_MS)
    throw new FirebreakError('DEADLINE_PASSED');
  await demandNotOrdered(deps, confirmed, STOPPED_BY);
}

/**
 * Before the watch puts a control back: nobody may have ordered its undo, and its time must not be over.
 * @param expiresAt ISO 8601 UTC, by what is signed or sealed
 * @throws FirebreakError DEADLINE_PASSED, ENDED_BY_ORDER
 */
export async function demandWanted(
  deps: Pick<GuardedDeps, 'ledger' | 'authorisation' | 'seals' | 'now'>,
  confirmed: Confirmed<RespondOrder>,
  expiresAt: string,
): Promise<void> {
  if (deps.now().getTime() > Date.parse(expiresAt) + CLOCKS_DIFFER_MS) throw new FirebreakError('DEADLINE_PASSED');
  await demandNotOrdered(deps, confirmed, UNDONE_BY);
}

/** While nobody can read the ledger, the order that was signed stands: containment comes first (L1). */
async function demandNotOrdered(
  deps: Pick<GuardedDeps, 'ledger' | 'authorisation' | 'seals' | 'now'>,
  { incident }: Confirmed<RespondOrder>,
  stoppedBy: ReadonlySet<OrderAction>,
): Promise<void> {
  const orders = await ordersOf(deps, incident).catch((thrown: unknown) => {
    if (!ERRORS[ensureFirebreakError(thrown).code].retryable) throw thrown;
    return [];
  });
  const order = orders.find(({ action }) => stoppedBy.has(action));
  if (order === undefined) return;
  const words = `${order.action} by ${order.operator}.`;
  // A run that has not heard of the order yet is no forger. The watch looks on while an undo waits to be ordered again.
  const isFresh = deps.now().getTime() - Date.parse(order.at) < HEARD_WITHIN_MS;
  if (isFresh || stoppedBy === UNDONE_BY) throw new ExpectedRefusal('ENDED_BY_ORDER', words);
  throw new FirebreakError('ENDED_BY_ORDER', words);
}
