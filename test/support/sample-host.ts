import type { Host } from '../../src/domain/host';

/** An entry of the inventory that no test reaches over the network. */
export const sampleHost = (name: string, more: Partial<Host> = {}): Host => ({
  name,
  address: '192.0.2.10',
  port: 22,
  user: 'firebreak',
  identityFile: '/nowhere',
  role: 'host',
  isolation: 'allowed',
  onUnconfirmed: 'disarm',
  segments: [],
  management: ['192.0.2.0/28'],
  serviceAddresses: [],
  ...more,
});
