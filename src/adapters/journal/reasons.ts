import type { Fact } from '../../domain/fact';
import { ABSENCE_WORDS } from '../../domain/remark';

/** Why a source gave nothing, by the word that the programs use; any other word is quoted. */
export function absenceOf(word: string): Fact {
  const why = ABSENCE_WORDS.find((known) => known === word);
  return why === undefined ? { fact: 'tool-said', words: word } : { fact: 'source-absent', why };
}
