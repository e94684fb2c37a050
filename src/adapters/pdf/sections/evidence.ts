import { nothingRecorded, paragraph } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import { table } from '../layout/table';
import type { ReportPage } from './section';

const MOST_ROWS = 2_000;

/** Every artefact with its full digest, and every source that gave nothing (E2, E3). */
export function evidence({ sheet, model, texts }: ReportPage): void {
  const words = texts.evidence;
  sheet.section(words.heading, () => {
    if (model.evidence.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    table(
      sheet,
      [
        { title: words.seq, share: 7, right: true },
        { title: words.host, share: 15 },
        { title: words.name, share: 24 },
        { title: words.bytes, share: 12, right: true },
        { title: words.sha256, share: 41, mono: true },
      ],
      model.evidence
        .slice(0, MOST_ROWS)
        .map((entry) => [
          { text: String(entry.seq) },
          { text: clip(entry.host, 50) },
          { text: clip(entry.name, 90), bold: true },
          { text: entry.absence === undefined ? texts.amount(entry.bytes) : '–' },
          entry.absence === undefined
            ? { text: entry.sha256 }
            : { text: words.absent, tone: 'caution' as const, note: clip(texts.fact(entry.why ?? entry.absence), 300) },
        ]),
      { size: 6.2, most: 3 },
    );
    if (model.evidence.length > MOST_ROWS) paragraph(sheet, texts.andMore(model.evidence.length - MOST_ROWS));
  });
}
