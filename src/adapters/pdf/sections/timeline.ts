import { LABEL, nothingRecorded, paragraph, subheading } from '../layout/blocks';
import { INK, LINK, MUTED, PHASE_COLOURS, RULE, TONES } from '../layout/palette';
import { clip } from '../layout/plain-text';
import type { TextStyle } from '../layout/sheet';
import { PAGE, lineHeight } from '../layout/sheet';
import type { ReportPage } from './section';
import { wordFor } from './section';
import type { PlacedEntry, TimelinePanel } from './timeline-scale';
import { layTimeline, offsetText, tickText } from './timeline-scale';

const OFFSET_WIDTH = 46;
const TEXT_WIDTH = 206;
const AXIS = { left: PAGE.left + OFFSET_WIDTH + TEXT_WIDTH + 12, right: PAGE.right - 4, height: 16 } as const;
const STYLE: TextStyle = { size: 7.4 };
const MARK = 2.6;

/** The timeline, drawn to scale: bars for what lasts, marks for moments (P1). */
export function timeline(page: ReportPage): void {
  const { sheet, model, texts, clock } = page;
  sheet.section(texts.timeline.heading, () => {
    const panels = layTimeline(model.timeline, model.order.declaredAt, model.endedAt);
    if (panels.length === 0) {
      nothingRecorded(sheet, texts.none);
      return;
    }
    paragraph(sheet, texts.timeline.intro(clock.show(model.order.declaredAt).full), { style: LABEL });
    legend(page);
    for (const panel of panels) {
      if (panel.kind === 'after') subheading(sheet, texts.timeline.after, 60);
      drawPanel(page, panel);
    }
  });
}

function legend({ sheet, model, texts }: ReportPage): void {
  const phases = [...new Set(model.timeline.map((entry) => entry.phase))];
  const style = LABEL;
  let x: number = PAGE.left;
  const advance = (text: string): number => {
    const width = 12 + sheet.widthOf(text, style) + 12;
    if (x + width > PAGE.right) {
      x = PAGE.left;
      sheet.y += lineHeight(style) + 2;
    }
    const at = x;
    x += width;
    return at;
  };
  sheet.tag('P', () => {
    for (const phase of phases) {
      const text = wordFor(texts.words.phase, phase);
      const at = advance(text);
      sheet.doc.rect(at, sheet.y + 3, 8, 6).fill(phaseColour(phase));
      sheet.line(text, at + 12, sheet.y, style);
    }
    for (const kind of ['act', 'notice', 'order', 'failure'] as const) {
      const text = texts.timeline.legend[kind];
      const at = advance(text);
      drawMark(sheet.doc, kind, at + 4, sheet.y + lineHeight(style) / 2, kind === 'act' ? INK : undefined);
      sheet.line(text, at + 12, sheet.y, style);
    }
  });
  sheet.y += lineHeight(style) + 6;
}

function drawPanel(page: ReportPage, panel: TimelinePanel): void {
  const { sheet } = page;
  const rows = panel.entries.map((placed) => measure(page, placed));
  let next = 0;
  while (next < rows.length) {
    sheet.need(AXIS.height + Math.min(60, rows[next]?.height ?? 0));
    const room = sheet.room - AXIS.height;
    let height = 0;
    const here: Row[] = [];
    while (next + here.length < rows.length) {
      const row = rows[next + here.length];
      if (row === undefined || (height + row.height > room && here.length > 0)) break;
      here.push(row);
      height += row.height;
    }
    next += here.length;
    drawAxis(page, panel, height);
    for (const row of here) drawRow(page, panel, row);
    sheet.y += 8;
  }
}

interface Row {
  readonly placed: PlacedEntry;
  readonly lines: readonly string[];
  readonly style: TextStyle;
  readonly height: number;
}

function measure({ sheet, texts }: ReportPage, placed: PlacedEntry): Row {
  const failed = placed.entry.kind === 'failure';
  const style = failed ? { ...STYLE, bold: true, color: TONES.bad.strong } : STYLE;
  const lines = sheet.lines(clip(texts.fact(placed.entry.fact), 220), TEXT_WIDTH, style, 3);
  return { placed, lines, style, height: lines.length * lineHeight(style) + 3 };
}

function xOf(panel: TimelinePanel, ms: number): number {
  return AXIS.left + ((AXIS.right - AXIS.left) * ms) / panel.length;
}

function drawAxis({ sheet, texts }: ReportPage, panel: TimelinePanel, height: number): void {
  const { doc } = sheet;
  const top = sheet.y;
  const style = { size: 6.4, color: MUTED };
  sheet.artifact(() => {
    for (
      let at = Math.ceil(panel.start / panel.step) * panel.step - panel.start;
      at <= panel.length;
      at += panel.step
    ) {
      const x = xOf(panel, at);
      doc
        .moveTo(x, top + 12)
        .lineTo(x, top + AXIS.height + height)
        .lineWidth(0.35)
        .stroke(RULE);
      const text = tickText(panel.start + at, panel.step, texts.timeline.days);
      const left = Math.min(x - sheet.widthOf(text, style) / 2, PAGE.right - sheet.widthOf(text, style));
      sheet.line(text, left, top, style);
    }
    doc
      .moveTo(AXIS.left, top + 12)
      .lineTo(AXIS.right, top + 12)
      .lineWidth(0.7)
      .stroke(MUTED);
    if (panel.deadline === undefined) return;
    const x = xOf(panel, panel.deadline);
    doc
      .moveTo(x, top + 12)
      .lineTo(x, top + AXIS.height + height)
      .lineWidth(1)
      .stroke(TONES.bad.strong);
    sheet.line(texts.timeline.deadline, x, top - 8, { ...style, color: TONES.bad.strong, bold: true }, { right: x });
  });
  sheet.y = top + AXIS.height;
}

function drawRow({ sheet, texts }: ReportPage, panel: TimelinePanel, { placed, lines, style, height }: Row): void {
  const { doc } = sheet;
  const top = sheet.y;
  const middle = top + lineHeight(style) / 2;
  sheet.tag('P', () => {
    const offset = offsetText(panel.start + placed.from, texts.timeline.days);
    sheet.line(offset, PAGE.left, top, { size: 7, color: MUTED }, { right: PAGE.left + OFFSET_WIDTH - 6 });
    lines.forEach((line, index) => sheet.line(line, PAGE.left + OFFSET_WIDTH, top + index * lineHeight(style), style));
  });
  sheet.artifact(() => {
    const from = xOf(panel, placed.from);
    const colour = phaseColour(placed.entry.phase);
    if (placed.entry.endedAt === undefined) {
      drawMark(doc, placed.entry.kind, from, middle, colour);
      return;
    }
    const width = Math.max(1.4, xOf(panel, placed.to) - from);
    doc.rect(from, middle - 3.4, width, 6.8).fill(colour);
    if (placed.entry.kind === 'failure') {
      doc
        .rect(from, middle - 3.4, width, 6.8)
        .lineWidth(1.1)
        .stroke(TONES.bad.strong);
      drawMark(doc, 'failure', Math.min(from + width + 6, AXIS.right), middle, undefined);
    }
    if (placed.open) {
      doc.polygon([AXIS.right, middle - 5], [AXIS.right + 5, middle], [AXIS.right, middle + 5]).fill(colour);
    }
  });
  sheet.y = top + height;
}

/** Shape and colour both say what it is: also readable in grey. */
function drawMark(
  doc: PDFKit.PDFDocument,
  kind: ReportPage['model']['timeline'][number]['kind'],
  x: number,
  y: number,
  colour: string | undefined,
): void {
  switch (kind) {
    case 'failure':
      doc
        .moveTo(x - MARK, y - MARK)
        .lineTo(x + MARK, y + MARK)
        .moveTo(x + MARK, y - MARK)
        .lineTo(x - MARK, y + MARK)
        .lineWidth(1.5)
        .stroke(TONES.bad.strong);
      return;
    case 'order':
      doc.polygon([x, y - MARK - 0.8], [x + MARK + 0.8, y], [x, y + MARK + 0.8], [x - MARK - 0.8, y]).fill(LINK);
      return;
    case 'notice':
      doc
        .circle(x, y, MARK)
        .lineWidth(1.1)
        .fillAndStroke('#ffffff', PHASE_COLOURS.notifying ?? INK);
      return;
    case 'act':
    case 'step':
      doc.circle(x, y, MARK).fill(colour ?? INK);
  }
}

function phaseColour(phase: string): string {
  return PHASE_COLOURS[phase] ?? PHASE_COLOURS.declared ?? MUTED;
}
