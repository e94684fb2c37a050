import { multiLine, singleLine } from '../../../../src/adapters/channel/plain-text';

test('N2 one line: breaks and controls become blanks, invisible characters go', () => {
  expect(singleLine('a\r\nb\nc\u2028d\u0000e\tf', 99)).toBe('a b c d e f');
  expect(singleLine('safe\u202Egnp.exe\u2066\u200B\uFEFF', 99)).toBe('safegnp.exe');
  expect(singleLine('\uD800 lone surrogate \uDC00', 99)).toBe('lone surrogate');
  expect(singleLine('  不正侵入　検知  ', 99)).toBe('不正侵入 検知');
});

test('N2 length is capped by code points, never through a character', () => {
  expect(singleLine('😀😀😀😀', 3)).toBe('😀😀…');
  expect(singleLine('abc', 3)).toBe('abc');
  expect(singleLine('x'.repeat(10_000), 160)).toHaveLength(160);
});

test('N2 several lines keep their breaks; a dot alone and empty lines stay harmless', () => {
  expect(multiLine('a\r\n.\r\n\n\n\nb\u0007c  \u0085d', 99)).toBe('a\n.\n\nb c\nd');
});
