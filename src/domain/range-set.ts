import { makeRange, parseRange, type AddressRange } from './addresses';

/** Addresses and prefixes, asked by a look-up per prefix length in use: thousands of them cost no more than a few. */
export class RangeSet {
  readonly #texts = new Set<string>();
  readonly #lengths = { 4: new Set<number>(), 6: new Set<number>() };

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.add(text);
  }

  /** What is no address or prefix is left out. */
  add(text: string): void {
    const range = parseRange(text);
    if (range === undefined) return;
    this.#texts.add(range.text);
    this.#lengths[range.family].add(range.prefix);
  }

  /** Whether one of them holds all of the range. */
  covers(range: AddressRange): boolean {
    for (const length of this.#lengths[range.family]) {
      if (length <= range.prefix && this.#texts.has(makeRange(range.family, range.first, length).text)) return true;
    }
    return false;
  }

  /** As `covers`, for a text that may be no address. */
  has(text: string): boolean {
    const range = parseRange(text);
    return range !== undefined && this.covers(range);
  }
}
