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
  return reason.length <= MAX_REASON && ONE_LINE.test(reason)
    ? undefined
    : `must be one line of at most ${MAX_REASON} characters, without control characters`;
}
