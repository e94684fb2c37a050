import { facts, list, nothingRecorded, subheading } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import type { ReportPage } from './section';

const MOST_ITEMS = 120;

/** What left the normal path: deviations that were agreed to, and what failed (B8). */
export function faults({ sheet, model, texts }: ReportPage): void {
  const words = texts.faults;
  sheet.section(words.heading, () => {
    facts(sheet, [
      {
        label: words.course,
        value: texts.words.stage[model.abnormal],
        tone: model.abnormal === 'none' ? 'good' : model.abnormal === 'partial' ? 'caution' : 'bad',
      },
      {
        label: texts.summary.deadline,
        value: model.deadlineMet ? texts.summary.met : texts.summary.missed,
        tone: model.deadlineMet ? 'good' : 'bad',
      },
    ]);
    for (const [title, items, tone] of [
      [words.deviations, model.deviations, 'caution'],
      [words.failures, model.failures, 'bad'],
    ] as const) {
      subheading(sheet, title, 24);
      if (items.length === 0) {
        nothingRecorded(sheet, texts.none);
        continue;
      }
      const rest = items.length - MOST_ITEMS;
      list(
        sheet,
        [
          ...items.slice(0, MOST_ITEMS).map((item) => ({ text: clip(texts.fact(item), 500), tone })),
          ...(rest > 0 ? [{ text: texts.andMore(rest) }] : []),
        ],
        { style: { size: 8.4 }, most: 6 },
      );
    }
  });
}
