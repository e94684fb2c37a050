import type { IncidentId } from '../../domain/ids';
import { priorityRank } from '../../domain/words';
import type { IncidentRow } from '../../ports/repositories';
import { LABEL, paragraph } from './layout/blocks';
import { furnish, watermark } from './layout/furniture';
import { INK, MUTED, OUTCOME_TONES, RULE, TONES } from './layout/palette';
import { clip } from './layout/plain-text';
import type { ReportFonts } from './layout/sheet';
import { PAGE, Sheet, lineHeight } from './layout/sheet';
import type { Cell } from './layout/table';
import { table } from './layout/table';
import { ZonedClock, between } from './layout/times';
import { tickStep, tickText } from './sections/timeline-scale';
import type { ReportTexts } from './texts/report-en';

interface OverviewPage {
  readonly sheet: Sheet;
  readonly texts: ReportTexts;
  readonly clock: ZonedClock;
}

export function mostUrgentFirst(members: readonly IncidentRow[]): readonly IncidentRow[] {
  return [...members].sort((a, b) => rankOf(a) - rankOf(b) || (a.order.incident < b.order.incident ? -1 : 1));
}

/** The joint overview of incidents that were handled at once, most urgent first (B9): one page, two when there are many. */
export async function renderOverview(
  group: IncidentId,
  members: readonly IncidentRow[],
  texts: ReportTexts,
  fonts: ReportFonts,
  timeZone: string,
): Promise<Buffer> {
  const rows = mostUrgentFirst(members);
  const drill = rows.some((row) => row.order.drill);
  const sheet = new Sheet({
    fonts,
    lang: texts.lang,
    title: `${texts.overview.title} ${group}`,
    subject: texts.overview.subject(group),
    createdAt: new Date(lastMoment(rows)),
    continued: texts.continued,
    ...(drill ? { background: (page: Sheet) => watermark(page, texts.drill.mark) } : {}),
  });
  const page: OverviewPage = { sheet, texts, clock: new ZonedClock(timeZone) };
  const style = { size: 19, bold: true };
  sheet.doc.outline.addItem(texts.overview.title);
  sheet.tag('H1', () => sheet.line(texts.overview.title, PAGE.left, sheet.y, style));
  sheet.y += lineHeight(style) + 2;
  paragraph(sheet, texts.overview.intro(rows.length), { style: { size: 10 } });
  sheet.section(texts.overview.incidents, () => memberTable(page, rows));
  sheet.section(texts.overview.together, () => bars(page, rows));
  return sheet.finish((at, number, pages) =>
    furnish(
      at,
      {
        title: texts.overview.title,
        incident: group,
        footer: texts.overview.footer(group, rows.length),
        page: texts.page,
        drill: drill ? texts.drill.banner : undefined,
      },
      number,
      pages,
    ),
  );
}

function rankOf(row: IncidentRow): number {
  return priorityRank(row.assessment?.severity ?? row.order.severity, row.assessment?.type ?? row.order.type);
}

/** The overview carries no time of its own making: the last event it tells of dates it. */
function lastMoment(rows: readonly IncidentRow[]): string {
  const times = rows.flatMap((row) => [row.order.declaredAt, row.responseEndedAt ?? row.order.declaredAt]);
  return times.sort().at(-1) ?? new Date(0).toISOString();
}

function memberTable({ sheet, texts }: OverviewPage, rows: readonly IncidentRow[]): void {
  const words = texts.overview;
  table(
    sheet,
    [
      { title: words.order, share: 6, right: true },
      { title: words.incident, share: 27 },
      { title: words.type, share: 17 },
      { title: words.outcome, share: 21 },
      { title: words.hosts, share: 17 },
      { title: words.duration, share: 18 },
      { title: words.report, share: 29, mono: true },
    ],
    rows.map((row, index): readonly Cell[] => {
      const type = row.assessment?.type ?? row.order.type;
      const severity = row.assessment?.severity ?? row.order.severity;
      const { report } = row;
      return [
        { text: String(index + 1), bold: true },
        { text: row.order.incident, bold: true, note: clip(row.title, 90) },
        {
          text: texts.words.type[type],
          note: `${texts.words.severity[severity]}${texts.comma}${texts.words.mode[row.order.mode]}`,
        },
        row.outcome === null
          ? { text: words.running, tone: 'caution' }
          : {
              text: texts.words.outcome[row.outcome],
              tone: OUTCOME_TONES[row.outcome],
              note: [texts.words.stage[row.abnormal], ...(row.needsHuman ? [words.needsHuman] : [])].join(texts.comma),
            },
        { text: clip(row.order.hosts.join(texts.comma), 120) },
        row.responseEndedAt === null
          ? { text: words.running }
          : {
              text: texts.duration(between(row.order.declaredAt, row.responseEndedAt)),
              note: `${texts.summary.deadline}${texts.colon}${row.deadlineMet === false ? texts.summary.missed : texts.summary.met}`,
            },
        report === null
          ? { text: words.notWritten }
          : {
              text: fileName(texts.lang.startsWith('ja') ? report.pdf.ja.path : report.pdf.en.path),
            },
      ];
    }),
    { size: 6.9, most: 5 },
  );
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const AXIS = { left: PAGE.left + 140, right: PAGE.right - 60 } as const;
const ROW = 20;

function bars({ sheet, texts, clock }: OverviewPage, rows: readonly IncidentRow[]): void {
  const start = Math.min(...rows.map((row) => Date.parse(row.order.declaredAt)));
  const spans = rows.map((row) => {
    const from = Date.parse(row.order.declaredAt) - start;
    return { row, from, to: row.responseEndedAt === null ? from : Date.parse(row.responseEndedAt) - start };
  });
  const length = Math.max(1_000, ...spans.map(({ to }) => to));
  const at = (ms: number): number => AXIS.left + ((AXIS.right - AXIS.left) * ms) / length;
  const earliest = rows.map((row) => row.order.declaredAt).sort()[0] ?? '';
  paragraph(sheet, `${texts.overview.togetherIntro}${texts.space}${clock.show(earliest).full}`, { style: LABEL });
  sheet.need(spans.length * ROW + 24);
  const top = sheet.y;
  const small = { size: 6.4, color: MUTED };
  sheet.artifact(() => {
    for (let tick = 0, step = tickStep(length); tick <= length; tick += step) {
      const label = tickText(tick, step, texts.timeline.days);
      sheet.line(label, at(tick) - sheet.widthOf(label, small) / 2, top, small);
      sheet.doc
        .moveTo(at(tick), top + 12)
        .lineTo(at(tick), top + 16 + spans.length * ROW)
        .lineWidth(0.35)
        .stroke(RULE);
    }
    sheet.doc
      .moveTo(AXIS.left, top + 12)
      .lineTo(AXIS.right, top + 12)
      .lineWidth(0.7)
      .stroke(MUTED);
  });
  sheet.y = top + 16;
  for (const { row, from, to } of spans) {
    const y = sheet.y;
    const tone = row.outcome === null ? TONES.caution : TONES[OUTCOME_TONES[row.outcome]];
    const style = { size: 7.6, bold: true, color: INK };
    sheet.tag('P', () => {
      sheet.line(row.order.incident, PAGE.left, y + 3, style);
      const text = row.responseEndedAt === null ? texts.overview.running : texts.duration(to - from);
      sheet.line(text, Math.min(at(to) + 5, AXIS.right + 4), y + 3, { ...style, color: tone.strong });
    });
    sheet.artifact(() => sheet.doc.rect(at(from), y + 4, Math.max(1.5, at(to) - at(from)), 9).fill(tone.strong));
    sheet.y = y + ROW;
  }
}
