/** U+0000, and anything that may be half a pair. */
const NEEDS_CARE = /[\u0000\ud800-\udfff]/;

/**
 * Text columns take neither U+0000 nor half a surrogate pair, and host output may hold both.
 * U+0000 becomes its picture U+2400; a lone surrogate becomes U+FFFD, as everywhere in UTF-8.
 */
export function storableText(text: string): string {
  if (!NEEDS_CARE.test(text)) return text;
  return Buffer.from(text.replaceAll('\u0000', '\u2400'), 'utf8').toString('utf8');
}

/** As `storableText`, for a column that may be empty. */
export function storableOrNull(text: string | undefined | null): string | null {
  return text === undefined || text === null ? null : storableText(text);
}

/**
 * For columns of type `json`, which keep the given text as it is; escapes make every string storable.
 * Written out here because `pg` would send an array as a PostgreSQL array.
 */
export function jsonColumn(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
