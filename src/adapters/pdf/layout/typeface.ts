import { plainText } from './plain-text';

/** What pdfkit keeps of an embedded font and has no public name for: the reader of the font file (fontkit). */
interface EmbeddedFont {
  readonly font: {
    readonly unitsPerEm: number;
    hasGlyphForCodePoint(codePoint: number): boolean;
    glyphForCodePoint(codePoint: number): { readonly advanceWidth: number };
  };
}

/** Half an em: what the font's `hwid` feature gives to every ASCII character. */
const HALF_WIDTH = 0.5;

/** Measures characters of one weight; widths are looked up once. */
export class Typeface {
  readonly #font: EmbeddedFont['font'];
  readonly #advances = new Map<string, number>();
  readonly #drawable = new Map<number, boolean>();

  constructor(doc: PDFKit.PDFDocument, name: string) {
    doc.font(name);
    this.#font = (doc as unknown as { readonly _font: EmbeddedFont })._font.font;
  }

  /** Width in points; `mono` sets ASCII half an em wide each. */
  widthOf(character: string, size: number, mono: boolean): number {
    if (mono && character <= '~') return HALF_WIDTH * size;
    let advance = this.#advances.get(character);
    if (advance === undefined) {
      advance = this.#font.glyphForCodePoint(character.codePointAt(0) ?? 0).advanceWidth / this.#font.unitsPerEm;
      this.#advances.set(character, advance);
    }
    return advance * size;
  }

  /** The text as this font can draw it. */
  printable(text: string): string {
    return plainText(text, (codePoint) => {
      const known = this.#drawable.get(codePoint);
      if (known !== undefined) return known;
      const drawable = this.#font.hasGlyphForCodePoint(codePoint);
      this.#drawable.set(codePoint, drawable);
      return drawable;
    });
  }
}
