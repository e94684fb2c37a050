import { nothingRecorded, paragraph, subheading } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import { table } from '../layout/table';
import type { ReportPage } from './section';

const MOST_ROWS = 400;

/** What the plan left out and why (B1, B5), and where kernel and table disagreed (B4). */
export function refused({ sheet, model, texts }: ReportPage): void {
  const words = texts.refused;
  const { refused: targets, drift } = model.plan;
  sheet.section(words.heading, () => {
    if (targets.length === 0) nothingRecorded(sheet, texts.none);
    else {
      table(
        sheet,
        [
          { title: words.target, share: 30, mono: true },
          { title: words.host, share: 16 },
          { title: words.reason, share: 22 },
          { title: words.detail, share: 32 },
        ],
        targets
          .slice(0, MOST_ROWS)
          .map((target) => [
            { text: clip(target.target, 120) },
            { text: clip(target.host ?? words.allHosts, 60) },
            { text: texts.words.refusal[target.reason], bold: true },
            { text: clip(texts.fact(target.detail), 200) },
          ]),
        { most: 3 },
      );
      if (targets.length > MOST_ROWS) paragraph(sheet, texts.andMore(targets.length - MOST_ROWS));
    }
    if (drift.length === 0) return;
    subheading(sheet, words.drift, 60);
    table(
      sheet,
      [
        { title: words.host, share: 20 },
        { title: words.target, share: 40, mono: true },
        { title: words.difference, share: 40 },
      ],
      drift
        .slice(0, MOST_ROWS)
        .map((entry) => [
          { text: clip(entry.host, 60) },
          { text: clip(entry.target, 120) },
          { text: texts.words.drift[entry.kind] },
        ]),
      { most: 2 },
    );
    if (drift.length > MOST_ROWS) paragraph(sheet, texts.andMore(drift.length - MOST_ROWS));
  });
}
