import { nothingRecorded } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import { table } from '../layout/table';
import { TARGET_OUTCOMES } from '../../../domain/words';
import { settled } from '../../../domain/plan';
import { actAtEnd, standingText, toneOfStanding } from './ending';
import type { ReportPage } from './section';
import { inForce } from './tally';

/** Accounts disabled, and accounts made for emergency access (C7, C8). */
export function accounts(page: ReportPage): void {
  const { sheet, model, texts, clock } = page;
  const words = texts.accounts;
  const results = new Map(model.results.map((result) => [result.action, result]));
  const acts = model.plan.actions.filter(
    (action) => action.kind === 'disable-account' || action.kind === 'emergency-access',
  );
  sheet.section(words.heading, () => {
    if (acts.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    table(
      sheet,
      [
        { title: words.account, share: 22, mono: true },
        { title: words.host, share: 18 },
        { title: words.act, share: 20 },
        { title: words.outcome, share: 20 },
        { title: words.until, share: 20 },
      ],
      acts.map((action) => {
        const result = results.get(action.id);
        const until = clock.show(action.expiresAt);
        const outcomes =
          result === undefined
            ? texts.actions.noResult
            : TARGET_OUTCOMES.filter((outcome) => result.counts[outcome] > 0)
                .map((outcome) =>
                  action.kind === 'disable-account' && outcome === 'missing'
                    ? words.absent
                    : texts.words.target[outcome],
                )
                .join(texts.comma);
        const ended = actAtEnd(model, action.id);
        if (model.order.drill && result !== undefined)
          return [
            { text: clip(action.account, 60) },
            { text: clip(action.host, 60) },
            { text: texts.words.act[action.kind] },
            { text: texts.actions.wouldText(inForce(result.counts)) },
            { text: until.local, note: until.utc },
          ];
        const good = result !== undefined && settled(action.kind, result.counts) && result.verified;
        return [
          { text: clip(action.account, 60) },
          { text: clip(action.host, 60) },
          { text: texts.words.act[action.kind] },
          {
            text: outcomes,
            tone: good ? ('good' as const) : ('bad' as const),
            note: result?.verified === true ? texts.actions.verifiedYes : texts.actions.verifiedNo,
            ...(ended === undefined
              ? {}
              : {
                  text: texts.words.standing[ended.standing],
                  tone: toneOfStanding(ended),
                  note: standingText(page, ended),
                }),
          },
          { text: until.local, note: until.utc },
        ];
      }),
      { most: 3 },
    );
  });
}
