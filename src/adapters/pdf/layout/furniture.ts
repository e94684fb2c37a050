import { MUTED, RULE, TONES, WHITE } from './palette';
import type { Sheet } from './sheet';
import { PAGE, lineHeight } from './sheet';

export interface Furniture {
  readonly title: string;
  readonly incident: string;
  readonly footer: string;
  readonly page: (page: number, pages: number) => string;
  /** Set for drills: the words of the banner on every page. */
  readonly drill: string | undefined;
}

const SMALL = { size: 7.2, color: MUTED };
const BANNER = { top: 14, height: 17 } as const;

/** Header and footer of one page. */
export function furnish(sheet: Sheet, furniture: Furniture, page: number, pages: number): void {
  const { doc } = sheet;
  if (furniture.drill !== undefined) banner(sheet, furniture.drill);
  const top = furniture.drill === undefined ? 30 : 38;
  sheet.line(furniture.title, PAGE.left, top, { ...SMALL, bold: true });
  sheet.line(furniture.incident, PAGE.left, top, { ...SMALL, mono: true }, { right: PAGE.right });
  doc
    .moveTo(PAGE.left, top + 14)
    .lineTo(PAGE.right, top + 14)
    .lineWidth(0.5)
    .stroke(RULE);
  doc.moveTo(PAGE.left, 800).lineTo(PAGE.right, 800).lineWidth(0.5).stroke(RULE);
  const number = furniture.page(page, pages);
  sheet.line(number, PAGE.left, 805, SMALL, { right: PAGE.right });
  const width = PAGE.right - PAGE.left - sheet.widthOf(number, SMALL) - 12;
  sheet.line(sheet.fit(furniture.footer, width, SMALL), PAGE.left, 805, SMALL);
}

function banner(sheet: Sheet, words: string): void {
  const style = { size: 9, bold: true, color: WHITE };
  sheet.doc.rect(0, BANNER.top, PAGE.width, BANNER.height).fill(TONES.caution.strong);
  const step = sheet.widthOf(words, style) + 40;
  const middle = PAGE.width / 2 - sheet.widthOf(words, style) / 2;
  const top = BANNER.top + (BANNER.height - lineHeight(style)) / 2;
  for (const x of [middle - step, middle, middle + step]) {
    if (x >= 0 && x + step - 40 <= PAGE.width) sheet.line(words, x, top, style);
  }
}

/** Large pale words across the page, drawn before its content. */
export function watermark(sheet: Sheet, words: string): void {
  const style = { size: 104, bold: true, color: '#f6ecd9' };
  const { doc } = sheet;
  doc.save();
  doc.rotate(-52, { origin: [PAGE.width / 2, PAGE.height / 2] });
  sheet.line(words, PAGE.width / 2 - sheet.widthOf(words, style) / 2, PAGE.height / 2 - lineHeight(style) / 2, style);
  doc.restore();
}
