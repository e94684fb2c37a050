/** Edit distance (Levenshtein) of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The valid word that is nearest to what was written, for error messages (B1). */
export function nearest(word: string, valid: readonly string[]): string {
  const written = word.slice(0, 40).toLowerCase();
  return [...valid].sort((a, b) => distance(written, a) - distance(written, b))[0] ?? '';
}

/**
 * What is wrong with a word that must be one of the valid ones, with the nearest of them (B1).
 * @param kind singular noun, e.g. `host`
 * @returns undefined when the word is valid
 */
export function unknownWord(kind: string, word: string, valid: readonly string[]): string | undefined {
  if (valid.includes(word)) return undefined;
  const written = `unknown ${kind} ${JSON.stringify(word.slice(0, 63))}`;
  return valid.length === 0 ? `${written}; there is none` : `${written}; did you mean ${nearest(word, valid)}?`;
}
