import { isIPv4, isIPv6 } from 'node:net';
import { randomBytes, randomInt } from 'node:crypto';
import {
  compareRanges,
  contains,
  isSingleAddress,
  lastOf,
  makeRange,
  overlaps,
  parseRange,
  withoutCovered,
} from '../../../src/domain/addresses';
import type { AddressRange } from '../../../src/domain/addresses';

const ROUNDS = 2_000;
const range = (text: string): AddressRange => parseRange(text) ?? fail(text);
function fail(text: string): never {
  throw new Error(`not a range: ${text}`);
}
const randomValue = (bytes: number): bigint => BigInt(`0x${randomBytes(bytes).toString('hex')}`);
/** Groups that are zero half of the time, so that `::` is exercised in every place. */
const sparseV6 = (): bigint =>
  Array.from({ length: 8 }, () => (randomInt(2) === 0 ? 0 : randomInt(0x1_0000))).reduce(
    (value, group) => (value << 16n) | BigInt(group),
    0n,
  );

describe('C1 addresses: text and value', () => {
  test('every IPv4 value survives format and parse', () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      const made = makeRange(4, randomValue(4), randomInt(33));
      expect(isIPv4(made.text.split('/')[0] ?? '')).toBe(true);
      expect(parseRange(made.text)).toEqual(made);
    }
  });

  test('every IPv6 value survives format and parse', () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      const made = makeRange(6, sparseV6() | (1n << 120n), randomInt(8, 129));
      expect(isIPv6(made.text.split('/')[0] ?? '')).toBe(true);
      expect(parseRange(made.text)).toEqual(made);
    }
  });

  test('IPv6 text is what the URL standard’s serialiser makes of it (RFC 5952)', () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      const { text } = makeRange(6, sparseV6() | (1n << 120n), 128);
      expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }
  });

  test('takes exactly the literals that Node takes, mutations of them included', () => {
    const alphabet = '0123456789abcdefF:.%/ gx-';
    for (let i = 0; i < 5 * ROUNDS; i += 1) {
      const base = i % 2 === 0 ? makeRange(4, randomValue(4), 32).text : makeRange(6, sparseV6(), 128).text;
      const at = randomInt(base.length + 1);
      const text = base.slice(0, at) + alphabet.charAt(randomInt(alphabet.length)) + base.slice(at + randomInt(2));
      if (text.includes('/') || text.includes('%')) continue;
      expect([text, parseRange(text) !== undefined]).toEqual([text, isIPv4(text) || isIPv6(text)]);
    }
  });

  test.each([
    '',
    ' ',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2.3.4:22',
    '0x7f.0.0.1',
    '2130706433',
    '１.２.３.４',
    'fe80::1%eth0',
    '[::1]',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    '::1.2.3',
    '::1.2.3.4:5',
    '1.2.3.4/33',
    '::/129',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/08',
    '1.2.3.4/8/8',
    '1.2.3.4/255.255.255.0',
    'example.org',
    '; rm -rf /',
  ])('%j is not an address', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  test.each([
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:ffff::/32', '2001:db8::/32'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['::', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['::ffff:192.0.2.99/120', '192.0.2.0/24'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('%s is written %s', (text, canonical) => {
    expect(parseRange(text)?.text).toBe(canonical);
  });
});

describe('C1 addresses: sets', () => {
  const random = (): AddressRange =>
    // A small space, so that ranges meet.
    randomInt(2) === 0
      ? makeRange(4, 0xc0000000n | BigInt(randomInt(4096)), randomInt(20, 33))
      : makeRange(6, (0x2001n << 112n) | BigInt(randomInt(4096)), randomInt(116, 129));
  const points = (of: AddressRange): string[] => [`${of.family}:${of.first}`, `${of.family}:${lastOf(of)}`];

  test('containment and overlap agree with first and last address', () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      const a = random();
      const b = random();
      const meet = a.family === b.family && a.first <= lastOf(b) && b.first <= lastOf(a);
      expect(overlaps(a, b)).toBe(meet);
      expect(overlaps(b, a)).toBe(meet);
      expect(contains(a, b)).toBe(meet && a.prefix <= b.prefix);
    }
  });

  test('a covered list covers the same addresses, without overlap and in order', () => {
    for (let i = 0; i < 200; i += 1) {
      const all = Array.from({ length: 40 }, random);
      const kept = withoutCovered(all);
      for (const one of all) expect(kept.some((keeper) => contains(keeper, one))).toBe(true);
      for (const keeper of kept) expect(all).toContainEqual(keeper);
      kept.forEach((one, at) => {
        for (const other of kept.slice(at + 1)) expect(overlaps(one, other)).toBe(false);
      });
      expect([...kept].sort(compareRanges)).toEqual(kept);
      expect(withoutCovered([...all].reverse())).toEqual(kept);
    }
  });

  test('families never meet', () => {
    expect(overlaps(range('0.0.0.0/0'), range('::/0'))).toBe(false);
    expect(points(range('0.0.0.0'))).not.toEqual(points(range('::')));
  });

  test('a single address is one without host bits', () => {
    expect([range('192.0.2.1'), range('2001:db8::1/128')].every(isSingleAddress)).toBe(true);
    expect([range('192.0.2.0/31'), range('2001:db8::/127')].some(isSingleAddress)).toBe(false);
  });
});
