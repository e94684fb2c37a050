import { constants, createGunzip } from 'node:zlib';
import { FirebreakError } from '../../domain/errors';
import type { Packing } from './frame-parser';

type Output = (bytes: Buffer) => Promise<void>;

/** What arrives for one artefact, on its way to the bytes that were read on the host. */
export interface Unpacking {
  write(bytes: Buffer): Promise<void>;
  /** Resolves when the last byte has been put out; of packed bytes that break off, everything that can be had. */
  end(): Promise<void>;
  /** Nobody wants the rest. */
  discard(): void;
}

/**
 * @param output takes one piece at a time; the next one waits for it
 * @returns a pipe that throws FirebreakError LOGS_UNAVAILABLE for bytes that are not packed as announced, and what `output` throws
 */
export function unpacking(packing: Packing, output: Output): Unpacking {
  if (packing === 'gzip') return new Gunzipping(output);
  return { write: output, end: async () => Promise.resolve(), discard: () => undefined };
}

function isZlibError(error: unknown): error is { readonly code: string } {
  return typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('Z_');
}

class Gunzipping implements Unpacking {
  // Not strict about the end: whether all has come is seen by comparing the host's digest, and half a log is a log.
  private readonly gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  /** Resolves in any case: at the end, or at the first failure. */
  private readonly emptied: Promise<void>;
  private failure: unknown;

  constructor(output: Output) {
    // Failures are seen in `empty`; one after it, in a stream already given up, must not end the process.
    this.gunzip.on('error', () => undefined);
    this.emptied = this.empty(output);
  }

  async write(bytes: Buffer): Promise<void> {
    // Called back when zlib has taken all of it, which it does only while its output is taken away: no queue grows.
    const taken = new Promise<void>((resolve) => this.gunzip.write(bytes, () => resolve()));
    await Promise.race([taken, this.emptied]);
    this.check();
  }

  async end(): Promise<void> {
    this.gunzip.end();
    await this.emptied;
    this.check();
  }

  discard(): void {
    this.gunzip.destroy();
  }

  private async empty(output: Output): Promise<void> {
    try {
      for await (const piece of this.gunzip as AsyncIterable<Buffer>) await output(piece);
    } catch (error) {
      this.failure = isZlibError(error)
        ? new FirebreakError('LOGS_UNAVAILABLE', { cause: 'packing-broken', code: String(error.code) })
        : error;
    }
  }

  private check(): void {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- whatever the output threw, unchanged
    if (this.failure !== undefined) throw this.failure;
  }
}
