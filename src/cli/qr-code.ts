import qrcode from 'qrcode-generator';

/** Blank modules around the symbol, so that a camera finds its edge (ISO/IEC 18004). */
const QUIET_ZONE = 4;
/** Two modules above each other in one character, as wide as high. A light module is drawn, a dark one is left out. */
const BLOCKS = { both: '█', upper: '▀', lower: '▄', none: ' ' } as const;

/**
 * A text as a QR code for a terminal with light letters on a dark ground; most cameras read the inverse, too.
 * @returns lines of equal width
 */
export function qrLines(text: string): readonly string[] {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const count = code.getModuleCount();
  const isDark = (row: number, column: number): boolean =>
    row >= 0 && row < count && column >= 0 && column < count && code.isDark(row, column);
  const lines: string[] = [];
  for (let row = -QUIET_ZONE; row < count + QUIET_ZONE; row += 2) {
    let line = '';
    for (let column = -QUIET_ZONE; column < count + QUIET_ZONE; column += 1)
      line += block(!isDark(row, column), !isDark(row + 1, column));
    lines.push(line);
  }
  return lines;
}

function block(upper: boolean, lower: boolean): string {
  if (upper) return lower ? BLOCKS.both : BLOCKS.upper;
  return lower ? BLOCKS.lower : BLOCKS.none;
}
