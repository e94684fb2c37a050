import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import { AUTHORISED } from '../src/domain/ledger';
import type { GuardedDeps } from './guarded';

const EVENTS = 10_000;

/** The orders of an incident that workers have found good, oldest first (B15): the ledger tells them, no caller does. */
export async function ordersOf(
  deps: Pick<GuardedDeps, 'ledger'>,
  incident: IncidentId,
): Promise<readonly AuditEvent[]> {
  const events = await deps.ledger.events({ incident, limit: EVENTS, writer: 'order' });
  // An order that was refused stands in the ledger too, under the name that it was given in.
  return events.filter(({ stage, result }) => stage === 'event' && result === AUTHORISED);
}
