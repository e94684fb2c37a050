import { INK, MUTED, PANEL, RULE, TONES, WHITE } from './palette';
import type { Tone } from './palette';
import type { Sheet, TextStyle } from './sheet';
import { PAGE, lineHeight } from './sheet';

export const BODY: TextStyle = { size: 9.2 };
export const SMALL: TextStyle = { size: 7.6 };
export const LABEL: TextStyle = { size: 7.6, color: MUTED };

const WIDTH = PAGE.right - PAGE.left;
const FACT_LABEL = 112;
const NUMBER_INDENT = 17;
const ITEM_GAP = 2.2;

export interface Placement {
  readonly x?: number;
  readonly width?: number;
  readonly style?: TextStyle;
  /** Lines beyond are cut, the last one marked by `…`. */
  readonly most?: number;
}

/** Running text; goes on over pages line by line. */
export function paragraph(sheet: Sheet, text: string, placement: Placement = {}): void {
  const { x = PAGE.left, width = WIDTH, style = BODY, most } = placement;
  const height = lineHeight(style);
  let rest = sheet.lines(text, width, style, most);
  while (rest.length > 0) {
    sheet.need(height * Math.min(2, rest.length));
    const here = rest.slice(0, Math.max(1, Math.floor(sheet.room / height)));
    sheet.tag('P', () => {
      for (const line of here) {
        sheet.line(line, x, sheet.y, style);
        sheet.y += height;
      }
    });
    rest = rest.slice(here.length);
  }
  sheet.y += 3;
}

/** A quiet line for a part that has nothing to show: it is said, never left out. */
export function nothingRecorded(sheet: Sheet, text: string): void {
  paragraph(sheet, text, { style: { ...BODY, color: MUTED } });
}

/** A heading inside a section; it takes at least `keep` points of what follows along. */
export function subheading(sheet: Sheet, text: string, keep = 40): void {
  const style = { size: 10, bold: true };
  sheet.need(lineHeight(style) + 8 + keep);
  if (sheet.y > PAGE.top) sheet.y += 6;
  sheet.tag('H3', () => sheet.line(sheet.fit(text, WIDTH, style), PAGE.left, sheet.y, style));
  sheet.y += lineHeight(style) + 2;
}

export interface ListItem {
  readonly text: string;
  readonly tone?: Tone;
}

/** Bullets, or numbers when `numbered`; no item is torn apart unless it is longer than a page. */
export function list(
  sheet: Sheet,
  items: readonly ListItem[],
  placement: Placement & { readonly numbered?: boolean } = {},
): void {
  const { x = PAGE.left, width = WIDTH, style = BODY, most, numbered = false } = placement;
  const indent = numbered ? NUMBER_INDENT : 12;
  const height = lineHeight(style);
  sheet.within('L', () => {
    items.forEach((item, index) => {
      const color = item.tone === undefined ? (style.color ?? INK) : TONES[item.tone].strong;
      const shown = item.tone === undefined ? style : { ...style, bold: true, color };
      const lines = sheet.lines(item.text, width - indent, shown, most);
      sheet.need(Math.min(lines.length, 8) * height);
      if (!numbered) {
        const middle = sheet.y + height / 2;
        sheet.artifact(() => sheet.doc.circle(x + 3.5, middle, 1.6).fill(color));
      }
      sheet.tag('LI', () => {
        if (numbered) sheet.line(`${index + 1}.`, x, sheet.y, { ...style, bold: true, color });
        for (const line of lines) {
          sheet.line(line, x + indent, sheet.y, shown);
          sheet.y += height;
        }
      });
      sheet.y += ITEM_GAP;
    });
  });
  sheet.y += 2;
}

/** Height of one item of a numbered list. */
export function listHeight(sheet: Sheet, text: string, placement: Placement): number {
  const { width = WIDTH, style = BODY, most } = placement;
  return sheet.lines(text, width - NUMBER_INDENT, style, most).length * lineHeight(style) + ITEM_GAP;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly mono?: boolean;
  readonly tone?: Tone;
}

interface FactsPlacement extends Placement {
  readonly labelWidth?: number;
}

interface MeasuredFact {
  readonly labels: readonly string[];
  readonly lines: readonly string[];
  readonly value: TextStyle;
  readonly height: number;
}

const FACT_GAP = 1.5;

/** Labels beside values, in one column. */
export function facts(sheet: Sheet, items: readonly Fact[], placement: FactsPlacement = {}): void {
  const { x = PAGE.left, style = SMALL, labelWidth = FACT_LABEL } = placement;
  for (const fact of measureFacts(sheet, items, placement)) {
    sheet.need(fact.height);
    sheet.tag('P', () => {
      const top = (row: number): number => sheet.y + row * lineHeight(style);
      fact.labels.forEach((line, row) => sheet.line(line, x, top(row), { ...style, color: MUTED }));
      fact.lines.forEach((line, row) => sheet.line(line, x + labelWidth + 8, top(row), fact.value));
    });
    sheet.y += fact.height;
  }
}

/** Height that `facts` will take, for what must not be torn from it. */
export function factsHeight(sheet: Sheet, items: readonly Fact[], placement: FactsPlacement = {}): number {
  return measureFacts(sheet, items, placement).reduce((sum, fact) => sum + fact.height, 0);
}

function measureFacts(sheet: Sheet, items: readonly Fact[], placement: FactsPlacement): readonly MeasuredFact[] {
  const { width = WIDTH, style = SMALL, labelWidth = FACT_LABEL, most = 12 } = placement;
  return items.map((item) => {
    const color = item.tone === undefined ? {} : { color: TONES[item.tone].strong, bold: true };
    const value = { ...style, ...color, ...(item.mono === true ? { mono: true } : {}) };
    const lines = sheet.lines(item.value, width - labelWidth - 8, value, most);
    const labels = sheet.lines(item.label, labelWidth, { ...style, color: MUTED }, 2);
    return { labels, lines, value, height: Math.max(lines.length, labels.length) * lineHeight(style) + FACT_GAP };
  });
}

/** Lines in a box, as they are: a signed note, commands. Hard-broken where too long; goes on over pages. */
export function listing(sheet: Sheet, source: readonly string[], style: TextStyle = { size: 7, mono: true }): void {
  const pad = 7;
  const height = lineHeight(style);
  let rest = source.flatMap((line) => {
    const indent = sheet.widthOf('n', style) * (line.length - line.trimStart().length);
    return sheet.lines(line, WIDTH - 2 * pad - indent, style).map((text) => ({ text, indent }));
  });
  while (rest.length > 0) {
    sheet.need(Math.min(rest.length, 4) * height + 2 * pad);
    const here = rest.slice(0, Math.max(1, Math.floor((sheet.room - 2 * pad) / height)));
    sheet.artifact(() =>
      sheet.doc
        .roundedRect(PAGE.left, sheet.y, WIDTH, here.length * height + 2 * pad, 2)
        .lineWidth(0.6)
        .fillAndStroke(PANEL, RULE),
    );
    sheet.tag('Code', () =>
      here.forEach(({ text, indent }, row) =>
        sheet.line(text, PAGE.left + pad + indent, sheet.y + pad + row * height, style),
      ),
    );
    sheet.y += here.length * height + 2 * pad + 4;
    rest = rest.slice(here.length);
  }
}

/** A word in a filled box, as wide as it needs. @returns its width */
export function badge(sheet: Sheet, text: string, x: number, top: number, tone: Tone, size = 7.2): number {
  const style = { size, bold: true, color: WHITE };
  const width = sheet.widthOf(text, style) + 10;
  sheet.doc.roundedRect(x, top, width, lineHeight(style) + 2, 2).fill(TONES[tone].strong);
  sheet.line(text, x + 5, top + 1, style);
  return width;
}
