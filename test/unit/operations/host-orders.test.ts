import { sha256Hex } from '../../../src/domain/hash';
import {
  orderFaults,
  type OrderFaultsInput,
  signerFaults,
  stillObeyedBy,
  stillObeysInWords,
} from '../../../src/operations/host-orders';
import type { Operator } from '../../../src/ports/authorisation';

const operator = (name: string, more: Partial<Operator> = {}): Operator => ({
  name,
  publicKey: 'ssh-ed25519 AAAA',
  roles: ['respond'],
  locked: false,
  disabled: false,
  createdAt: '2026-11-20T00:00:00.000Z',
  createdBy: 'mori',
  vouchers: [],
  ...more,
});
const signer = (name: string, key = 'AAAA', line = 2) => ({
  line,
  name,
  keySha256: sha256Hex(Buffer.from(key, 'base64')),
});
const orders = { name: 'web-1', verifies: true, signers: [signer('mori')], emergencyList: true };

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

describe('H6 a host’s own list outlives an operator', () => {
  const facts = (signers: (typeof orders)['signers']) => ({ orders: { ...orders, signers } });
  const operators = [operator('mori')];

  test('H6 every line that names nobody enrolled, or another key, is a fault that names the line', () => {
    expect(signerFaults({ host: 'web-1', facts: facts([signer('mori')]), operators })).toEqual([]);
    const odd = [signer('mori', 'BBBB', 2), signer('gone', 'AAAA', 3), signer('-', 'AAAA', 4)];
    expect(signerFaults({ host: 'web-1', facts: facts(odd), operators })).toEqual([
      expect.stringMatching(/^line 2 of .*signers names mori, with another key/),
      expect.stringMatching(/^line 3 of .*signers names gone, who is not enrolled/),
      expect.stringMatching(/^line 4 of .*signers names no operator/),
    ]);
  });

  test('H6 a host that obeys somebody who is disabled is a fault: it asks nobody whether they are', () => {
    const disabled = [operator('mori', { disabled: true })];
    expect(signerFaults({ host: 'web-1', facts: facts([signer('mori')]), operators: disabled })).toEqual([
      expect.stringMatching(/^line 2 of .*signers names mori, who is disabled/),
    ]);
  });

  test('H6 whoever is removed: the hosts that still obey are named with the line, and those that did not answer', async () => {
    const hosts = ['web-1', 'web-2', 'web-3'].map((name) => [name, { name }] as const);
    const inspector = {
      facts: ({ name }: { readonly name: string }) =>
        name === 'web-3'
          ? Promise.reject(new Error('no way'))
          : Promise.resolve(facts(name === 'web-1' ? [signer('mori'), signer('gone', 'AAAA', 3)] : [signer('mori')])),
    };
    const deps = { site: { hosts: new Map(hosts) }, inspector } as unknown as Parameters<typeof stillObeyedBy>[0];
    const left = await stillObeyedBy(deps, 'gone');
    expect(left).toEqual([
      { host: 'web-1', lines: [3] },
      { host: 'web-3', lines: undefined },
    ]);
    expect(left.map((one) => stillObeysInWords(one, 'gone'))).toEqual([
      expect.stringContaining('web-1 still obeys orders of gone, by line 3'),
      expect.stringContaining('web-3 could not be asked'),
    ]);
  });
});
