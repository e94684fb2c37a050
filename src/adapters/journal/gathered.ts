import { FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { Pace } from '../host-script/pace';
import { hostWords } from '../host-script/reply';
import type { FrameTrailer } from './frame-parser';
import { FrameParser } from './frame-parser';
import { absenceOf } from './reasons';

/** Small outputs of one exec, in memory; for readings, never for evidence. */
export interface Gathered {
  readonly bytes: Buffer;
  /** Why this is no whole answer; undefined for a program that ended with 0 and was not cut. */
  readonly fault?: Fact;
  /** There was nothing to ask: the host has no such file. */
  readonly missing?: true;
}

/** A reading's sources: accounts of a directory, and sockets of a host under flood, are the long ones. */
const MAX_TOTAL_BYTES = 12 * 1024 * 1024;

/** reading.sh has nine; one that comes twice is not what it says. */
const MAX_SOURCES = 16;

const NEWLINE = 0x0a;

/** Takes frames into memory, bounded. Throws FirebreakError LOGS_UNAVAILABLE for what is no collection. */
export class Gathering {
  private readonly parser: FrameParser;
  private readonly outputs = new Map<string, Gathered>();
  private readonly pace = new Pace();
  private chunks: Buffer[] = [];
  private source = '';
  private bytes = 0;

  constructor(private readonly host: string) {
    this.parser = new FrameParser(host);
  }

  async feed(chunk: Buffer): Promise<void> {
    for (const event of this.parser.push(chunk)) {
      if (this.pace.due()) await this.pace.rest();
      switch (event.kind) {
        case 'begin':
          if (event.packing !== 'plain')
            throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'reading-packed', host: this.host });
          this.mayCome(event.source);
          this.source = event.source;
          this.chunks = [];
          break;
        case 'bytes':
          this.bytes += event.bytes.length;
          if (this.bytes > MAX_TOTAL_BYTES) {
            throw new FirebreakError('HOST_REPLY_REFUSED', {
              cause: 'sent-too-much',
              host: this.host,
              bytes: MAX_TOTAL_BYTES,
            });
          }
          this.chunks.push(event.bytes);
          break;
        case 'end':
          this.outputs.set(this.source, answered(Buffer.concat(this.chunks), event.trailer));
          this.chunks = [];
          break;
        case 'absent':
          this.mayCome(event.source);
          this.outputs.set(event.source, {
            bytes: Buffer.alloc(0),
            fault: spoken(event.stderr) ?? absenceOf(event.reason),
            ...(event.reason === 'no-file' ? { missing: true } : {}),
          });
          break;
        case 'hello':
        case 'done':
          break;
      }
    }
  }

  private mayCome(source: string): void {
    if (this.outputs.has(source) || this.outputs.size >= MAX_SOURCES)
      throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'source-again', host: this.host, name: source });
  }

  /** @throws FirebreakError LOGS_UNAVAILABLE when the script did not come to its end */
  finish(): ReadonlyMap<string, Gathered> {
    if (!this.parser.complete)
      throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'reading-broke', host: this.host });
    return this.outputs;
  }
}

function answered(bytes: Buffer, { exitCode, cut, stderr }: FrameTrailer): Gathered {
  if (exitCode === 0 && cut === undefined) return { bytes };
  const how = cut === undefined ? (exitCode === null ? {} : { exit: exitCode }) : { cut };
  const words = hostWords(stderr);
  return { bytes, fault: { fact: 'answer-broken', ...how, ...(words === '' ? {} : { words }) } };
}

function spoken(stderr: string): Fact | undefined {
  const words = hostWords(stderr);
  return words === '' ? undefined : { fact: 'tool-said', words };
}

/**
 * The lines of what was gathered that are not blank, one at a time and never all of them at once.
 * @param maxBytes a longer line is left out
 */
export async function* linesOf(gathered: Gathered | undefined, maxBytes = 1_024): AsyncGenerator<string> {
  const pace = new Pace();
  const bytes = gathered?.bytes ?? Buffer.alloc(0);
  for (let from = 0; from < bytes.length;) {
    if (pace.due()) await pace.rest();
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline;
    const line = to - from > maxBytes ? '' : bytes.toString('utf8', from, to).trim();
    from = to + 1;
    if (line !== '') yield line;
  }
}
