import type { BagOpening } from '../src/ports/evidence-store';
import type { GuardedDeps } from './guarded';
import { pinnedKeyOf } from './same-machine';

/** The hosts that a bag is about. One without a pinned key, or that has left the inventory, keeps no bag from being opened. */
export function bagHosts(deps: Pick<GuardedDeps, 'hostKeyFingerprint'>, names: readonly string[]): BagOpening['hosts'] {
  return names.map((name) => {
    const hostKeyFingerprint = pinnedKeyOf(deps, name);
    return { name, ...(hostKeyFingerprint === undefined ? {} : { hostKeyFingerprint }) };
  });
}
