import type { AuditEvent } from '../src/domain/ledger';
import { FLOOD_LIMITS, FLOOD_WINDOW_MS } from '../src/domain/numbers';
import { RateLimit } from './rate-limit';

interface Bounds {
  readonly all: number;
  readonly one: number;
  /** Whose the event is. What is more severe is counted apart, so that a flood of trifles does not leave it out. */
  readonly oneOf: (event: AuditEvent) => string;
  readonly apart?: (event: AuditEvent) => string;
}

const BOUNDS: ReadonlyMap<string, Bounds> = new Map<string, Bounds>([
  [
    'start.refused',
    {
      ...{ all: FLOOD_LIMITS.refusedStarts, one: FLOOD_LIMITS.refusedStartsOfOne },
      oneOf: ({ detail }) => String(detail?.['saidToBe']),
      apart: ({ detail }) => String(detail?.['severity']),
    },
  ],
  [
    'order.refused',
    {
      ...{ all: FLOOD_LIMITS.refusedOrders, one: FLOOD_LIMITS.refusedOrdersOfOne },
      oneOf: ({ incident }) => String(incident),
    },
  ],
  [
    'operator.recover.refused',
    {
      ...{ all: FLOOD_LIMITS.refusedRecoveries, one: FLOOD_LIMITS.refusedRecoveriesOfOne },
      oneOf: ({ detail }) => String(detail?.['saidToBe']),
    },
  ],
  ['act.refused', { all: FLOOD_LIMITS.refusedActs, one: FLOOD_LIMITS.refusedActs, oneOf: () => '' }],
]);

/** Leaves out events of refusals beyond what one worker writes in a window. */
export type BoundedRefusals = (events: readonly AuditEvent[]) => readonly AuditEvent[];

/**
 * Bounds what one worker writes of refusals (H8): whoever sends bad orders without end must not fill the ledger, which nobody may
 * shorten. The last one that is written says that others are left out; the rows of incidents and grants have them all.
 */
export function boundedRefusals(now: () => Date): BoundedRefusals {
  const limit = new RateLimit(FLOOD_WINDOW_MS, now);
  return (events) =>
    events.flatMap((event) => {
      const bounds = BOUNDS.get(event.action);
      if (bounds === undefined) return [event];
      const all = `${event.action} ${bounds.apart?.(event) ?? ''}`;
      const one = `${all} ${bounds.oneOf(event)}`;
      // In this order: names that somebody makes up are remembered as often as events are written.
      const room = Math.min(limit.room(all, bounds.all), limit.room(one, bounds.one));
      if (room === 0) return [];
      limit.take(all, bounds.all);
      limit.take(one, bounds.one);
      if (room > 1) return [event];
      return [
        { ...event, detail: { ...event.detail, leftOut: `more of these within ${FLOOD_WINDOW_MS / 60_000} minutes` } },
      ];
    });
}
