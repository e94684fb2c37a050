import { readerName, readerOf } from '../../../src/cli/reader';

const ROOT = { name: 'root', uid: 0, loginUid: undefined, sudoUser: undefined };

describe('L1 the ledger names a reader by what is known, and says what nobody has proven', () => {
  test.each([
    ['a service or a console', ROOT, 'os:root (uid 0)'],
    ['an ordinary login', { ...ROOT, name: 'alice', uid: 1000, loginUid: 1000 }, 'os:alice (uid 1000)'],
    [
      'sudo after a login',
      { ...ROOT, loginUid: 1000, sudoUser: 'alice' },
      'os:root (uid 0), login uid 1000, SUDO_USER says alice (unproven)',
    ],
    ['a variable that anybody can set', { ...ROOT, sudoUser: 'bob' }, 'os:root (uid 0), SUDO_USER says bob (unproven)'],
    [
      'a variable that imitates the rest',
      { ...ROOT, sudoUser: 'bob (uid 7), login uid 7' },
      'os:root (uid 0), SUDO_USER says no account name (unproven)',
    ],
    ['an account without a name', { ...ROOT, name: undefined, uid: 904 }, 'os:unnamed (uid 904)'],
  ])('%s', (_, facts, named) => {
    expect(readerName(facts)).toBe(named);
  });

  test('SUDO_USER of the environment is never the name itself', () => {
    const before = process.env['SUDO_USER'];
    process.env['SUDO_USER'] = 'mallory';
    try {
      expect(readerOf()).toMatch(/^os:\S+ \(uid \d+\).*SUDO_USER says mallory \(unproven\)$/);
    } finally {
      if (before === undefined) delete process.env['SUDO_USER'];
      else process.env['SUDO_USER'] = before;
    }
  });
});
