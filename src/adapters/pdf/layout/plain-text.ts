/** Tabs and every kind of line end. */
const LINE_END = /[\t-\r\u0085\u2028\u2029]/g;

const SPACE = /[\s\p{Zs}]+/gu;

/** Controls, and format characters that hide or reorder what stands beside them (Trojan Source, CVE-2021-42574). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Variation_Selector}]/gu;

const NOT_A_CHARACTER = /[\p{Cs}\p{Co}\p{Cn}]/u;

/**
 * Untrusted words as one printable line: white space becomes single blanks, control, direction and zero-width
 * characters go, and whatever the font cannot draw is spelled out as `‹U+1F600›` (a reference to the
 * `.notdef` glyph would also break PDF/A, ISO 19005-3 6.2.11.8).
 */
export function plainText(text: string, canDraw: (codePoint: number) => boolean): string {
  const tidy = text.normalize('NFC').replace(LINE_END, ' ').replace(UNSEEN, '').replace(SPACE, ' ').trim();
  let result = '';
  for (const character of tidy) {
    const codePoint = character.codePointAt(0) ?? 0;
    const drawn = canDraw(codePoint) && !NOT_A_CHARACTER.test(character);
    result += drawn ? character : `‹U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}›`;
  }
  return result;
}

/** At most `most` characters, the last one `…` when some were cut. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
