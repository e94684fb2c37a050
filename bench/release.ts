import type { World } from '../demo/world';
import type { IncidentId } from '../src/domain/ids';
import type { Credentials } from '../src/operations/deps';
import { giveOrder } from '../src/operations/give-order';
import { followIncident } from '../src/operations/status';
import { patiently } from './patiently';

/** Releases an incident and waits for its close. @returns what the release did not bring to its end; nothing for a success */
export async function releaseIncident(
  world: World,
  operator: () => Promise<Credentials>,
  incident: IncidentId,
  patienceMs: number,
): Promise<string[]> {
  const { operations } = world.firebreak;
  await patiently(
    'release',
    async () => giveOrder(operations, await operator(), { action: 'release', incident, reason: 'end of the run' }),
    patienceMs,
  );
  const signal = AbortSignal.timeout(patienceMs);
  const row = await patiently(
    'closing',
    () => followIncident(operations, incident, { until: 'closed', signal, onChange: () => undefined }),
    patienceMs,
  );
  if (row.closedAt === null) return ['it did not close after the release'];
  const open = await operations.controls.active({ incident });
  return open.length === 0 ? [] : [`${open.length} controls are left after the release`];
}
