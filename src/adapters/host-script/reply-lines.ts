import type { ReplyBound } from '../../domain/cause';
import { FirebreakError } from '../../domain/errors';
import type { ReplyLimits } from '../../ports/host-shell';

const NEWLINE = 0x0a;
const BLANK = 0x20;
const TILDE = 0x7e;
const QUESTION_MARK = 0x3f;

/** The longest line an honest program says: an action id, a path, a digest, or a short text in base64. */
const MAX_LINE_BYTES = 4_096;

/** What a program says that lists nothing: some dozen lines. */
export const FEW_LINES: ReplyLimits = { bytes: 64 * 1024, lines: 1_000 };

/** A line about one element: key, kernel comment of at most 127 bytes, prefix, seconds. */
const ELEMENT_BYTES = 240;

/** Elements that other incidents may hold on the same host; a host with more is one that Firebreak has not filled. */
const FOREIGN_ELEMENTS = 20_000;

/**
 * What an honest program says that lists elements.
 * @param elements that the order itself has
 * @param times how often it may list each: before, after and now
 */
export function limitsFor(elements: number, times = 3): ReplyLimits {
  const lines = FEW_LINES.lines + times * elements + FOREIGN_ELEMENTS;
  return { lines, bytes: FEW_LINES.bytes + lines * ELEMENT_BYTES };
}

/**
 * Cuts an answer into lines while it arrives. This is the edge (H2): what leaves here is printable ASCII, in lines of bounded
 * length and number. Any other byte becomes `?`, which no program says where it matters.
 */
export class ReplyLines {
  readonly #lines: string[] = [];
  readonly #line = Buffer.allocUnsafe(MAX_LINE_BYTES);
  #length = 0;
  #bytes = 0;
  /** Empty lines are left out and counted all the same. */
  #count = 0;

  constructor(
    private readonly host: string,
    private readonly limits: ReplyLimits,
  ) {}

  /** @throws FirebreakError HOST_REPLY_REFUSED beyond the limits */
  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.limits.bytes) this.#refuse('bytes', this.limits.bytes);
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, from);
      const to = newline < 0 ? chunk.length : newline;
      if (this.#length + to - from > MAX_LINE_BYTES) this.#refuse('line', MAX_LINE_BYTES);
      this.#length += chunk.copy(this.#line, this.#length, from, to);
      if (newline < 0) return;
      this.#end();
      from = newline + 1;
    }
  }

  /** The lines that have come; a last one that is not ended is half a line, and left out. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  #end(): void {
    this.#count += 1;
    if (this.#count > this.limits.lines) this.#refuse('lines', this.limits.lines);
    const line = this.#line.subarray(0, this.#length);
    this.#length = 0;
    if (line.length === 0) return;
    for (let at = 0; at < line.length; at += 1) {
      const byte = line[at] ?? 0;
      if (byte < BLANK || byte > TILDE) line[at] = QUESTION_MARK;
    }
    this.#lines.push(line.toString('latin1'));
  }

  #refuse(what: ReplyBound, most: number): never {
    throw new FirebreakError('HOST_REPLY_REFUSED', { cause: 'reply-too-much', what, most, host: this.host });
  }
}
