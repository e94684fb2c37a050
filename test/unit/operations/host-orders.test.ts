import { orderFaults, type OrderFaultsInput } from '../../../src/operations/host-orders';
import type { Operator } from '../../../src/ports/authorisation';

const operator = (name: string, more: Partial<Operator> = {}): Operator => ({
  name,
  publicKey: 'ssh-ed25519 AAAA',
  roles: ['respond'],
  locked: false,
  createdAt: '2026-11-20T00:00:00.000Z',
  createdBy: 'mori',
  ...more,
});
const orders = { name: 'web-1', verifies: true, signers: ['mori'], emergencyList: true };

function faultsOf(change: Partial<typeof orders>, more: Partial<OrderFaultsInput> = {}): readonly string[] {
  return orderFaults({
    host: 'web-1',
    facts: { orders: { ...orders, ...change } },
    wantsEmergency: true,
    operators: [operator('mori'), operator('sensor', { roles: ['detector'] })],
    ...more,
  });
}

describe('H6 what a host does not obey is told before the incident', () => {
  test('nothing where every operator who may release is a signer; a detector is none', () => {
    expect(faultsOf({})).toEqual([]);
  });

  test.each([
    ['it cannot check', { verifies: false }, {}, /cannot check an operator’s signature/],
    ['it has another name', { name: 'web-2' }, {}, /takes itself for “web-2”/],
    ['it knows nobody', { signers: [] }, {}, /knows no signer/],
    ['it lacks an operator', {}, { operators: [operator('mori'), operator('sato')] }, /release by sato/],
    ['it obeys somebody who left', { signers: ['mori', 'gone'] }, {}, /still obeys gone/],
    ['it has no emergency list', { emergencyList: false }, {}, /no list of emergency keys/],
  ])('%s: with the command that mends it', (_what, change, more, words) => {
    const faults = faultsOf(change, more);
    expect(faults).toEqual([expect.stringMatching(words)]);
    expect(faults[0]).toContain('firebreak host setup web-1');
  });

  test('a missing emergency list does not matter where none is configured', () => {
    expect(faultsOf({ emergencyList: false }, { wantsEmergency: false })).toEqual([]);
  });
});
