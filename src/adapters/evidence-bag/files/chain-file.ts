import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FirebreakError } from '../../../domain/errors';
import type { ChainRecord, RecordedFile, Work } from '../format/chain-line';
import {
  NO_PREVIOUS,
  formatChainLine,
  hashOfLine,
  namesFile,
  parseChainLine,
  recordedFile,
  splitLines,
} from '../format/chain-line';
import { BAG_LIMITS } from '../format/limits';
import { MerkleAccumulator } from '../format/merkle';
import { createFile, ifPresent, openForReading, syncDirectory } from './durable-files';

const { O_APPEND, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * The chain of one bag: reads what others have appended since the last look, and appends. Only `catchUp` and `append` change
 * the file, and only under the bag's lock. A line without LF at the end is what a crash left of an append that was never
 * confirmed; it is cut off.
 */
export class ChainFile {
  readonly #path: string;
  readonly #bagId: string;
  #size = 0;
  #lastHash = NO_PREVIOUS;
  #tree = new MerkleAccumulator();
  #open: ChainRecord | undefined;
  #seal: ChainRecord | undefined;
  readonly #counts = new Map<string, number>();
  readonly #byWork = new Map<string, ChainRecord>();
  readonly #files = new Map<string, RecordedFile>();

  constructor(path: string, bagId: string) {
    this.#path = path;
    this.#bagId = bagId;
  }

  get openRecord(): ChainRecord | undefined {
    return this.#open;
  }

  get sealRecord(): ChainRecord | undefined {
    return this.#seal;
  }

  /** Number of lines. */
  get length(): number {
    return this.#tree.size;
  }

  get root(): Buffer {
    return this.#tree.root();
  }

  /** Payload files by path. */
  get files(): ReadonlyMap<string, RecordedFile> {
    return this.#files;
  }

  count(type: string): number {
    return this.#counts.get(type) ?? 0;
  }

  /** The record that a piece of work has left. */
  find(work: Work): ChainRecord | undefined {
    return this.#byWork.get(JSON.stringify(work));
  }

  /** Makes the empty file, durably. */
  async create(): Promise<void> {
    await (await createFile(this.#path)).close();
    await syncDirectory(dirname(this.#path));
  }

  /**
   * Reads what is new. False when there is no chain.
   * @param repair cut off an unfinished last line; only under the lock
   * @throws FirebreakError EVIDENCE_BROKEN when the lines do not continue the chain
   */
  async catchUp(repair: boolean): Promise<boolean> {
    const handle = await ifPresent(open(this.#path, (repair ? constants.O_RDWR : constants.O_RDONLY) | O_NOFOLLOW));
    if (handle === undefined) return false;
    try {
      const { size } = await handle.stat();
      if (size < this.#size) throw this.#broken('it has become shorter');
      const { lines, rest } = splitLines(await readFrom(handle, this.#size, size));
      for (const line of lines) this.#absorb(line);
      if (repair && rest.length > 0) {
        await handle.truncate(this.#size);
        await handle.sync();
      }
      return true;
    } finally {
      await handle.close();
    }
  }

  /**
   * Appends one record and syncs it. On any failure the file ends where it ended before.
   * @throws FirebreakError INPUT_TOO_LARGE when a verifier would not read it
   */
  async append(type: string, body: Readonly<Record<string, unknown>>): Promise<ChainRecord> {
    const head = { seq: this.length, incident: this.#bagId, prev: this.#lastHash, type };
    const line = formatChainLine(head, body);
    this.#refuseTooLarge(line.length + 1, type);
    const handle = await open(this.#path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    try {
      try {
        await handle.writeFile(Buffer.concat([line, Buffer.from('\n')]));
        await handle.sync();
      } catch (error) {
        await handle.truncate(this.#size);
        throw error;
      }
    } finally {
      await handle.close();
    }
    return this.#absorb(line);
  }

  /** The last record, and room for it, are kept for the seal. */
  #refuseTooLarge(bytes: number, type: string): void {
    const { lineBytes, tagBytes, records } = BAG_LIMITS;
    const kept = type === 'seal' ? { bytes: 0, records: 0 } : { bytes: 1024 * 1024, records: 1 };
    if (bytes > lineBytes || this.#size + bytes > tagBytes - kept.bytes || this.length >= records - kept.records) {
      throw new FirebreakError('INPUT_TOO_LARGE', `${this.#path}: a ${type} record of ${bytes} bytes.`);
    }
  }

  #absorb(line: Buffer): ChainRecord {
    const record = parseChainLine(line);
    const seq = this.length;
    if (record === undefined) throw this.#broken(`line ${seq + 1} is not a record`);
    if (record.seq !== seq || record.prev !== this.#lastHash || record.incident !== this.#bagId) {
      throw this.#broken(`line ${seq + 1} does not continue the chain`);
    }
    if (namesFile(record)) {
      const file = recordedFile(record);
      if (file === undefined || this.#files.has(file.path))
        throw this.#broken(`line ${seq + 1} names no file of its own`);
      this.#files.set(file.path, file);
    }
    if (record.type === 'open') this.#open ??= record;
    if (record.type === 'seal') this.#seal ??= record;
    if (Array.isArray(record['work'])) this.#byWork.set(JSON.stringify(record['work']), record);
    this.#counts.set(record.type, this.count(record.type) + 1);
    this.#tree.append(line);
    this.#lastHash = hashOfLine(line);
    this.#size += line.length + 1;
    return record;
  }

  #broken(detail: string): FirebreakError {
    return new FirebreakError('EVIDENCE_BROKEN', `${this.#path}: ${detail}.`);
  }
}

async function readFrom(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start);
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    // Somebody has made the file shorter under our hands; what is missing must not be taken for an unfinished line.
    if (bytesRead === 0) throw new FirebreakError('EVIDENCE_BROKEN', 'The chain has become shorter while it was read.');
    filled += bytesRead;
  }
  return bytes;
}

/** All records of a chain, without keeping state; an unfinished last line is left out. Empty when there is no chain. */
export async function readRecords(path: string): Promise<readonly ChainRecord[]> {
  const handle = await ifPresent(openForReading(path));
  if (handle === undefined) return [];
  try {
    const { lines } = splitLines(await handle.readFile());
    return lines.map(parseChainLine).filter((record) => record !== undefined);
  } finally {
    await handle.close();
  }
}
