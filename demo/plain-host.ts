import type { Host } from '../src/domain/host';

/** An inventory entry that forbids nothing, for drills that talk to a host without a configuration file. */
export function plainHost(fields: Pick<Host, 'name' | 'address' | 'port' | 'identityFile'> & Partial<Host>): Host {
  return {
    user: 'firebreak',
    role: 'host',
    isolation: 'allowed',
    onUnconfirmed: 'disarm',
    segments: [],
    management: [],
    serviceAddresses: [],
    ...fields,
  };
}
