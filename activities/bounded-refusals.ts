import type { AuditEvent } from '../src/domain/ledger';
import { FLOOD_LIMITS, FLOOD_WINDOW_MS } from '../src/domain/numbers';
import { RateLimit } from './rate-limit';

const BOUNDS: ReadonlyMap<string, { readonly all: number; readonly one: number }> = new Map([
  ['start.refused', { all: FLOOD_LIMITS.refusedStarts, one: FLOOD_LIMITS.refusedStartsOfOne }],
  ['order.refused', { all: FLOOD_LIMITS.refusedOrders, one: FLOOD_LIMITS.refusedOrdersOfOne }],
]);

/**
 * Leaves out events of refusals beyond what one worker writes in a window (H8): whoever sends bad orders without end must not fill the
 * ledger, which nobody may shorten. The last one that is written says that others are left out; the incidents' rows have them all.
 * @param oneOf whose the event is: the incident of a refused order, the name that a refused start was given in
 */
export function boundedRefusals(
  now: () => Date,
  oneOf: (event: AuditEvent) => string,
): (events: readonly AuditEvent[]) => readonly AuditEvent[] {
  const limit = new RateLimit(FLOOD_WINDOW_MS, now);
  return (events) =>
    events.flatMap((event) => {
      const bounds = BOUNDS.get(event.action);
      if (bounds === undefined) return [event];
      const one = `${event.action} ${oneOf(event)}`;
      // In this order: names that somebody makes up are remembered as often as events are written.
      const room = Math.min(limit.room(event.action, bounds.all), limit.room(one, bounds.one));
      if (room === 0) return [];
      limit.take(event.action, bounds.all);
      limit.take(one, bounds.one);
      if (room > 1) return [event];
      return [
        { ...event, detail: { ...event.detail, leftOut: `more of these within ${FLOOD_WINDOW_MS / 60_000} minutes` } },
      ];
    });
}
