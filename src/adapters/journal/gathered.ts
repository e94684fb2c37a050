import { FirebreakError } from '../../domain/errors';
import { FrameParser } from './frame-parser';

/** Small outputs of one exec, in memory; for readings, never for evidence. */
export interface Gathered {
  readonly text: string;
  readonly exitCode: number | null;
}

const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** Takes frames into memory, bounded. Throws FirebreakError LOGS_UNAVAILABLE for what is no collection. */
export class Gathering {
  private readonly parser: FrameParser;
  private readonly outputs = new Map<string, Gathered>();
  private chunks: Buffer[] = [];
  private source = '';
  private bytes = 0;

  constructor(private readonly host: string) {
    this.parser = new FrameParser(host);
  }

  feed(chunk: Buffer): void {
    for (const event of this.parser.push(chunk)) {
      switch (event.kind) {
        case 'begin':
          if (event.packing !== 'plain') throw new FirebreakError('LOGS_UNAVAILABLE', `${this.host} packs a reading.`);
          this.source = event.source;
          this.chunks = [];
          break;
        case 'bytes':
          this.bytes += event.bytes.length;
          if (this.bytes > MAX_TOTAL_BYTES) {
            throw new FirebreakError('LOGS_UNAVAILABLE', `${this.host} sent more than ${MAX_TOTAL_BYTES} bytes.`);
          }
          this.chunks.push(event.bytes);
          break;
        case 'end':
          this.outputs.set(this.source, {
            text: Buffer.concat(this.chunks).toString('utf8'),
            exitCode: event.trailer.exitCode,
          });
          break;
        case 'hello':
        case 'absent':
        case 'done':
          break;
      }
    }
  }

  /** @throws FirebreakError LOGS_UNAVAILABLE when the script did not come to its end */
  finish(): ReadonlyMap<string, Gathered> {
    if (!this.parser.complete)
      throw new FirebreakError('LOGS_UNAVAILABLE', `The reading of ${this.host} broke off before its end.`);
    return this.outputs;
  }
}
