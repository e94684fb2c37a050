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

/** A part of a text that one font draws. */
export interface Run {
  /** Name under which the document knows the font. */
  readonly font: string;
  readonly isFirstFont: boolean;
  readonly text: string;
}

/** One weight in several fonts: a character is measured and drawn with the first that has it. Widths are looked up once. */
export class Typeface {
  readonly #fonts: readonly { readonly name: string; readonly font: EmbeddedFont['font'] }[];
  readonly #advances = new Map<string, number>();
  readonly #places = new Map<number, number>();

  constructor(doc: PDFKit.PDFDocument, weight: string, files: readonly Buffer[]) {
    this.#fonts = files.map((file, place) => {
      const name = `${weight}-${place}`;
      doc.registerFont(name, file).font(name);
      return { name, font: (doc as unknown as { readonly _font: EmbeddedFont })._font.font };
    });
  }

  /** Width in points; `mono` sets ASCII half an em wide each. */
  widthOf(character: string, size: number, mono: boolean): number {
    if (mono && character <= '~') return HALF_WIDTH * size;
    let advance = this.#advances.get(character);
    if (advance === undefined) {
      const codePoint = character.codePointAt(0) ?? 0;
      const font = this.#fonts[this.#placeOf(codePoint)]?.font;
      advance = font === undefined ? 0 : font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm;
      this.#advances.set(character, advance);
    }
    return advance * size;
  }

  /** The text as these fonts can draw it. */
  printable(text: string): string {
    return plainText(text, (codePoint) => this.#placeOf(codePoint) < this.#fonts.length);
  }

  /** A printable text, cut where the font changes. */
  runs(text: string): readonly Run[] {
    const runs: { place: number; text: string }[] = [];
    for (const character of text) {
      const place = this.#placeOf(character.codePointAt(0) ?? 0);
      const last = runs.at(-1);
      if (last?.place === place) last.text += character;
      else runs.push({ place, text: character });
    }
    return runs.flatMap(({ place, text: part }) => {
      const font = this.#fonts[place]?.name;
      return font === undefined ? [] : [{ font, isFirstFont: place === 0, text: part }];
    });
  }

  /** Which font has the character; their number when none has. */
  #placeOf(codePoint: number): number {
    let place = this.#places.get(codePoint);
    if (place === undefined) {
      const found = this.#fonts.findIndex(({ font }) => font.hasGlyphForCodePoint(codePoint));
      place = found === -1 ? this.#fonts.length : found;
      this.#places.set(codePoint, place);
    }
    return place;
  }
}
