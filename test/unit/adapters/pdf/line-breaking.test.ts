import { breakLines } from '../../../../src/adapters/pdf/layout/line-breaking';

/** Ideographs two units wide, everything else one. */
const of = (character: string): number => (character > '\u2e80' ? 2 : 1);
const lines = (text: string, width: number, anywhere = false): string[] => breakLines(text, width, { of, anywhere });

describe('P1 lines are broken so that nothing runs over the edge', () => {
  it('breaks at blanks and leaves none at the edges', () => {
    expect(lines('one two  three', 8)).toEqual(['one two', 'three']);
  });

  it('gives one empty line for nothing', () => {
    expect(lines('', 8)).toEqual(['']);
  });

  it('cuts a word that is longer than the line', () => {
    expect(lines('a unbreakable', 5)).toEqual(['a', 'unbre', 'akabl', 'e']);
  });

  it('breaks a compound after its hyphen or slash, never inside dates, ids or prefixes', () => {
    expect(lines('stand-down', 7)).toEqual(['stand-', 'down']);
    expect(lines('at 2026-11-20', 11)).toEqual(['at', '2026-11-20']);
    expect(lines('of INC-20261120-7F3K', 19)).toEqual(['of', 'INC-20261120-7F3K']);
    expect(lines('to 198.51.0.0/24', 14)).toEqual(['to', '198.51.0.0/24']);
    expect(lines('use --incident', 9)).toEqual(['use', '--inciden', 't']);
  });

  it('breaks between ideographs, but begins no line with closing marks or small kana (行頭禁則)', () => {
    expect(lines('攻撃元を遮断', 6)).toEqual(['攻撃元', 'を遮断']);
    expect(lines('遮断した。次', 8)).toEqual(['遮断し', 'た。次']);
    expect(lines('監視だった', 6)).toEqual(['監視', 'だった']);
  });

  it('ends no line with an opening bracket (行末禁則)', () => {
    expect(lines('結果（訓練）', 6)).toEqual(['結果', '（訓', '練）']);
  });

  it('fills lines of digests to the last character', () => {
    expect(lines('aa bb-cc/dd', 4, true)).toEqual(['aa b', 'b-cc', '/dd']);
  });

  it.each([1, 2, 3, 7, 40])('keeps every line within the width (%i)', (width) => {
    const text = 'Every 計画した対策は（すべて）有効です。 sha256:0123456789abcdef, done-and-read/back!';
    for (const line of lines(text, width)) {
      const used = [...line].reduce((sum, character) => sum + of(character), 0);
      expect(used).toBeLessThanOrEqual(Math.max(width, 2));
    }
    expect(lines(text, width).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });
});
