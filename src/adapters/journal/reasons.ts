/** Why a source gave nothing, in the words of the record; by the word that the scripts use. */
const REASONS: Readonly<Record<string, string>> = {
  'no-tool': 'the host has no such program, or it does not answer',
  'no-time': 'the time budget was used up before it',
  'no-file': 'there is no such file',
  'not-allowed': 'it is not a regular file under a directory that may be read',
  unreadable: 'the file cannot be read',
  empty: 'the file is empty',
  none: 'it was looked for, and there is none',
  unlisted: 'the program that lists them failed',
  'too-many': 'there are more of them than are taken',
  'too-large': 'it is larger than what is taken of one source, and a part of it is of no use',
};

export function reasonWords(word: string): string {
  return Object.hasOwn(REASONS, word) ? (REASONS[word] ?? word) : word;
}
