import { BODY, LABEL, nothingRecorded, paragraph, subheading } from '../layout/blocks';
import { inColumns } from '../layout/columns';
import { clip } from '../layout/plain-text';
import { table } from '../layout/table';
import type { BlockSources } from '../../../domain/plan';
import type { ReportPage } from './section';
import { asked, inForce } from './tally';

/** Printed addresses of one list; the rest is in the JSON. */
const MOST_SOURCES = 2_000;

/** Blocked sources per host with their counts, then the addresses; hosts with the same list share one (P1, C1). */
export function sources(page: ReportPage): void {
  const { sheet, model, texts } = page;
  const words = texts.sources;
  const blocks = model.plan.actions.filter((action) => action.kind === 'block-sources');
  sheet.section(words.heading, () => {
    if (blocks.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    const all = new Set(blocks.flatMap((block) => block.sources));
    paragraph(sheet, words.total(all.size), { style: BODY });
    perHost(page, blocks);
    const lists = new Map<string, readonly BlockSources[]>();
    for (const block of blocks) {
      const key = block.sources.join(' ');
      lists.set(key, [...(lists.get(key) ?? []), block]);
    }
    for (const group of lists.values()) addresses(page, group);
  });
}

function perHost({ sheet, model, texts, clock }: ReportPage, blocks: readonly BlockSources[]): void {
  const words = texts.sources;
  const target = texts.words.target;
  const results = new Map(model.results.map((result) => [result.action, result]));
  table(
    sheet,
    [
      { title: words.host, share: 18 },
      { title: words.direction, share: 18 },
      ...(['applied', 'already', 'refused', 'missing', 'unknown', 'failed'] as const).map((outcome) => ({
        title: target[outcome],
        share: 9.5,
        right: true,
      })),
      { title: words.until, share: 22 },
    ],
    blocks.map((block) => {
      const result = results.get(block.id);
      const until = clock.show(block.expiresAt);
      const number = (count: number | undefined, bad: boolean) => ({
        text: count === undefined ? '–' : texts.amount(count),
        ...(bad && (count ?? 0) > 0 ? { tone: 'bad' as const } : {}),
      });
      return [
        {
          text: clip(block.host, 60),
          bold: true,
          ...(result === undefined
            ? { note: texts.actions.noResult }
            : { note: `${texts.amount(inForce(result.counts))} / ${texts.amount(asked(result.counts))}` }),
        },
        { text: block.direction === 'both' ? words.both : words.in },
        number(result?.counts.applied, false),
        number(result?.counts.already, false),
        number(result?.counts.refused, false),
        number(result?.counts.missing, true),
        number(result?.counts.unknown, true),
        number(result?.counts.failed, true),
        { text: until.local, note: until.utc },
      ];
    }),
    { size: 7.2, most: 2 },
  );
}

function addresses({ sheet, texts }: ReportPage, group: readonly BlockSources[]): void {
  const list = group[0]?.sources ?? [];
  if (list.length === 0) return;
  const hosts = clip(group.map((block) => block.host).join(texts.comma), 160);
  subheading(sheet, texts.sources.same(hosts), 40);
  if (list.length > MOST_SOURCES) {
    paragraph(sheet, texts.sources.capped(MOST_SOURCES, list.length), { style: LABEL });
  }
  inColumns(sheet, list.slice(0, MOST_SOURCES));
}
