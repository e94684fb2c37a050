import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digests } from './digest-file';
import { writeDurably } from './durable-files';

/** Names inside an attempt's folder. */
export const BYTES = 'bytes';
export const COMPLETE = 'complete.json';
export const FAILED = 'failed.json';

/** Written when all bytes have arrived: with it the attempt is committed, after a crash too. */
export interface AttemptComplete {
  /** Parts of the path below `data/`, already encoded. */
  readonly place: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

/** Written when the attempt ended without a result; nobody writes to its bytes any more. */
export interface AttemptFailed {
  readonly reason: string;
}

/** Takes one artefact's bytes: to disk and through both hashes at once, nothing kept in memory. */
export class AttemptWriter {
  readonly directory: string;
  readonly #handle: FileHandle;
  readonly #sha256 = createHash('sha256');
  readonly #sha512 = createHash('sha512');
  #bytes = 0;
  #tail: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(directory: string, handle: FileHandle) {
    this.directory = directory;
    this.#handle = handle;
  }

  get bytesPath(): string {
    return join(this.directory, BYTES);
  }

  /** Rejects with the first failure again and again: an artefact with a hole is none. */
  write(chunk: Buffer): Promise<void> {
    this.#tail = this.#tail.then(() => this.#writeNow(chunk));
    this.#tail.catch(() => undefined);
    return this.#tail;
  }

  async #writeNow(chunk: Buffer): Promise<void> {
    if (this.#closed) throw new Error('The artefact is finished and takes no more bytes.');
    for (let offset = 0; offset < chunk.length;) {
      const { bytesWritten } = await this.#handle.write(chunk, offset, chunk.length - offset);
      const written = chunk.subarray(offset, offset + bytesWritten);
      this.#sha256.update(written);
      this.#sha512.update(written);
      offset += bytesWritten;
      this.#bytes += bytesWritten;
    }
  }

  /** Waits for the last byte and syncs. @throws the first failure of `write` */
  async finish(): Promise<Digests> {
    await this.#tail;
    this.#closed = true;
    await this.#handle.sync();
    await this.#handle.close();
    return { bytes: this.#bytes, sha256: this.#sha256.digest('hex'), sha512: this.#sha512.digest('hex') };
  }

  /** Ends a failed attempt: nothing more is written; its bytes stay for the seal. */
  async abandon(): Promise<void> {
    await this.#tail.catch(() => undefined);
    this.#closed = true;
    await this.#handle.close().catch(() => undefined);
  }

  async note(name: typeof COMPLETE | typeof FAILED, content: AttemptComplete | AttemptFailed): Promise<void> {
    await writeDurably(this.directory, join(this.directory, name), JSON.stringify(content));
  }
}
