import { nothingRecorded, paragraph } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import { table } from '../layout/table';
import type { ReportPage } from './section';
import { wordFor } from './section';

const MOST_ROWS = 300;

/** Who ordered and approved what, when and why (N5, L1). */
export function orders({ sheet, model, texts, clock }: ReportPage): void {
  const words = texts.orders;
  sheet.section(words.heading, () => {
    if (model.approvals.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    table(
      sheet,
      [
        { title: words.when, share: 22 },
        { title: words.operator, share: 18 },
        { title: words.order, share: 22 },
        { title: words.reason, share: 38 },
      ],
      model.approvals.slice(0, MOST_ROWS).map((approval) => {
        const at = clock.show(approval.at);
        return [
          { text: at.local, note: at.utc },
          { text: clip(approval.operator, 60), bold: true },
          {
            text: wordFor(texts.words.order, approval.action),
            ...(approval.planHash === undefined ? {} : { note: words.plan(approval.planHash.slice(0, 16)) }),
          },
          { text: approval.reason === '' ? '–' : texts.quote(clip(approval.reason, 300)) },
        ];
      }),
      { most: 4 },
    );
    if (model.approvals.length > MOST_ROWS) paragraph(sheet, texts.andMore(model.approvals.length - MOST_ROWS));
  });
}
