/**
 * What a text from outside must not hold: control characters (C1 too: terminals obey them), unpaired surrogates, other line ends,
 * and the marks that turn the direction of writing and so show another text than is stored.
 */
const UNSAFE = String.raw`\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069`;

/** One line of plain text. */
export const ONE_LINE = new RegExp(`^[^${UNSAFE}]*$`, 'u');

/** Plain text of several lines. */
export const SEVERAL_LINES = new RegExp(`^(?:[^${UNSAFE}]|[\\t\\n])*$`, 'u');

/** Longest reason that an order carries, in UTF-16 code units. */
export const MAX_REASON = 500;

/** @returns what is wrong with a reason; undefined when nothing is */
export function reasonProblem(reason: string): string | undefined {
  if (reason.length > MAX_REASON) return `must be one line of at most ${MAX_REASON} characters`;
  const unsafe = unsafeIn(reason, ONE_LINE);
  return unsafe === undefined ? undefined : `must be one line without control characters: ${unsafe}`;
}

/** The first character that a text must not hold, by code point and place; undefined where there is none. */
export function unsafeIn(text: string, allowed: RegExp): string | undefined {
  if (allowed.test(text)) return undefined;
  const characters = [...text];
  const place = characters.findIndex((character) => !allowed.test(character));
  if (place < 0) return undefined;
  const code = characters[place]?.codePointAt(0) ?? 0;
  return `character ${place + 1} is U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
