/** Characters that do not begin a line (JIS X 4051, 行頭禁則), and closing punctuation of English. */
const NOT_FIRST = new Set(
  '、。，．・：；？！）」』】〕〉》”’…‥ー々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜％›)]}>,.:;!?%',
);

/** Characters that do not end a line (行末禁則). */
const NOT_LAST = new Set('（「『【〔〈《“‘‹([{<');

const IDEOGRAPHIC = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;
const WORD = /[\p{L}\p{N}]/u;
/** No break beside digits: dates, incident ids, host names and prefixes stay whole. */
const LETTER = /\p{L}/u;
const BREAKS_AFTER = new Set('-/,;=|_@&');

export interface LineWidths {
  /** Width of one character in points. */
  readonly of: (character: string) => number;
  /** Digests, keys and addresses: lines are filled to the last character. */
  readonly anywhere?: boolean;
}

/**
 * Fills lines of `width` points. Breaks at blanks, after joining marks inside long words, and between
 * ideographs but where Japanese typesetting forbids it; what still does not fit is cut hard, so that nothing
 * ever runs over the edge. Always at least one line.
 */
export function breakLines(text: string, width: number, widths: LineWidths): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let used = 0;
  /** Characters of `line` that may stand alone if the line breaks now. */
  let breakAt = 0;
  for (const character of text) {
    const advance = widths.of(character);
    const last = line.at(-1);
    if (last !== undefined && mayBreak(line.at(-2), last, character)) breakAt = line.length;
    while (line.length > 0 && character !== ' ' && used + advance > width) {
      const keep = breakAt > 0 && widths.anywhere !== true ? breakAt : line.length;
      lines.push(line.slice(0, keep).join('').trimEnd());
      line = line.slice(keep);
      while (line[0] === ' ') line.shift();
      used = line.reduce((sum, kept) => sum + widths.of(kept), 0);
      breakAt = 0;
    }
    if (line.length === 0 && character === ' ' && lines.length > 0) continue;
    line.push(character);
    used += advance;
  }
  lines.push(line.join('').trimEnd());
  return lines;
}

function mayBreak(beforeLast: string | undefined, last: string, next: string): boolean {
  if (next === ' ') return false;
  if (last === ' ') return true;
  if (NOT_FIRST.has(next) || NOT_LAST.has(last)) return false;
  if (IDEOGRAPHIC.test(last) || IDEOGRAPHIC.test(next)) return true;
  if (!BREAKS_AFTER.has(last) || !LETTER.test(next) || beforeLast === undefined) return false;
  return last === '-' ? LETTER.test(beforeLast) : WORD.test(beforeLast);
}
