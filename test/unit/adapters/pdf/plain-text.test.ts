import { clip, plainText } from '../../../../src/adapters/pdf/layout/plain-text';

const all = (): boolean => true;

describe('P1 text from outside becomes one printable line', () => {
  it('turns line breaks, tabs and wide spaces into single blanks', () => {
    expect(plainText('  a\r\n\tb\u00a0\u3000c \u2028d ', all)).toBe('a b c d');
  });

  it('drops control characters, so no terminal or PDF sequence survives whole', () => {
    expect(plainText('a\u0000\u001b[31mb\u0085c\u007f', all)).toBe('a[31mb c');
  });

  it('drops characters that reorder or hide text', () => {
    expect(plainText('exe.\u202Efdp\u202C \u2066x\u2069 z\u200bw\ufeff\u00ad 葛\u{e0100}', all)).toBe(
      'exe.fdp x zw 葛',
    );
  });

  it('spells out what the font cannot draw, and what is no character at all', () => {
    const noEmoji = (codePoint: number): boolean => codePoint < 0x1f000;
    expect(plainText('a😀\ud800\ue000', noEmoji)).toBe('a‹U+1F600›‹U+D800›‹U+E000›');
  });

  it('composes accents, so that they do not float', () => {
    expect(plainText('e\u0301', all)).toBe('é');
  });
});

describe('P1 long text is cut and says so', () => {
  it('keeps what fits', () => expect(clip('abc', 3)).toBe('abc'));
  it('cuts to the limit with an ellipsis', () => expect(clip('abcd', 3)).toBe('ab…'));
  it('counts characters, not halves of them', () => {
    expect(clip('😀😀😀', 3)).toBe('😀😀😀');
    expect(clip('😀😀😀😀', 3)).toBe('😀😀…');
  });
});
