import PDFDocument from 'pdfkit';
import { breakLines } from './line-breaking';
import { INK, MUTED } from './palette';
import { Typeface } from './typeface';

/** Font files of each weight; a character is drawn with the first that has it. */
export interface ReportFonts {
  readonly regular: readonly Buffer[];
  readonly bold: readonly Buffer[];
}

export interface TextStyle {
  /** Points. */
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: string;
  /** Every ASCII character equally wide: digests, addresses, commands. */
  readonly mono?: boolean;
}

export interface SheetSetup {
  readonly fonts: ReportFonts;
  /** BCP 47. */
  readonly lang: string;
  /** Both without anything from outside: pdfkit writes them into the XMP packet as they are. */
  readonly title: string;
  readonly subject: string;
  readonly createdAt: Date;
  /** Drawn under each page's content. */
  readonly background?: (sheet: Sheet) => void;
  /** What follows a section's title on the pages after its first. */
  readonly continued: string;
}

/** A4, points. */
export const PAGE = { width: 595.28, height: 841.89, left: 46, right: 549.28, top: 66, bottom: 786 } as const;

const LEADING = 1.42;
/** Of Noto Sans JP, in ems: capitals stand in the middle of their line. */
const CAP_HEIGHT = 0.733;
/** A heading, the header of a table and its first row. */
const HEADING_ROOM = 118;

/**
 * A PDF/A-3b document with a cursor: text, boxes and tags on A4 pages. Lines are broken here, not by pdfkit, so that
 * every piece knows its height before it is drawn. Everything drawn is either tagged content or an artifact.
 */
export class Sheet {
  readonly doc: PDFKit.PDFDocument;
  /** Top of what is drawn next, in points from the page's upper edge. */
  y: number = PAGE.top;
  readonly #setup: SheetSetup;
  readonly #faces: { readonly regular: Typeface; readonly bold: Typeface };
  readonly #chunks: Buffer[] = [];
  readonly #ended: Promise<void>;
  #parents: PDFKit.PDFStructureElement[];
  #section = '';

  constructor(setup: SheetSetup) {
    this.#setup = setup;
    const options = {
      pdfVersion: '1.7',
      subset: 'PDF/A-3b',
      tagged: true,
      lang: setup.lang,
      displayTitle: true,
      bufferPages: true,
      autoFirstPage: false,
      size: 'A4',
      margin: 0,
      // The bytes of deflate differ between builds of zlib, and a revision must be the same everywhere (P1).
      compress: false,
      // None: the default would be Helvetica, which is not embedded.
      font: '',
      info: {
        Title: setup.title,
        Subject: setup.subject,
        Author: 'Firebreak',
        Creator: 'Firebreak',
        Producer: 'pdfkit',
        CreationDate: setup.createdAt,
      },
    } as const;
    this.doc = new PDFDocument(options);
    this.#ended = new Promise((resolve, reject) => {
      this.doc.on('end', resolve);
      this.doc.on('error', reject);
    });
    this.doc.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#faces = {
      regular: new Typeface(this.doc, 'regular', setup.fonts.regular),
      bold: new Typeface(this.doc, 'bold', setup.fonts.bold),
    };
    const root = this.doc.struct('Document');
    this.doc.addStructure(root);
    this.#parents = [root];
    this.newPage();
  }

  get room(): number {
    return PAGE.bottom - this.y;
  }

  /** Begins a page when less than `height` points are left on this one. @returns whether it did */
  need(height: number): boolean {
    if (this.room >= height) return false;
    this.newPage();
    return true;
  }

  newPage(): void {
    this.doc.addPage();
    this.y = PAGE.top;
    this.artifact(() => {
      this.#setup.background?.(this);
      if (this.#section === '') return;
      this.line(`${this.#section} ${this.#setup.continued}`, PAGE.left, this.y, { size: 8, color: MUTED });
      this.y += 18;
    });
  }

  /** A numbered part of the document with its outline entry; `body` draws it. A heading never stands alone: `keep` points follow it on its page. */
  section(title: string, body: () => void, keep = HEADING_ROOM): void {
    this.#section = '';
    if (this.y > PAGE.top) this.y += 20;
    this.need(keep);
    this.doc.outline.addItem(title);
    this.within('Sect', () => {
      const style = { size: 13.5, bold: true };
      this.artifact(() => this.doc.rect(PAGE.left, this.y + 3, 3, 14).fill(INK));
      this.tag('H2', () => this.line(title, PAGE.left + 10, this.y, style));
      this.y += lineHeight(style) + 6;
      this.#section = title;
      body();
    });
    this.#section = '';
  }

  /** Adds a structure element that holds what `body` adds. */
  within(type: string, body: () => void): void {
    const element = this.doc.struct(type);
    this.#parents.at(-1)?.add(element);
    this.#parents.push(element);
    body();
    this.#parents.pop();
    element.end();
  }

  /** Draws one piece of content of the current page, tagged; `draw` begins no page and marks nothing itself. */
  tag(type: string, draw: () => void): void {
    // The scope of a header cell (PDF/UA) is known to pdfkit, but not to its types.
    const attributes: object = type === 'TH' ? { scope: 'Column' } : {};
    const element = this.doc.struct(type, attributes);
    this.#parents.at(-1)?.add(element);
    const content = this.doc.markStructureContent(type);
    draw();
    this.doc.endMarkedContent();
    element.add(content);
    element.end();
  }

  /** Draws decoration: rules, backgrounds, what repeats on every page. */
  artifact(draw: () => void): void {
    this.doc.markContent('Artifact', { type: 'Layout' });
    draw();
    this.doc.endMarkedContent();
  }

  /** The text as lines of at most `width` points, safe to draw; at most `most` lines, the last one then ends in `…`. */
  lines(text: string, width: number, style: TextStyle, most = Number.POSITIVE_INFINITY): string[] {
    const face = this.#face(style);
    const mono = style.mono === true;
    const of = (character: string): number => face.widthOf(character, style.size, mono);
    const lines = breakLines(face.printable(text), width, { of, anywhere: mono });
    if (lines.length <= most) return lines;
    return [...lines.slice(0, most - 1), this.#shortened(`${lines[most - 1] ?? ''}…`, width, style)];
  }

  /** Width in points of a text that is drawn as one line. */
  widthOf(text: string, style: TextStyle): number {
    const face = this.#face(style);
    let width = 0;
    for (const character of face.printable(text)) width += face.widthOf(character, style.size, style.mono === true);
    return width;
  }

  /** Draws one line in a line box whose top is `top`; it is not broken: the caller has measured it or lets `fit` cut it. */
  line(text: string, x: number, top: number, style: TextStyle, align: { readonly right?: number } = {}): void {
    const face = this.#face(style);
    const printable = face.printable(text);
    if (printable === '') return;
    let left = align.right === undefined ? x : align.right - this.widthOf(printable, style);
    const baseline = top + (lineHeight(style) + CAP_HEIGHT * style.size) / 2;
    for (const run of face.runs(printable)) {
      const options: PDFKit.Mixins.TextOptions = {
        lineBreak: false,
        baseline: 'alphabetic',
        ...(style.mono === true && run.isFirstFont ? { features: ['hwid'] } : {}),
      };
      this.doc
        .font(run.font)
        .fontSize(style.size)
        .fillColor(style.color ?? INK)
        .text(run.text, left, baseline, options);
      left += this.doc.widthOfString(run.text, options);
    }
  }

  /** The text cut to one line of `width` points. */
  fit(text: string, width: number, style: TextStyle): string {
    const printable = this.#face(style).printable(text);
    return this.widthOf(printable, style) <= width ? printable : this.#shortened(`${printable}…`, width, style);
  }

  /** Ends the document, after `furnish` has drawn on each page what must know how many there are. */
  async finish(furnish: (sheet: Sheet, page: number, pages: number) => void): Promise<Buffer> {
    const { count } = this.doc.bufferedPageRange();
    for (let page = 0; page < count; page += 1) {
      this.doc.switchToPage(page);
      this.artifact(() => furnish(this, page + 1, count));
    }
    for (const element of this.#parents) element.end();
    this.#parents = [];
    this.doc.end();
    await this.#ended;
    return Buffer.concat(this.#chunks);
  }

  #shortened(text: string, width: number, style: TextStyle): string {
    const characters = [...text];
    while (characters.length > 1 && this.widthOf(characters.join(''), style) > width) characters.splice(-2, 1);
    return characters.join('');
  }

  #face(style: TextStyle): Typeface {
    return style.bold === true ? this.#faces.bold : this.#faces.regular;
  }
}

/** Height of a line box in points. */
export function lineHeight(style: TextStyle): number {
  return style.size * LEADING;
}
