import { list, listing, nothingRecorded, subheading } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import type { ReportPage } from './section';

const MOST_STEPS = 100;

/** What is left for people, and the commands they will want. */
export function nextSteps({ sheet, model, texts }: ReportPage): void {
  const words = texts.next;
  const { incident } = model.order;
  sheet.section(words.heading, () => {
    const rest = model.nextSteps.length - MOST_STEPS;
    if (model.nextSteps.length === 0) nothingRecorded(sheet, texts.summary.nothingNeeded);
    else {
      list(
        sheet,
        [
          ...model.nextSteps.slice(0, MOST_STEPS).map((step) => ({ text: clip(texts.fact(step), 600) })),
          ...(rest > 0 ? [{ text: texts.andMore(rest) }] : []),
        ],
        { numbered: true },
      );
    }
    const over = model.order.drill || model.ending?.whole === true;
    for (const [title, command] of [
      [words.status, `firebreak status ${incident}`],
      // There is nothing left that they could undo.
      ...(over
        ? []
        : [
            [words.undo, `firebreak release ${incident}`],
            [words.falseAlarm, `firebreak stand-down ${incident}`],
          ]),
    ] as const) {
      subheading(sheet, title, 24);
      listing(sheet, [command]);
    }
  });
}
