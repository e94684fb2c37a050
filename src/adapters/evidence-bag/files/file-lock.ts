import { once } from 'node:events';
import { FirebreakError } from '../../../domain/errors';
import type { ChildProcess } from '../../../supervision/child-process';
import { spawn } from '../../../supervision/child-process';

/** The lock is kept this long after the last work, so that a run of appends takes it once. */
const LINGER_MS = 50;
/** But given up after this long even when there is more to do, so that other processes get their turn. */
const MAX_HOLD_MS = 500;

interface Holder {
  readonly child: ChildProcess;
  readonly since: number;
}

/**
 * Exclusive lock on a file between processes on one machine, and a queue inside this one. The kernel lock is held by `flock(1)`
 * (util-linux), which ends when its standard input does: when this process dies in whatever way, the lock is free. There is
 * no stale lock to judge. The file is never removed: removing it would let two processes lock two files of one name.
 */
export class FileLock {
  readonly #path: string;
  #tail: Promise<unknown> = Promise.resolve();
  #holder: Holder | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Runs `work` alone. `fresh` is true when others may have held the lock since our last work.
   * @throws FirebreakError UNEXPECTED when the lock cannot be taken; else what `work` throws
   */
  run<T>(work: (fresh: boolean) => Promise<T>): Promise<T> {
    const turn = this.#tail.then(async () => {
      const fresh = await this.#take();
      try {
        const result = await work(fresh);
        this.#linger = setTimeout(() => this.#release(), LINGER_MS);
        return result;
      } catch (error) {
        // Half-done work must look like another process's leavings to whoever is next.
        this.#release();
        throw error;
      }
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #take(): Promise<boolean> {
    clearTimeout(this.#linger);
    if (this.#holder !== undefined && Date.now() - this.#holder.since < MAX_HOLD_MS) return false;
    this.#release();
    this.#holder = await this.#acquire();
    return true;
  }

  #release(): void {
    this.#holder?.child.stdin?.end();
    this.#holder = undefined;
  }

  async #acquire(): Promise<Holder> {
    // A session of its own: Ctrl-C at a terminal must not take the lock away from work that is being finished.
    const child = spawn('flock', ['--exclusive', this.#path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    child.stdin.on('error', () => undefined);
    const held = once(child.stdout, 'data').then(() => true);
    const ended = once(child, 'exit').then(() => false);
    held.catch(() => undefined);
    if (!(await Promise.race([held, ended]).catch(() => false))) {
      throw new FirebreakError(
        'UNEXPECTED',
        `The lock ${this.#path} cannot be taken; is flock (util-linux) installed?`,
      );
    }
    const holder = { child, since: Date.now() };
    child.once('exit', () => {
      if (this.#holder === holder) this.#holder = undefined;
    });
    return holder;
  }
}
