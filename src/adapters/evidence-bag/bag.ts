import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import type { BagLocks } from '../../ports/bag-locks';
import { BagLock } from './bag-lock';
import type { BagLayout } from './files/bag-layout';
import { WORK_FOLDER } from './files/bag-layout';
import { ChainFile } from './files/chain-file';
import { digestFile } from './files/digest-file';
import { DiskReserve } from './files/disk-reserve';
import { ifPresent, makeDirectories } from './files/durable-files';
import type { Hold } from './files/hold';
import { placeFile } from './files/place-file';
import type { SpooledAttempt } from './files/spool';
import { Spool, spooledBytes } from './files/spool';
import type { ChainRecord, Work } from './format/chain-line';
import { namedPrograms } from './format/chain-line';
import { BAG_LIMITS } from './format/limits';

/** Room for the records, the manifests and the seal of about 10,000 artefacts on a full disk. */
export const RESERVE_BYTES = 8 * 1024 * 1024;

/** The parts of one bag that is being filled, and the order in which they are touched. */
export class Bag {
  readonly layout: BagLayout;
  readonly chain: ChainFile;
  readonly spool: Spool;
  readonly reserve: DiskReserve;
  readonly #lock: BagLock;
  readonly #reserveBytes: number;
  readonly #hasService: boolean;
  #hold: Hold | undefined;

  /** @param locks between machines; undefined: the directory alone keeps writers apart */
  constructor(layout: BagLayout, reserveBytes: number, locks: BagLocks | undefined) {
    this.layout = layout;
    this.#reserveBytes = reserveBytes;
    this.chain = new ChainFile(layout.chain, layout.bagId, layout.work);
    this.spool = new Spool(layout.work);
    this.reserve = new DiskReserve(layout.reserve);
    this.#hasService = locks !== undefined;
    // To the last byte: without a hold not even the seal could be written.
    this.#lock = new BagLock({ layout, locks, drawing: (work) => this.reserve.drawing(0, work) });
  }

  /** The right to change this bag; for work that runs in `locked`. */
  get hold(): Hold {
    if (this.#hold === undefined) throw new Error('the bag is changed without its lock');
    return this.#hold;
  }

  /**
   * Runs `work` as the only one that changes this bag, on the chain as it is now and with every completed attempt of a dead
   * process committed. `work` is run anew when the lock was lost on the way.
   * @throws FirebreakError UNKNOWN_INCIDENT when the bag was never opened, DISK_FULL, EVIDENCE_BROKEN, EVIDENCE_BUSY, EVIDENCE_LOCK_LOST
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
    await makeDirectories(this.layout.forensics, [WORK_FOLDER, basename(this.layout.holds)]);
    return this.#lock.run(async (hold, fresh) => {
      this.#hold = hold;
      if (fresh) await this.reserve.drawing(0, () => this.chain.recover(hold));
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

  async append(type: string, body: Readonly<Record<string, unknown>>): Promise<ChainRecord> {
    await this.#lock.mustHold();
    // Whoever reads the chain later is told when the lock service was away.
    const lock = this.#hasService && this.hold.basis === 'directory' ? { lock: 'directory' } : {};
    await this.drawing(() => this.chain.claim(type, { ...this.#bounded(body), ...lock }, this.hold));
    // What is decided is also written, with the last of the reserve if need be.
    return this.reserve.drawing(0, () => this.chain.settle());
  }

  /** No verifier would read a chain that names more programs. What rows of a table name is not ours. */
  #bounded(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const named = new Set([...this.chain.programs, ...namedPrograms(body)]);
    if (named.size <= BAG_LIMITS.programs) return body;
    return { ...body, fields: { ...(body['fields'] as object), programs: 'more than a bag holds' } };
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
    const path = moved ? await this.findMoved(place, body['sha256']) : await this.place(place, spooledBytes(attempt));
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
    await this.#lock.mustHold();
    for (let copy = 1; ; copy += 1) {
      const { path } = this.#candidate(place, copy);
      if (this.chain.files.has(path)) continue;
      if (await this.drawing(() => placeFile(this.hold, source, this.layout.bag, path.split('/')))) return path;
    }
  }

  /** Where a crash between moving and recording has left the bytes; undefined when they are nowhere. */
  async findMoved(place: readonly string[], sha256: unknown): Promise<string | undefined> {
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
    return new FirebreakError('UNKNOWN_INCIDENT', { cause: 'bag-absent', bag: this.layout.bagId });
  }
}
