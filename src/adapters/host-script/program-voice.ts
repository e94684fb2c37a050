import { randomBytes } from 'node:crypto';
import type { ReplyBound } from '../../domain/cause';
import { FirebreakError } from '../../domain/errors';

/** So much may come before the program speaks: output of login files, in bytes and in lines. */
export const MAX_NOISE_BYTES = 64 * 1024;
const MAX_NOISE_LINES = 1_000;

const NEWLINE = 0x0a;

/**
 * Tells what a program says from what a login prints before it (H2). The request carries a mark that nobody else has; the program says it
 * when it has read its header (prelude.sh, fb_header), and everything before is noise. Whoever prints earlier cannot print the mark.
 */
export class ProgramVoice {
  readonly #mark = randomBytes(16).toString('hex');
  readonly #greeting = Buffer.from(`@firebreak ${this.#mark}\n`);
  #before: Buffer | undefined;
  #length = 0;
  #spoken = false;

  constructor(private readonly host: string) {}

  /** The first line of the header. */
  get header(): string {
    return `mark ${this.#mark}\n`;
  }

  /** True from the mark on: what is taken now is the program's. */
  get spoken(): boolean {
    return this.#spoken;
  }

  /** What came before the mark, as it came. */
  get noise(): Buffer {
    return this.#before?.subarray(0, this.#length) ?? Buffer.alloc(0);
  }

  /**
   * @returns the program's own bytes of this chunk; undefined while it has not spoken
   * @throws FirebreakError HOST_REPLY_REFUSED when more comes before it than the bounds allow
   */
  take(chunk: Buffer): Buffer | undefined {
    if (this.#spoken) return chunk;
    const before = (this.#before ??= Buffer.allocUnsafe(MAX_NOISE_BYTES + this.#greeting.length));
    const had = this.#length;
    this.#length += chunk.copy(before, had);
    const at = before.subarray(0, this.#length).indexOf(this.#greeting, Math.max(0, had - this.#greeting.length + 1));
    if (at < 0) {
      if (this.#length > MAX_NOISE_BYTES) this.#refuse('noise-bytes', MAX_NOISE_BYTES);
      return undefined;
    }
    this.#length = at;
    this.#spoken = true;
    if (this.noise.filter((byte) => byte === NEWLINE).length > MAX_NOISE_LINES)
      this.#refuse('noise-lines', MAX_NOISE_LINES);
    const own = chunk.subarray(at + this.#greeting.length - had);
    return own.length === 0 ? undefined : own;
  }

  #refuse(what: ReplyBound, most: number): never {
    throw new FirebreakError('HOST_REPLY_REFUSED', { cause: 'reply-too-much', what, most, host: this.host });
  }
}
