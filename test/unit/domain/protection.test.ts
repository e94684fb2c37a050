import { DEFAULT_WIDTH, protectedSet, refusal } from '../../../src/domain/protection';

const PROTECTED = protectedSet([
  { address: '198.51.100.7', label: 'your own address' },
  { address: '203.0.113.0/28', label: 'bastion' },
  { address: '2001:db8:53::53', label: 'resolver' },
  { address: '::ffff:192.0.2.200', label: 'monitoring, as a dual-stack socket shows it' },
]);
const reasonOf = (source: string): string | undefined => refusal(source, PROTECTED, DEFAULT_WIDTH)?.reason;

describe('B5 protection against over-reaction', () => {
  test.each([
    ['0.0.0.0/0', 'too-wide'],
    ['::/0', 'too-wide'],
    ['::ffff:0:0/96', 'too-wide'],
    ['10.0.0.0/15', 'too-wide'],
    ['2001:db8::/31', 'too-wide'],
    ['127.0.0.1', 'protected'],
    ['127.255.255.254', 'protected'],
    ['::ffff:127.0.0.1', 'protected'],
    ['::1', 'protected'],
    ['::', 'protected'],
    ['::/96', 'protected'],
    ['0.0.0.0', 'protected'],
    ['224.0.0.1', 'protected'],
    ['ff02::1', 'protected'],
    ['fe80::1', 'protected'],
    ['255.255.255.255', 'protected'],
    ['198.51.100.7', 'protected'],
    ['::ffff:198.51.100.7', 'protected'],
    ['198.51.100.0/24', 'protected'],
    ['203.0.113.5', 'protected'],
    ['203.0.0.0/16', 'protected'],
    ['192.0.2.200', 'protected'],
    ['2001:db8:53::/48', 'protected'],
    ['example.org', 'not-an-address'],
    ['fe80::1%eth0', 'not-an-address'],
  ])('%s is refused: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each(['198.51.100.8', '203.0.113.16', '10.0.0.0/16', '2001:db9::/32', '2001:db8:53::54'])(
    '%s may be blocked',
    (source) => {
      expect(reasonOf(source)).toBeUndefined();
    },
  );

  test('says what was hit, in an operator’s words', () => {
    expect(refusal('198.51.100.0/24', PROTECTED, DEFAULT_WIDTH)).toEqual({
      target: '198.51.100.0/24',
      reason: 'protected',
      detail: { fact: 'range-protected', range: '198.51.100.7', label: 'your own address' },
    });
  });

  test('never repeats more than 80 characters of something that is no address', () => {
    expect(refusal('x'.repeat(10_000), PROTECTED, DEFAULT_WIDTH)?.target).toHaveLength(80);
  });

  test('the bound is configurable, and a prefix at the bound is allowed', () => {
    expect(refusal('10.0.0.0/24', PROTECTED, { v4: 25, v6: 64 })?.reason).toBe('too-wide');
    expect(refusal('10.0.0.0/25', PROTECTED, { v4: 25, v6: 64 })).toBeUndefined();
  });
});
