/**
 * Characters that must not reach a terminal, a PDF, a log, a message or a line of `--json`: controls (C0 and C1, terminals obey
 * both), format characters (they turn the direction of writing, or hide text), surrogates without a partner, private and unassigned
 * code points, and the two separators that end a line in some readers.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;

/** The same, as far as JSON text may hold them unescaped; U+007F and the BMP's noncharacters included. */
const UNESCAPED_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Words of a host, a provider or a file as one line of printable text: each run of other characters becomes a blank. */
export function printable(text: string, max: number): string {
  // Cut before the work as well: what is thrown away shall cost nothing.
  return text
    .slice(0, 4 * max)
    .replace(UNPRINTABLE, ' ')
    .trim()
    .slice(0, max)
    .replace(/[\ud800-\udbff]$/, '');
}

/** JSON text of the same meaning that holds printable characters only. For one line: `JSON.stringify` escapes line ends itself. */
export function printableJson(json: string): string {
  return json.replace(UNESCAPED_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${hex(character.charCodeAt(unit))}`).join(''),
  );
}

/** As `printableJson`, for a document of several lines: only its line ends and tabs stay beside what is printable. */
export function printableDocument(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${hex(character.charCodeAt(unit))}`).join(''),
  );
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}
