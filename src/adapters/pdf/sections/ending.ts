import type { ActNow } from '../../../domain/ending';
import { goneAt, isGone, isSettled } from '../../../domain/ending';
import { OUTCOME_TONES } from '../layout/palette';
import type { Tone } from '../layout/palette';
import type { ReportModel } from '../../../domain/report';
import type { ReportPage } from './section';

/** The word a reader sees first, and what it means. */
export interface Verdict {
  readonly word: string;
  readonly meaning: string;
  readonly tone: Tone;
}

/** What is so now: how the incident ended, once it has; before that what the response came to. A drill has changed nothing. */
export function verdictOf(page: ReportPage): Verdict {
  const verdict = standing(page);
  return page.model.order.drill ? { ...verdict, meaning: page.texts.drill.line, tone: 'neutral' } : verdict;
}

function standing({ model, texts, clock }: ReportPage): Verdict {
  const { outcome, ending, acts } = model;
  const { words, ending: about } = texts;
  if (ending === undefined)
    return { word: words.outcome[outcome], meaning: words.outcomeMeaning[outcome], tone: OUTCOME_TONES[outcome] };
  const before = outcome === 'stood-down' ? [] : [about.before(words.outcome[outcome])];
  const open = acts.filter((act) => !isSettled(act)).length;
  if (open > 0) {
    const meaning = [about.incompleteMeaning(open, acts.length), ...before].join(texts.space);
    return { word: about.incomplete, meaning, tone: 'bad' };
  }
  const givenUp = acts.filter(({ standing }) => standing === 'given-up');
  if (givenUp.length > 0) {
    const by = [...new Set(givenUp.flatMap(({ undo }) => undo?.givenUpBy ?? []))].join(texts.comma);
    const hosts = [...new Set(givenUp.map(({ host }) => host))].join(texts.comma);
    const meaning = [about.givenUp(givenUp.length, acts.length, hosts, by), ...before].join(texts.space);
    return { word: words.ending[ending.how], meaning, tone: 'caution' };
  }
  const last = acts.map(goneAt).sort().at(-1);
  const checked = acts.every(({ undo }) => undo?.readBack === true);
  const undone =
    last === undefined
      ? `${about.nothing}${texts.fullStop}`
      : [
          ending.how === 'expired' ? about.expired(clock.show(last).local) : about.undone(clock.show(last).local),
          checked ? about.checked : about.unchecked,
        ].join(texts.clause);
  return {
    word: words.ending[ending.how],
    meaning: [undone, ...before].join(texts.space),
    tone: checked ? 'neutral' : 'caution',
  };
}

/** Who ended the incident and when; undefined while nobody did. */
export function orderOfEnd({ model, texts, clock }: ReportPage): string | undefined {
  const { ending } = model;
  if (ending?.by === undefined) return undefined;
  const how = texts.words.order[ending.how === 'released' ? 'release' : 'stand-down'] ?? ending.how;
  return texts.ending.orderedBy(how, ending.by, clock.show(ending.at).local);
}

/** An act as a report of the end shows it; undefined before, and of what was never put in force. */
export function actAtEnd({ acts, ending }: ReportModel, action: string): ActNow | undefined {
  return ending === undefined ? undefined : acts.find((act) => act.action === action);
}

/** What is so of one act, with the times that are on record. */
export function standingText({ texts, clock }: ReportPage, act: ActNow): string {
  const { actions: words } = texts;
  const { standing, undo } = act;
  const word = texts.words.standing[standing];
  const checked = undo?.readBack === true ? texts.summary.readBack : texts.summary.notReadBack;
  switch (standing) {
    case 'in-force': {
      const gone = act.released + act.expired;
      return [words.afterText(act.inForce), ...(gone === 0 ? [] : [words.let(gone)])].join('; ');
    }
    case 'undone':
    case 'expired': {
      const noticed = act.noticedAt === null ? [] : [words.noticed(clock.show(act.noticedAt).local)];
      return [words.ended(word, clock.show(goneAt(act)).local), ...noticed, checked].join('; ');
    }
    case 'not-undone':
      return words.failed(undo?.code ?? '–', clock.show(undo?.at ?? '').local);
    case 'given-up':
      return words.givenUp(undo?.givenUpBy ?? '–', clock.show(undo?.at ?? '').local);
    case 'unconfirmed':
      return word;
  }
}

/** An act as one who reads of its end sees it: gone, in force, or in doubt. */
export function toneOfStanding(act: ActNow): Tone {
  if (isGone(act)) return 'neutral';
  if (act.standing === 'given-up') return 'caution';
  return act.standing === 'in-force' ? 'good' : 'bad';
}
