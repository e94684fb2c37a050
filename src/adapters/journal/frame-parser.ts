import type { NoCollection } from '../../domain/cause';
import { FirebreakError } from '../../domain/errors';
import { printable } from '../../domain/printable';

/**
 * What a collecting script says, one event at a time. A host under attack may say anything: every field is a claim,
 * and nothing here grows with what the host sends.
 */
export type FrameEvent =
  | { readonly kind: 'hello'; readonly hostTimeMs: number | undefined }
  | {
      readonly kind: 'begin';
      readonly source: string;
      readonly packing: Packing;
      readonly detail: string;
      readonly command: string;
    }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly trailer: FrameTrailer }
  | {
      readonly kind: 'absent';
      readonly source: string;
      readonly reason: string;
      readonly command: string;
      readonly exitCode: number | null;
      readonly stderr: string;
    }
  | { readonly kind: 'done' };

/** How the bytes of one artefact travel. */
export type Packing = 'plain' | 'gzip';

export interface FrameTrailer {
  readonly exitCode: number | null;
  readonly hostSha256: string | undefined;
  readonly stderr: string;
  /** Why the script cut the bytes short: `size-cap`, … */
  readonly cut: string | undefined;
}

/** Longest line the scripts write: 64 KiB of base64, with room to spare. */
const MAX_LINE_BYTES = 256 * 1024;
const MAX_TEXT = 2_048;
/** Lines that say nothing: the scripts write none. */
const MAX_EMPTY_LINES = 1_000;
/** Directives of one exec: more than the most records that are taken of one have. */
const MAX_DIRECTIVES = 40_000;
/** Data lines are as long as base64 makes them, but for the last of an artefact. */
const MAX_SHORT_LINES = 20_000;
const SHORT_LINE_BYTES = 64;
/** So many pieces of a line are joined at once, so that one byte a packet costs no more than its byte. */
const MAX_PIECES = 64;
const NEWLINE = 0x0a;
const AT = 0x40;
const WORD = /^[a-z0-9][a-z0-9-]{0,47}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Printable ASCII behind a `=`, or base64. What the host put into it reaches people as one printable line (H2). */
function decodeText(encoded: string): string {
  const text = encoded.startsWith('=') ? encoded.slice(1) : Buffer.from(encoded, 'base64').toString('utf8');
  return printable(text, MAX_TEXT);
}

function exitCodeOf(text: string): number | null {
  return /^\d{1,3}$/.test(text) ? Number(text) : null;
}

/** Seconds with an optional fraction, as `date +%s.%N` prints them; `%N` stays as it is where date does not know it. */
function hostTime(text: string): number | undefined {
  const match = /^(\d{1,12})(?:\.(\d{3})\d*)?/.exec(text);
  return match === null ? undefined : Number(match[1]) * 1_000 + Number(match[2] ?? 0);
}

/**
 * Reads the frames of a collecting script (see `frame-shell.ts`): directives are lines that begin with `@`, everything
 * between `@begin` and `@end` is base64. Incremental; holds at most one line.
 *
 * Throws FirebreakError LOGS_UNAVAILABLE for anything that is not such a stream.
 */
export class FrameParser {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private hello = false;
  private inArtefact = false;
  private finished = false;
  private directives = 0;
  private emptyLines = 0;
  private shortLines = 0;
  /** What the lines before an artefact or an absence have said of it. */
  private about: { '@detail'?: string; '@command'?: string; '@stderr'?: string } = {};
  private trailer: { -readonly [K in keyof FrameTrailer]: FrameTrailer[K] } = this.emptyTrailer();

  constructor(private readonly host: string) {}

  /** Events of the complete lines that this chunk brings. */
  *push(chunk: Buffer): Generator<FrameEvent> {
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, from);
      const piece = chunk.subarray(from, newline < 0 ? chunk.length : newline);
      this.pendingBytes += piece.length;
      if (this.pendingBytes > MAX_LINE_BYTES) this.refuse('line');
      if (newline < 0) {
        // A copy: the chunk belongs to the caller once we return.
        if (piece.length > 0) this.pending.push(Buffer.from(piece));
        if (this.pending.length > MAX_PIECES) this.pending = [Buffer.concat(this.pending)];
        return;
      }
      const line = this.pending.length === 0 ? piece : Buffer.concat([...this.pending, piece]);
      this.pending = [];
      this.pendingBytes = 0;
      from = newline + 1;
      const event = this.line(line);
      if (event !== undefined) yield event;
    }
  }

  /** True when the stream began as frames do. */
  get greeted(): boolean {
    return this.hello;
  }

  /** True when the script said that it had come to its end. */
  get complete(): boolean {
    return this.finished;
  }

  private line(line: Buffer): FrameEvent | undefined {
    if (this.finished) this.refuse('after-end');
    if (line[0] === AT) {
      if ((this.directives += 1) > MAX_DIRECTIVES) this.refuse('directives');
      return this.directive(line.toString('latin1'));
    }
    if (line.length === 0) return this.emptyLine();
    if (!this.inArtefact) this.refuse('outside');
    if (line.length < SHORT_LINE_BYTES && (this.shortLines += 1) > MAX_SHORT_LINES) this.refuse('short-lines');
    const text = line.toString('latin1');
    if (!BASE64.test(text)) this.refuse('base64');
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === 0 ? this.emptyLine() : { kind: 'bytes', bytes };
  }

  /** A line without a byte is nothing to keep, but it is counted: lines of `=` alone are millions in some seconds. */
  private emptyLine(): undefined {
    if ((this.emptyLines += 1) > MAX_EMPTY_LINES) this.refuse('empty-lines');
    return undefined;
  }

  private directive(line: string): FrameEvent | undefined {
    const [word = '', first = '', second = '', third = ''] = line.split(' ', 4);
    const rest = line.slice(word.length + 1);
    if (!this.hello) {
      if (word !== '@firebreak-frames' || first !== '2') this.refuse('version');
      this.hello = true;
      return { kind: 'hello', hostTimeMs: hostTime(second) };
    }
    if (this.inArtefact) return this.trailerLine(word, rest);
    if (word === '@detail' || word === '@command' || word === '@stderr') {
      this.about[word] = decodeText(rest);
      return undefined;
    }
    const { '@detail': detail = '', '@command': command = '', '@stderr': stderr = '' } = this.about;
    this.about = {};
    if (word === '@begin' && WORD.test(first) && (second === 'plain' || second === 'gzip')) {
      this.inArtefact = true;
      this.trailer = this.emptyTrailer();
      return { kind: 'begin', source: first, packing: second, detail, command };
    }
    if (word === '@absent' && WORD.test(first) && WORD.test(second))
      return { kind: 'absent', source: first, reason: second, exitCode: exitCodeOf(third), command, stderr };
    if (word === '@done') {
      this.finished = true;
      return { kind: 'done' };
    }
    return this.refuse('directive', printable(line, 40));
  }

  private trailerLine(word: string, value: string): FrameEvent | undefined {
    switch (word) {
      case '@exit':
        this.trailer.exitCode = exitCodeOf(value);
        return undefined;
      case '@sha256':
        this.trailer.hostSha256 = SHA256.test(value) ? value : undefined;
        return undefined;
      case '@stderr':
        this.trailer.stderr = decodeText(value).trim();
        return undefined;
      case '@cut':
        this.trailer.cut = WORD.test(value) ? value : undefined;
        return undefined;
      case '@end':
        this.inArtefact = false;
        return { kind: 'end', trailer: this.trailer };
      default:
        return this.refuse('directive-inside', printable(word, 40));
    }
  }

  private emptyTrailer(): FrameTrailer {
    return { exitCode: null, hostSha256: undefined, stderr: '', cut: undefined };
  }

  private refuse(why: NoCollection, word?: string): never {
    const said = word === undefined ? {} : { word };
    throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'no-collection', host: this.host, why, ...said });
  }
}
