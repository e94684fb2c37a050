import { canonicalJson, hashOf, sha256Hex } from '../../../src/domain/hash';

describe('B4 canonical JSON (RFC 8785)', () => {
  test('RFC 8785 §3.2.2: the sample document', () => {
    const sample: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('RFC 8785 §3.2.3: keys in the order of their UTF-16 code units', () => {
    const sample = JSON.parse(
      String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
    ) as Record<string, string>;
    const values = [...canonicalJson(sample).matchAll(/:"([^"]*)"/g)].map(([, value]) => value);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  test.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [1e21, '1e+21'],
    [333333333.3333332, '333333333.3333332'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e-6, '0.000001'],
    [1e-7, '1e-7'],
  ])('RFC 8785 appendix B: %p is %s', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  test('undefined members are left out, undefined items are null', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}');
  });

  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['undefined', undefined],
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['a set', new Set([1])],
    ['bytes', Buffer.from('a')],
    [
      'an instance',
      new (class Point {
        x = 1;
      })(),
    ],
  ])('%s is refused, not left out', (_what, value) => {
    expect(() => canonicalJson({ deep: [{ value: value ?? (() => 1) }] })).toThrow(TypeError);
  });

  test('a key named __proto__ is a key like any other', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toBe('{"__proto__":{"a":1},"b":2}');
  });
});

describe('B4 hash', () => {
  test('is stable under the order of keys at every depth, not under the order of lists', () => {
    expect(hashOf({ a: 1, b: { c: [1, 2], d: 3 } })).toBe(hashOf({ b: { d: 3, c: [1, 2] }, a: 1 }));
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
    expect(hashOf({ a: '1' })).not.toBe(hashOf({ a: 1 }));
  });

  test('is lowercase hex SHA-256 (FIPS 180-4)', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex(Buffer.from('abc'))).toBe(sha256Hex('abc'));
  });
});
