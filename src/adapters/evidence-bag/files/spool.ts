import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provenance } from '../../../ports/evidence-store';
import { hashOf } from '../../../domain/hash';
import type { Work } from '../format/chain-line';
import type { AttemptComplete, AttemptFailed } from './attempt-writer';
import { AttemptWriter, BYTES, COMPLETE, FAILED } from './attempt-writer';
import { DIRECTORY_MODE, createFile, ifPresent, readRegularFile, writeDurably } from './durable-files';

/** What is known of an attempt before its first byte. */
export interface AttemptAbout {
  readonly work: Work;
  readonly provenance: Provenance;
  readonly startedAt: string;
}

export interface SpooledAttempt {
  readonly directory: string;
  readonly about: AttemptAbout;
  readonly complete: AttemptComplete | undefined;
  readonly failed: AttemptFailed | undefined;
  /** Of the spooled bytes; undefined when they have been moved into the bag already. */
  readonly size: number | undefined;
}

/** Bytes on their way into one bag: a folder an attempt, next to the bag and on its file system. */
export class Spool {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** @throws ENOENT when the bag has been sealed meanwhile: its spool is gone */
  async begin(about: AttemptAbout): Promise<AttemptWriter> {
    const directory = join(this.directory, `${this.#prefix(about.work)}${randomBytes(4).toString('hex')}`);
    await mkdir(directory, { mode: DIRECTORY_MODE });
    await writeDurably(this.directory, join(directory, 'about.json'), JSON.stringify(about));
    return new AttemptWriter(directory, await createFile(join(directory, BYTES)));
  }

  /** Attempts that have left something, in a fixed order; of one work only when it is given. */
  async attempts(work?: Work): Promise<readonly SpooledAttempt[]> {
    const found: SpooledAttempt[] = [];
    for (const folder of await this.#folders(work === undefined ? '' : this.#prefix(work))) {
      const attempt = await readAttempt(folder);
      if (attempt !== undefined) found.push(attempt);
    }
    return found;
  }

  /** Attempts whose bytes are all there but whose record is not: what a crash may leave between the two. */
  async completed(): Promise<readonly SpooledAttempt[]> {
    const found: SpooledAttempt[] = [];
    for (const folder of await this.#folders('')) {
      if ((await ifPresent(stat(join(folder, COMPLETE)))) === undefined) continue;
      const attempt = await readAttempt(folder);
      if (attempt?.complete !== undefined) found.push(attempt);
    }
    return found;
  }

  async drop(attempt: { readonly directory: string }): Promise<void> {
    await rm(attempt.directory, { recursive: true, force: true });
  }

  async #folders(prefix: string): Promise<readonly string[]> {
    const entries = (await ifPresent(readdir(this.directory, { withFileTypes: true }))) ?? [];
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix));
    return folders.map((entry) => join(this.directory, entry.name)).sort();
  }

  #prefix(work: Work): string {
    return `${hashOf(work).slice(0, 24)}.`;
  }
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const bytes = await ifPresent(readRegularFile(path));
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as T);
}

async function readAttempt(directory: string): Promise<SpooledAttempt | undefined> {
  const about = await readJson<AttemptAbout>(join(directory, 'about.json'));
  if (about === undefined) return undefined;
  return {
    directory,
    about,
    complete: await readJson<AttemptComplete>(join(directory, COMPLETE)),
    failed: await readJson<AttemptFailed>(join(directory, FAILED)),
    size: (await ifPresent(stat(join(directory, BYTES))))?.size,
  };
}

/** Path of an attempt's bytes. */
export function spooledBytes(attempt: { readonly directory: string }): string {
  return join(attempt.directory, BYTES);
}
