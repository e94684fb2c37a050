/** How a source's lines are counted: text by line feeds, the journal's export format by its entries. */
export type LineKind = 'text' | 'journal-export';

const NEWLINE = 0x0a;
const ENTRY = Buffer.from('\n__CURSOR=');

/**
 * Counts log lines in a stream. Every entry of the export format begins with its cursor
 * (systemd: JOURNAL_EXPORT_FORMATS); an entry's other fields must not count as lines.
 */
export class LineCount {
  #lines = 0;
  private tail: Buffer = Buffer.from('\n');

  constructor(private readonly kind: LineKind) {}

  get lines(): number {
    return this.#lines;
  }

  add(chunk: Buffer): void {
    if (this.kind === 'text') {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#lines += 1;
      return;
    }
    const seen = Buffer.concat([this.tail, chunk]);
    for (let at = seen.indexOf(ENTRY); at >= 0; at = seen.indexOf(ENTRY, at + ENTRY.length)) this.#lines += 1;
    // One byte less than a mark: what was counted is not counted again.
    this.tail = Buffer.from(seen.subarray(Math.max(0, seen.length - ENTRY.length + 1)));
  }
}
