import type { Sheet, TextStyle } from './sheet';
import { PAGE, lineHeight } from './sheet';

const STYLE: TextStyle = { size: 6.6, mono: true };
const GAP = 10;

/** Many short words in columns, read downwards, filled page by page; as many columns as the longest word allows. */
export function inColumns(sheet: Sheet, words: readonly string[]): void {
  const width = PAGE.right - PAGE.left;
  const longest = Math.max(40, ...words.map((word) => sheet.widthOf(word, STYLE)));
  const columns = Math.max(1, Math.floor((width + GAP) / (Math.min(longest, width) + GAP)));
  const columnWidth = (width + GAP) / columns;
  const height = lineHeight(STYLE);
  let next = 0;
  while (next < words.length) {
    sheet.need(3 * height);
    const rows = Math.min(Math.floor(sheet.room / height), Math.ceil((words.length - next) / columns));
    const top = sheet.y;
    for (let column = 0; column < columns && next < words.length; column += 1) {
      const here = words.slice(next, next + rows);
      next += here.length;
      sheet.tag('P', () =>
        here.forEach((word, row) =>
          sheet.line(
            sheet.fit(word, columnWidth - GAP, STYLE),
            PAGE.left + column * columnWidth,
            top + row * height,
            STYLE,
          ),
        ),
      );
    }
    sheet.y = top + rows * height;
  }
  sheet.y += 6;
}
