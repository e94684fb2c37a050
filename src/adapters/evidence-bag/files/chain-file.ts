import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { link, open, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ChainFault } from '../../../domain/cause';
import { FirebreakError } from '../../../domain/errors';
import type { ChainRecord, RecordedFile, Work } from '../format/chain-line';
import {
  NO_PREVIOUS,
  formatChainLine,
  hashOfLine,
  namedPrograms,
  namesFile,
  parseChainLine,
  recordedFile,
  splitLines,
} from '../format/chain-line';
import { BAG_LIMITS } from '../format/limits';
import { MerkleAccumulator } from '../format/merkle';
import {
  createFile,
  errnoOf,
  ifPresent,
  openForReading,
  readRegularFile,
  syncDirectory,
  writeDurably,
} from './durable-files';
import type { Hold } from './hold';

const { O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** For blocks that are begun, and folders. */
const SPARE_BYTES = 64 * 1024;

/**
 * The chain of one bag: reads what others have appended since the last look, and appends.
 *
 * A record is decided before it is written: its line is linked to `claim-<seq>`, which only the holder can do and only once. The line
 * is then written at its place in the file. So a holder that stood still and comes back can only write what is there already, and
 * whoever came after it has finished what it began.
 */
export class ChainFile {
  readonly #path: string;
  readonly #bagId: string;
  readonly #work: string;
  #claimed: Buffer | undefined;
  #size = 0;
  #lastHash = NO_PREVIOUS;
  #tree = new MerkleAccumulator();
  #open: ChainRecord | undefined;
  #seal: ChainRecord | undefined;
  readonly #counts = new Map<string, number>();
  readonly #byWork = new Map<string, ChainRecord>();
  readonly #files = new Map<string, RecordedFile>();
  readonly #programs = new Set<string>();

  /** @param work folder of claims, on the same file system; who only reads needs none */
  constructor(path: string, bagId: string, work = '') {
    this.#path = path;
    this.#bagId = bagId;
    this.#work = work;
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

  /** SHA-256 of the programs that records name. */
  get programs(): ReadonlySet<string> {
    return this.#programs;
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
   * Reads what is new; an unfinished last line is left out. False when there is no chain.
   * @throws FirebreakError EVIDENCE_BROKEN when the lines do not continue the chain
   */
  async catchUp(): Promise<boolean> {
    return (await this.#readNew()) !== undefined;
  }

  /** Reads what is new, finishes what a former holder has decided, and takes away what one has left of an undecided line. */
  async recover(hold: Hold): Promise<void> {
    this.#claimed = undefined;
    const rest = await this.#readNew();
    if (rest === undefined) return;
    if (rest > 0) await this.#cutRest(hold);
    const claim = await ifPresent(readRegularFile(this.#claimPath()));
    if (claim === undefined) return;
    this.#check(claim);
    this.#claimed = claim;
    await this.settle();
  }

  #claimPath(): string {
    return join(this.#work, `claim-${this.length}`);
  }

  /**
   * Decides the next record: from here on it is that, whoever writes it. `settle` comes next.
   * @throws FirebreakError INPUT_TOO_LARGE when a verifier would not read it, EVIDENCE_LOCK_LOST
   */
  async claim(type: string, body: Readonly<Record<string, unknown>>, hold: Hold): Promise<void> {
    const line = formatChainLine({ seq: this.length, incident: this.#bagId, prev: this.#lastHash, type }, body);
    this.#refuseTooLarge(line.length + 1, type);
    await this.#mustHaveRoom(line.length);
    const temporary = hold.temporary();
    try {
      const handle = await createFile(temporary);
      try {
        await handle.writeFile(line);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await link(temporary, this.#claimPath());
    } catch (error) {
      // Somebody else has the hold, and has gone on.
      if (errnoOf(error) === 'EEXIST') throw new FirebreakError('EVIDENCE_LOCK_LOST', undefined, { cause: error });
      throw error;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
    this.#claimed = line;
  }

  /** What is decided must also be written: room for both. A disk that is full for another reason (quota) is met in `settle`. */
  async #mustHaveRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#work);
    if (bavail * bsize >= 2 * bytes + SPARE_BYTES) return;
    throw Object.assign(new Error(`no room for a record of ${bytes} bytes`), { code: 'ENOSPC' });
  }

  /** Writes the record that was decided, and syncs it. At its place, so that it may be written twice. */
  async settle(): Promise<ChainRecord> {
    const line = this.#claimed;
    if (line === undefined) throw new Error('nothing was claimed');
    const handle = await open(this.#path, O_WRONLY | O_NOFOLLOW);
    try {
      const bytes = Buffer.concat([line, Buffer.from('\n')]);
      for (let done = 0; done < bytes.length;) {
        done += (await handle.write(bytes, done, bytes.length - done, this.#size + done)).bytesWritten;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const claim = this.#claimPath();
    const record = this.#absorb(line);
    this.#claimed = undefined;
    await ifPresent(unlink(claim));
    return record;
  }

  /** @returns how many bytes stand behind the last whole line; undefined when there is no chain */
  async #readNew(): Promise<number | undefined> {
    const handle = await ifPresent(open(this.#path, O_RDONLY | O_NOFOLLOW));
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      if (size < this.#size) throw this.#broken('shorter');
      const { lines, rest } = splitLines(await readFrom(this.#path, handle, this.#size, size));
      for (const line of lines) this.#absorb(line);
      return rest.length;
    } finally {
      await handle.close();
    }
  }

  /** Never by truncating: somebody who stood still before that would cut off what has been written since. */
  async #cutRest(hold: Hold): Promise<void> {
    const handle = await openForReading(this.#path);
    try {
      await writeDurably(hold.directory, this.#path, await readFrom(this.#path, handle, 0, this.#size));
    } finally {
      await handle.close();
    }
  }

  /** The last record, and room for it, are kept for the seal. */
  #refuseTooLarge(bytes: number, type: string): void {
    const { lineBytes, tagBytes, records } = BAG_LIMITS;
    const kept = type === 'seal' ? { bytes: 0, records: 0 } : { bytes: 1024 * 1024, records: 1 };
    if (bytes > lineBytes || this.#size + bytes > tagBytes - kept.bytes || this.length >= records - kept.records) {
      throw new FirebreakError('INPUT_TOO_LARGE', { cause: 'record-too-large', path: this.#path, type, bytes });
    }
  }

  #check(line: Buffer): ChainRecord {
    const record = parseChainLine(line);
    const seq = this.length;
    if (record === undefined) throw this.#broken('no-record', seq + 1);
    if (record.seq !== seq || record.prev !== this.#lastHash || record.incident !== this.#bagId) {
      throw this.#broken('does-not-continue', seq + 1);
    }
    return record;
  }

  #absorb(line: Buffer): ChainRecord {
    const record = this.#check(line);
    if (namesFile(record)) {
      const file = recordedFile(record);
      if (file === undefined || this.#files.has(file.path)) throw this.#broken('no-file', record.seq + 1);
      this.#files.set(file.path, file);
    }
    if (record.type === 'open') this.#open ??= record;
    if (record.type === 'seal') this.#seal ??= record;
    if (Array.isArray(record['work'])) this.#byWork.set(JSON.stringify(record['work']), record);
    for (const program of namedPrograms(record)) this.#programs.add(program);
    this.#counts.set(record.type, this.count(record.type) + 1);
    this.#tree.append(line);
    this.#lastHash = hashOfLine(line);
    this.#size += line.length + 1;
    return record;
  }

  #broken(why: ChainFault, line?: number): FirebreakError {
    const where = line === undefined ? {} : { line };
    return new FirebreakError('EVIDENCE_BROKEN', { cause: 'chain-broken', path: this.#path, why, ...where });
  }
}

async function readFrom(path: string, handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start);
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    // Somebody has made the file shorter under our hands; what is missing must not be taken for an unfinished line.
    if (bytesRead === 0) throw new FirebreakError('EVIDENCE_BROKEN', { cause: 'chain-broken', path, why: 'shorter' });
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
