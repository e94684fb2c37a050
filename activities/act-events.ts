import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { SealKind } from '../src/ports/worker-seal';
import type { GuardedDeps } from './guarded';
import { holdsSeal } from './holds-seal';

/** Detail of a failure's event: something was, or may have been, done on the host before it. */
export const BEGUN = 'begun';
/** Details of the intent of an act: the keys that connections to its host, and to the gateway of it, are verified against. */
export const HOST_KEY = 'hostKey';
export const GATEWAY_KEY = 'gatewayKey';
/** Detail of every event of an act and of an order: the seal of the worker that wrote it. */
const SEAL = 'seal';

const EVENTS_AT_ONCE = 5_000;

/** An event of an act or an order, and whether a worker has sealed it: whoever may append to the ledger can make one without. */
export interface SealedEvent extends AuditEvent {
  readonly isSealed: boolean;
}

/** Puts the worker's seal on an event of an act or an order. Without the key it stays unsealed: what was done is the news. */
export async function sealedEvent({ seals }: Pick<GuardedDeps, 'seals'>, event: AuditEvent): Promise<AuditEvent> {
  const seal = await seals.seal(kindOf(event), bindingOf(event), {}).catch(() => undefined);
  return seal === undefined ? event : { ...event, detail: { ...event.detail, [SEAL]: seal } };
}

/**
 * The events of an incident's acts or orders that are wanted, oldest first (L1). All are read, page by page: somebody who may append must
 * not push the real ones out of view by a flood.
 * @param isWanted what it lets through is held in memory: it must be bounded
 */
export async function eventsOf(
  deps: Pick<GuardedDeps, 'ledger' | 'seals'>,
  incident: IncidentId,
  writer: 'act' | 'order',
  isWanted: (event: SealedEvent) => boolean,
): Promise<readonly SealedEvent[]> {
  const wanted: SealedEvent[] = [];
  for (let after = 0; ;) {
    const page = await deps.ledger.events({ incident, limit: EVENTS_AT_ONCE, writer, after });
    for (const event of page) {
      const known = {
        ...event,
        isSealed: await holdsSeal(deps, kindOf(event), bindingOf(event), event.detail?.[SEAL]),
      };
      if (isWanted(known)) wanted.push(known);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < EVENTS_AT_ONCE) return wanted;
    after = last.seq;
  }
}

function kindOf({ key }: AuditEvent): SealKind {
  return key.startsWith('order:') ? 'order-event' : 'act-event';
}

/** Everything that is read of such an event. */
function bindingOf(event: AuditEvent): Readonly<Record<string, string>> {
  const { key, stage, action, subject, result = '', at, detail } = event;
  const keys = [HOST_KEY, GATEWAY_KEY].flatMap((role) => {
    const hostKey = detail?.[role];
    return typeof hostKey === 'string' ? [[role, hostKey]] : [];
  });
  const begun = String(detail?.[BEGUN] === true);
  return { key, stage, action, subject, result, at, begun, ...(Object.fromEntries(keys) as Record<string, string>) };
}
