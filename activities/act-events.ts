import { ensureFirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { GuardedDeps } from './guarded';

/** Detail of a failure's event: something was, or may have been, done on the host before it. */
export const BEGUN = 'begun';
/** Detail of every event of an act: the seal of the worker that acted. */
const SEAL = 'seal';

const EVENTS = 10_000;

/** An event of an act, and whether a worker has sealed it: whoever may append to the ledger can make one without. */
export interface ActEvent extends AuditEvent {
  readonly isSealed: boolean;
}

/** Puts the worker's seal on an event of an act. Without the key it stays unsealed: the act itself is the news. */
export async function sealedEvent({ seals }: Pick<GuardedDeps, 'seals'>, event: AuditEvent): Promise<AuditEvent> {
  const seal = await seals.seal('act-event', bindingOf(event), {}).catch(() => undefined);
  return seal === undefined ? event : { ...event, detail: { ...event.detail, [SEAL]: seal } };
}

/** The events of an incident's acts, oldest first (L1). */
export async function actEventsOf(
  deps: Pick<GuardedDeps, 'ledger' | 'seals'>,
  incident: IncidentId,
): Promise<readonly ActEvent[]> {
  const events = await deps.ledger.events({ incident, limit: EVENTS, writer: 'act' });
  return Promise.all(events.map(async (event) => ({ ...event, isSealed: await isSealed(deps, event) })));
}

async function isSealed({ seals }: Pick<GuardedDeps, 'seals'>, event: AuditEvent): Promise<boolean> {
  const seal = event.detail?.[SEAL];
  if (typeof seal !== 'string') return false;
  try {
    await seals.open('act-event', bindingOf(event), seal);
    return true;
  } catch (thrown) {
    if (ensureFirebreakError(thrown).code !== 'NOT_AUTHORISED') throw thrown;
    return false;
  }
}

/** Everything that is read of such an event. */
function bindingOf(event: AuditEvent): Readonly<Record<string, string>> {
  const { key, stage, action, subject, result = '', at, detail } = event;
  return { key, stage, action, subject, result, at, begun: String(detail?.[BEGUN] === true) };
}
