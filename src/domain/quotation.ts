/** Characters of one quotation. */
const MOST_CHARACTERS = 600;

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Variation_Selector}]/gu;
const DOUBLE_MARKS = /[“”„‟]/gu;
const CORNER_BRACKETS = /[「」｢｣]/gu;
const BACKQUOTES = /`/gu;

/**
 * What a host, a library or a person has said, as a quotation in an English sentence: verbatim, but on one line, bounded, and unable
 * to end the quotation by itself.
 */
export function quotedEn(words: string): string {
  return `“${onOneLine(words).replace(DOUBLE_MARKS, '"')}”`;
}

/** The same in a Japanese sentence. */
export function quotedJa(words: string): string {
  return `「${onOneLine(words).replace(CORNER_BRACKETS, '"')}」`;
}

/** A command line, to be typed as it stands; the same in every language. */
export function codeOf(command: string): string {
  return `\`${onOneLine(command).replace(BACKQUOTES, "'")}\``;
}

function onOneLine(words: string): string {
  const line = String(words).replace(/\s+/gu, ' ').replace(UNSEEN, '').trim();
  const characters = [...line];
  return characters.length <= MOST_CHARACTERS ? line : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}
