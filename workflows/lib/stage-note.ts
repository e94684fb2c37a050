import type { Fact } from '../../src/domain/fact';
import { inEnglish } from '../../src/domain/fact-words';
import type { IncidentId } from '../../src/domain/ids';
import type { AbnormalStage, Phase } from '../../src/domain/words';
import type { ProgressNote } from '../../activities';

const SLUG_CHARACTERS = 80;
/** Causes that one entry names. */
export const MOST_CAUSES = 5;

/**
 * A stage of the abnormal end on record: timeline and ledger (B8). Every cause has its own entry, also of a stage that has been
 * reached before; `patch` belongs to the first.
 */
export function stageNote(
  stage: Exclude<AbnormalStage, 'none'>,
  why: readonly Fact[],
  at: { incident: IncidentId; phase: Phase; first: boolean },
): Omit<ProgressNote, 'patch'> {
  const words = why.map(inEnglish).join('; ');
  const cause = at.first ? '' : `:${slug(words)}`;
  return {
    key: `abnormal:${stage}${cause}`,
    entry: { at: new Date().toISOString(), phase: at.phase, kind: 'failure', fact: { fact: 'stage', stage, why } },
    audit: {
      level: stage === 'emergency' ? 'CRITICAL' : 'ERROR',
      action: `abnormal.${stage}`,
      subject: at.incident,
      reason: words.slice(0, 500),
    },
  };
}

function slug(words: string): string {
  return words
    .replace(/[^A-Za-z0-9_.]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, SLUG_CHARACTERS);
}
