import { INK, MUTED, PANEL, RULE, TONES } from './palette';
import type { Tone } from './palette';
import type { Sheet, TextStyle } from './sheet';
import { PAGE, lineHeight } from './sheet';

export interface Column {
  readonly title: string;
  /** Share of the table's width; the shares of all columns are scaled to fill it. */
  readonly share: number;
  readonly right?: boolean;
  readonly mono?: boolean;
}

export interface Cell {
  readonly text: string;
  /** A second, quieter line. */
  readonly note?: string;
  readonly tone?: Tone;
  readonly bold?: boolean;
}

export interface TableOptions {
  readonly size?: number;
  /** Lines a cell may have before it is cut. */
  readonly most?: number;
}

const PAD_X = 4;
const PAD_Y = 3;

interface Placed extends Column {
  readonly x: number;
  readonly width: number;
}

/** A table over as many pages as it needs: rows are not torn, the header stands on every page. */
export function table(
  sheet: Sheet,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { size = 7.4, most = 8 }: TableOptions = {},
): void {
  const style: TextStyle = { size };
  const placed = place(columns);
  const measured = rows.map((row) => measure(sheet, placed, row, style, most));
  const header = measure(
    sheet,
    placed,
    columns.map((column) => ({ text: column.title })),
    { ...style, bold: true },
    2,
    true,
  );
  sheet.need(header.height + Math.min(60, measured[0]?.height ?? 0));
  sheet.within('Table', () => {
    drawHeader(sheet, placed, header);
    for (const row of measured) {
      if (sheet.need(row.height)) drawHeader(sheet, placed, header);
      drawRow(sheet, placed, row, 'TD');
      const y = sheet.y;
      sheet.artifact(() => sheet.doc.moveTo(PAGE.left, y).lineTo(PAGE.right, y).lineWidth(0.4).stroke(RULE));
    }
  });
  sheet.y += 6;
}

interface MeasuredLine {
  readonly text: string;
  readonly style: TextStyle;
}

interface MeasuredRow {
  readonly cells: readonly (readonly MeasuredLine[])[];
  readonly height: number;
}

function place(columns: readonly Column[]): readonly Placed[] {
  const total = columns.reduce((sum, column) => sum + column.share, 0);
  let x: number = PAGE.left;
  return columns.map((column) => {
    const width = ((PAGE.right - PAGE.left) * column.share) / total;
    const at = { ...column, x, width };
    x += width;
    return at;
  });
}

function measure(
  sheet: Sheet,
  placed: readonly Placed[],
  row: readonly Cell[],
  style: TextStyle,
  most: number,
  header = false,
): MeasuredRow {
  const cells = placed.map((column, index) => {
    const cell = row[index];
    if (cell === undefined) return [];
    const width = column.width - 2 * PAD_X;
    const main: TextStyle = {
      ...style,
      color: header ? MUTED : cell.tone === undefined ? INK : TONES[cell.tone].strong,
      bold: style.bold === true || cell.bold === true || cell.tone !== undefined,
      mono: column.mono === true && !header,
    };
    const quiet: TextStyle = { size: style.size - 0.8, color: MUTED };
    return [
      ...sheet.lines(cell.text, width, main, most).map((text) => ({ text, style: main })),
      ...(cell.note === undefined || cell.note === ''
        ? []
        : sheet.lines(cell.note, width, quiet, most).map((text) => ({ text, style: quiet }))),
    ];
  });
  const heights = cells.map((lines) => lines.reduce((sum, line) => sum + lineHeight(line.style), 0));
  return { cells, height: Math.max(lineHeight(style), ...heights) + 2 * PAD_Y };
}

function drawHeader(sheet: Sheet, placed: readonly Placed[], header: MeasuredRow): void {
  const top = sheet.y;
  sheet.artifact(() => sheet.doc.rect(PAGE.left, top, PAGE.right - PAGE.left, header.height).fill(PANEL));
  drawRow(sheet, placed, header, 'TH');
}

function drawRow(sheet: Sheet, placed: readonly Placed[], row: MeasuredRow, type: 'TH' | 'TD'): void {
  const top = sheet.y;
  sheet.within('TR', () => {
    placed.forEach((column, index) => {
      const lines = row.cells[index] ?? [];
      sheet.tag(type, () => {
        let y = top + PAD_Y;
        for (const line of lines) {
          const right = column.right === true ? { right: column.x + column.width - PAD_X } : {};
          sheet.line(line.text, column.x + PAD_X, y, line.style, right);
          y += lineHeight(line.style);
        }
      });
    });
  });
  sheet.y = top + row.height;
}
