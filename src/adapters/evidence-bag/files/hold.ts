import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIRECTORY_MODE, FILE_MODE, errnoOf, ifPresent } from './durable-files';
import { PROCESS_MARK, hasEnded } from './process-mark';

/** How often a holder shows that it lives, milliseconds. */
export const BEAT_MS = 500;
const BEAT_FILE = 'beat';
/** The one folder of this name is the hold; beside it lie folders that are about to be one, or are none any more. */
const NOW = 'now';
/** What was taken out of a bag and is not yet where it belongs. */
const STRAY = 'stray-';

/** What says who may write: the lock service, or this folder alone. */
export type HoldBasis = 'service' | 'directory';

/**
 * The right to change one bag, as a folder `<holds>/now/<token>`; one at a time, on any number of machines. Everything that changes
 * the bag goes through that folder by `link` or `rename`. Whoever takes the right away renames the folder: from then on nothing that
 * the former holder has begun can come to its end, however long it stood still.
 */
export class Hold {
  readonly basis: HoldBasis;
  /** For temporary files; gone when the right is. */
  readonly directory: string;
  readonly #holds: string;
  readonly #beat: NodeJS.Timeout;
  #beats = 0;
  #lost = false;

  private constructor(holds: string, token: string, basis: HoldBasis) {
    this.#holds = holds;
    this.basis = basis;
    this.directory = join(holds, NOW, token);
    this.#beat = setInterval(() => void this.#show(), BEAT_MS);
    this.#beat.unref();
  }

  /** @returns undefined when somebody has it */
  static async take(holds: string, basis: HoldBasis): Promise<Hold | undefined> {
    const token = `${basis}-${randomBytes(8).toString('hex')}`;
    const prepared = join(holds, token);
    try {
      await mkdir(join(prepared, token), { recursive: true, mode: DIRECTORY_MODE });
      await writeFile(join(prepared, token, BEAT_FILE), beatText(0), { mode: FILE_MODE });
      // Only an empty folder can be replaced so, or none.
      await rename(prepared, join(holds, NOW));
      return new Hold(holds, token, basis);
    } catch (error) {
      await rm(prepared, { recursive: true, force: true });
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** A name in `directory` that nobody has used. */
  temporary(): string {
    return join(this.directory, randomBytes(8).toString('hex'));
  }

  /** As `temporary`, for what must not be lost when the right is. */
  temporaryForStray(): string {
    return join(this.directory, `${STRAY}${randomBytes(8).toString('hex')}`);
  }

  async isLost(): Promise<boolean> {
    this.#lost ||= (await ifPresent(lstat(this.directory))) === undefined;
    return this.#lost;
  }

  async release(strays: string): Promise<void> {
    clearInterval(this.#beat);
    this.#lost = true;
    await putAway(this.#holds, this.directory, strays);
  }

  async #show(): Promise<void> {
    try {
      // Over the old text, never shorter for a moment. Opened anew, so that other machines see it (NFS).
      const handle = await open(join(this.directory, BEAT_FILE), 'r+');
      await handle.write(beatText((this.#beats += 1)), 0);
      await handle.close();
    } catch (error) {
      this.#lost ||= errnoOf(error) === 'ENOENT';
    }
  }
}

/** What can be seen of the present holder. */
export interface SeenHold {
  readonly token: string;
  readonly basis: HoldBasis;
  /** Milliseconds without a sign of life, by this process's clock; `Infinity` when its process has certainly ended. */
  readonly quietMs: number;
}

/** Looks at a hold again and again. Clocks are never compared: what counts is that nothing changes. */
export class HoldWatch {
  readonly #holds: string;
  #seen = '';
  #since = performance.now();

  constructor(holds: string) {
    this.#holds = holds;
  }

  /** Milliseconds since the folder last showed that anybody is at work. */
  get quietMs(): number {
    return performance.now() - this.#since;
  }

  /** @returns undefined when there is none */
  async look(): Promise<SeenHold | undefined> {
    const [token] = (await ifPresent(readdir(join(this.#holds, NOW)))) ?? [];
    const beat = token === undefined ? '' : ((await ifPresent(readBeat(join(this.#holds, NOW, token)))) ?? '');
    const seen = `${token} ${beat}`;
    if (seen !== this.#seen) this.#since = performance.now();
    this.#seen = seen;
    if (token === undefined) return undefined;
    const ended = hasEnded(beat.split(' ')[0] ?? '');
    return {
      token,
      basis: token.startsWith('service-') ? 'service' : 'directory',
      quietMs: ended ? Infinity : this.quietMs,
    };
  }

  /** Takes the right away from exactly this holder. */
  revoke(token: string, strays: string): Promise<void> {
    return putAway(this.#holds, join(this.#holds, NOW, token), strays);
  }
}

/** Ends a hold, whoever's it is; what it took out of the bag is kept. */
async function putAway(holds: string, directory: string, strays: string): Promise<void> {
  const gone = join(holds, `gone-${randomBytes(8).toString('hex')}`);
  try {
    await rename(directory, gone);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  await rmdir(join(holds, NOW)).catch(() => undefined);
  await empty(gone, strays);
}

/** Takes away what crashes have left beside the hold. Somebody who is about to take it begins again. */
export async function clearLeavings(holds: string, strays: string): Promise<void> {
  for (const name of await readdir(holds)) if (name !== NOW) await empty(join(holds, name), strays);
}

async function empty(gone: string, strays: string): Promise<void> {
  for (const name of (await ifPresent(readdir(gone))) ?? []) {
    if (!name.startsWith(STRAY)) continue;
    await mkdir(strays, { recursive: true, mode: DIRECTORY_MODE });
    await rename(join(gone, name), join(strays, name));
  }
  await rm(gone, { recursive: true, force: true });
}

function beatText(count: number): string {
  return `${PROCESS_MARK} ${String(count).padStart(12, '0')}\n`;
}

function readBeat(directory: string): Promise<string> {
  return readFile(join(directory, BEAT_FILE), 'utf8');
}
