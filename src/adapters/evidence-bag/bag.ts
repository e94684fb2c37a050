import { lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import type { BagLayout } from './files/bag-layout';
import { WORK_FOLDER } from './files/bag-layout';
import { ChainFile } from './files/chain-file';
import { digestFile } from './files/digest-file';
import { DiskReserve } from './files/disk-reserve';
import { ifPresent, makeDirectories, syncDirectory } from './files/durable-files';
import { FileLock } from './files/file-lock';
import type { SpooledAttempt } from './files/spool';
import { Spool, spooledBytes } from './files/spool';
import type { ChainRecord, Work } from './format/chain-line';

/** Room for the records, the manifests and the seal of about 10,000 artefacts on a full disk. */
export const RESERVE_BYTES = 8 * 1024 * 1024;

/** The parts of one bag that is being filled, and the order in which they are touched. */
export class Bag {
  readonly layout: BagLayout;
  readonly chain: ChainFile;
  readonly spool: Spool;
  readonly reserve: DiskReserve;
  readonly #lock: FileLock;
  readonly #reserveBytes: number;

  constructor(layout: BagLayout, reserveBytes: number) {
    this.layout = layout;
    this.#reserveBytes = reserveBytes;
    this.chain = new ChainFile(layout.chain, layout.bagId);
    this.spool = new Spool(layout.work);
    this.reserve = new DiskReserve(layout.reserve);
    this.#lock = new FileLock(layout.lock);
  }

  /**
   * Runs `work` as the only one that changes this bag, on the chain as it is now and with every completed attempt of a dead
   * process committed.
   * @throws FirebreakError UNKNOWN_INCIDENT when the bag was never opened, DISK_FULL, EVIDENCE_BROKEN
   */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    if ((await ifPresent(lstat(this.layout.chain))) === undefined) throw this.#neverOpened();
    return this.lockedForOpening(() => {
      if (this.chain.openRecord === undefined) throw this.#neverOpened();
      return work();
    });
  }

  /** As `locked`, but for a bag that may not exist yet. */
  async lockedForOpening<T>(work: () => Promise<T>): Promise<T> {
    await makeDirectories(this.layout.forensics, [WORK_FOLDER]);
    return this.#lock.run(async (fresh) => {
      await this.chain.catchUp(true);
      // Whoever had the lock before may have died between moving bytes and recording them.
      const open = this.chain.openRecord !== undefined && this.chain.sealRecord === undefined;
      if (fresh && open) await this.commitLeftBehind();
      return work();
    });
  }

  /** Draws on the reserve when the disk is full, but leaves half of it for the seal. */
  drawing<T>(work: () => Promise<T>): Promise<T> {
    return this.reserve.drawing(this.#reserveBytes / 2, work);
  }

  fillReserve(): Promise<void> {
    return this.reserve.fill(this.#reserveBytes);
  }

  append(type: string, body: Readonly<Record<string, unknown>>): Promise<ChainRecord> {
    return this.drawing(() => this.chain.append(type, body));
  }

  /** The record of work that is done already; without one, a sealed bag refuses. */
  found(work: Work): ChainRecord | undefined {
    const record = this.chain.find(work);
    if (record === undefined && this.chain.sealRecord !== undefined) throw new FirebreakError('EVIDENCE_SEALED');
    return record;
  }

  /**
   * Moves a completed attempt's bytes to their place and records them; under the lock. After a crash between the two the
   * bytes are in place already and are known by their hash.
   */
  async commit(attempt: SpooledAttempt): Promise<ChainRecord> {
    const { work } = attempt.about;
    const done = this.found(work);
    if (done !== undefined) {
      await this.spool.drop(attempt);
      return done;
    }
    if (attempt.complete === undefined) throw new FirebreakError('UNEXPECTED', 'The attempt is not complete.');
    const { place, body } = attempt.complete;
    const moved = attempt.size === undefined;
    const path = moved ? await this.#findMoved(place, body['sha256']) : await this.place(place, spooledBytes(attempt));
    const record =
      path === undefined
        ? await this.append('partial', {
            ...body,
            work: ['partial', ...work.slice(1)],
            reason: 'bytes lost in a crash',
          })
        : await this.append('artefact', { ...body, path });
    for (const other of [attempt, ...(await this.spool.attempts(work))]) await this.spool.drop(other);
    return record;
  }

  /**
   * Moves a file to `data/<place>`, with `~2`, `~3` … behind the name when that is taken by other work; nothing is ever
   * overwritten.
   * @returns the path inside the bag
   */
  async place(place: readonly string[], source: string): Promise<string> {
    const directory = await this.drawing(() => makeDirectories(this.layout.bag, ['data', ...place.slice(0, -1)]));
    for (let copy = 1; ; copy += 1) {
      const { path, target } = this.#candidate(place, copy);
      if (this.chain.files.has(path) || (await ifPresent(lstat(target))) !== undefined) continue;
      await this.drawing(() => rename(source, target));
      await syncDirectory(directory);
      await syncDirectory(dirname(source));
      return path;
    }
  }

  /** Where a crash between moving and recording has left the bytes; undefined when they are nowhere. */
  async #findMoved(place: readonly string[], sha256: unknown): Promise<string | undefined> {
    for (let copy = 1; ; copy += 1) {
      const { path, target } = this.#candidate(place, copy);
      const there = await ifPresent(lstat(target));
      if (there === undefined && !this.chain.files.has(path)) return undefined;
      if (there?.isFile() !== true || this.chain.files.has(path)) continue;
      if ((await digestFile(target)).sha256 === sha256) return path;
    }
  }

  #candidate(place: readonly string[], copy: number): { readonly path: string; readonly target: string } {
    const path = `${['data', ...place].join('/')}${copy === 1 ? '' : `~${copy}`}`;
    return { path, target: join(this.layout.bag, path) };
  }

  /** Commits what is complete but not recorded: by a process that died in between, or that is waiting for the lock. */
  async commitLeftBehind(): Promise<void> {
    for (const attempt of await this.spool.completed()) await this.commit(attempt);
  }

  #neverOpened(): FirebreakError {
    return new FirebreakError('UNKNOWN_INCIDENT', `There is no evidence bag for ${this.layout.bagId}.`);
  }
}
