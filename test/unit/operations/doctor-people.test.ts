import { lacksOfPeople } from '../../../src/operations/doctor-people';
import type { Operator } from '../../../src/ports/authorisation';

const person = (name: string, roles: Operator['roles'], more: Partial<Operator> = {}): Operator => ({
  ...{ name, publicKey: 'ssh-ed25519 AAAA', roles, locked: false, disabled: false },
  ...{ createdAt: '2026-11-20T00:00:00.000Z', createdBy: 'bootstrap', vouchers: [] },
  ...more,
});
const ALL = ['respond', 'approve', 'admin'] as const;

describe('O4, N5 what hangs on one person', () => {
  test('one person is too few for everything', () => {
    expect(lacksOfPeople([person('alice', ALL)]).map((line) => line.slice(0, 28))).toEqual([
      'fewer than two admins: if th',
      'fewer than two may respond: ',
      'fewer than two may approve, ',
    ]);
  });

  test('two who do not depend on each other are enough; detectors do not count', () => {
    expect(lacksOfPeople([person('alice', ALL), person('bob', ALL, { createdBy: 'carol' })])).toEqual([]);
    expect(lacksOfPeople([person('alice', ALL), person('sensor', ['detector'])])).toHaveLength(3);
  });

  test.each([
    ['enrolled', { createdBy: 'alice' }],
    ['rotated', { createdBy: 'x', vouchers: [{ by: 'alice', how: 'rotate', at: '2026-11-20T00:00:00.000Z' }] }],
  ] as const)('an approver whom the requester has %s approves nothing of theirs', (_how, more) => {
    const lacks = lacksOfPeople([person('alice', ALL), person('bob', ALL, more)]);
    expect(lacks).toEqual([expect.stringContaining('nobody may approve what alice, bob asks for')]);
  });
});
