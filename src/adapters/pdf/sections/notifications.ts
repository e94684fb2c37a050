import type { Fact } from '../layout/blocks';
import { facts, nothingRecorded, paragraph } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import type { Tone } from '../layout/palette';
import { table } from '../layout/table';
import type { Delivery } from '../../../domain/notice';
import { toldByCall } from '../../../domain/notice';
import type { ReportTexts } from '../texts/report-en';
import type { ReportPage } from './section';
import { peopleReached } from './tally';

const MOST_ROWS = 500;

const STATE_TONES: Readonly<Partial<Record<Delivery['state'], Tone>>> = {
  delivered: 'good',
  failed: 'bad',
  pending: 'caution',
};

/** Who was reached by what and when (N3); what is still under way is said to be, never counted as reached. */
export function notifications(page: ReportPage): void {
  const { sheet, model, texts, clock } = page;
  const words = texts.notifications;
  sheet.section(words.heading, () => {
    if (model.deliveries.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    facts(sheet, reachedFacts(page), { labelWidth: 96, most: 6 });
    sheet.y += 4;
    const deliveries = [...model.deliveries].sort((a, b) => a.at.localeCompare(b.at) || (a.id < b.id ? -1 : 1));
    table(
      sheet,
      [
        { title: words.when, share: 21 },
        { title: words.person, share: 16 },
        { title: words.about, share: 19 },
        { title: words.channel, share: 9 },
        { title: words.state, share: 12 },
        { title: words.attempts, share: 9, right: true },
        { title: words.detail, share: 25 },
      ],
      deliveries.slice(0, MOST_ROWS).map((delivery) => {
        const at = clock.show(delivery.at);
        const tone = STATE_TONES[delivery.state];
        return [
          { text: at.local, note: at.utc },
          { text: clip(delivery.person, 60), bold: true },
          { text: texts.words.notice[delivery.kind] },
          { text: texts.words.channel[delivery.channel] },
          { text: texts.words.delivery[delivery.state], ...(tone === undefined ? {} : { tone }) },
          { text: texts.amount(delivery.attempts) },
          {
            text: [
              ...(delivery.reason === undefined ? [] : [reasonOf(delivery.reason, texts)]),
              ...(delivery.possibleDouble ? [words.double] : []),
              ...(delivery.providerId === undefined ? [] : [words.provider(clip(delivery.providerId, 60))]),
            ].join('; '),
          },
        ];
      }),
      { size: 7.1, most: 3 },
    );
    if (deliveries.length > MOST_ROWS) paragraph(sheet, texts.andMore(deliveries.length - MOST_ROWS));
  });
}

/** An error code, or why it was skipped. */
function reasonOf(reason: string, texts: ReportTexts): string {
  const call = toldByCall(reason);
  if (call !== undefined) return texts.fact(call);
  return /^[A-Z_]{1,60}$/u.test(reason) ? reason : texts.quote(clip(reason, 120));
}

function reachedFacts({ model, texts, clock }: ReportPage): readonly Fact[] {
  const words = texts.notifications;
  const people = peopleReached(model.deliveries);
  const reached = people.flatMap(({ person, first }) =>
    first === undefined
      ? []
      : [words.by(clip(person, 40), texts.words.channel[first.channel], clock.show(first.at).local.slice(11))],
  );
  const pending = people.filter(({ first, pending: open }) => first === undefined && open);
  const missed = people.filter(({ first, pending: open }) => first === undefined && !open);
  const names = (of: typeof people): string => of.map(({ person }) => clip(person, 40)).join(texts.comma);
  return [
    ...(reached.length === 0
      ? []
      : [{ label: words.reached, value: reached.join(texts.comma), tone: 'good' as const }]),
    ...(pending.length === 0 ? [] : [{ label: words.stillOpen, value: names(pending), tone: 'caution' as const }]),
    ...(missed.length === 0 ? [] : [{ label: words.notReached, value: names(missed), tone: 'bad' as const }]),
  ];
}
