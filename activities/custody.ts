import { custodyPages } from '../src/domain/custody';
import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { GuardedDeps } from './guarded';

/** Events of custody that a bag keeps: the newest. */
const MOST_KEPT = 1_000;

/** Who had the evidence of an incident, oldest first, as the ledger tells it (E7). Keys that begin with `cli:` are of command lines. */
export async function custodyOf(
  { ledger }: Pick<GuardedDeps, 'ledger'>,
  incident: IncidentId,
): Promise<readonly AuditEvent[]> {
  return (await custodyPages((filter) => ledger.events({ incident, ...filter }))).slice(-MOST_KEPT);
}
