import { setTimeout as sleep } from 'node:timers/promises';
import { FirebreakError, ensureFirebreakError } from '../../domain/errors';
import type { BagLock as ServiceLock, BagLocks } from '../../ports/bag-locks';
import type { BagLayout } from './files/bag-layout';
import { Hold, HoldWatch } from './files/hold';

/** The lock is kept this long after the last work, so that a run of appends takes it once. */
const LINGER_MS = 50;
/** But given up after this long even when there is more to do, so that other processes get their turn. */
const MAX_HOLD_MS = 500;
/** Left free for so long then: longer than a waiter looks away. */
const YIELD_MS = 60;
const LOOK_EVERY_MS = 20;
/** A holder that shows no sign of life for so long is taken for dead. If it is not, its hold is gone and it begins again. */
const QUIET_MS = 3_000;
/** Somebody had the lock of the service without working: for so long nobody waits for it again. */
const DISTRUST_MS = 60_000;
/** Nothing that a holder does to a bag takes so long but the seal of a very large one. */
const PATIENCE_MS = 120_000;
/** Work that lost its lock is begun anew so often. */
const TRIES = 5;

interface Holding {
  readonly hold: Hold;
  /** Undefined when the directory alone keeps writers apart. */
  readonly lock: ServiceLock | undefined;
  readonly since: number;
}

export interface BagLockOptions {
  readonly layout: BagLayout;
  /** Undefined: there is no service, only the directory. */
  readonly locks: BagLocks | undefined;
  /** Runs what needs a few bytes on a disk that may be full. */
  readonly drawing: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Who may change one bag: a queue inside this process, the lock service between processes, and a hold in the directory that makes
 * it impossible for a former holder to write on (see `Hold`). While the service is away, or its lock is kept by somebody who does no
 * work, the hold alone decides.
 */
export class BagLock {
  readonly #options: BagLockOptions;
  #tail: Promise<unknown> = Promise.resolve();
  #holding: Holding | undefined;
  #linger: NodeJS.Timeout | undefined;
  #distrustUntil = 0;

  constructor(options: BagLockOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` alone, and again when the lock was lost meanwhile: it must find what it has done before. `fresh` is true when others
   * may have held the lock since our last work.
   * @throws FirebreakError EVIDENCE_BUSY, EVIDENCE_LOCK_LOST; else what `work` throws
   */
  run<T>(work: (hold: Hold, fresh: boolean) => Promise<T>): Promise<T> {
    const turn = this.#tail.then(() => this.#insist(work));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** @throws FirebreakError EVIDENCE_LOCK_LOST: whoever writes must stop at once */
  async mustHold(): Promise<void> {
    if (this.#holding === undefined || (await isLost(this.#holding))) throw new FirebreakError('EVIDENCE_LOCK_LOST');
  }

  async #insist<T>(work: (hold: Hold, fresh: boolean) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const { holding, fresh } = await this.#take();
      try {
        const result = await work(holding.hold, fresh);
        this.#linger = setTimeout(() => void this.#release().catch(() => undefined), LINGER_MS);
        return result;
      } catch (error) {
        const lost = (await isLost(holding)) || ensureFirebreakError(error).code === 'EVIDENCE_LOCK_LOST';
        // Half-done work must look like another process's leavings to whoever is next.
        await this.#release();
        if (!lost) throw error;
        if (tries === TRIES) throw new FirebreakError('EVIDENCE_LOCK_LOST', undefined, { cause: error });
      }
    }
  }

  async #take(): Promise<{ readonly holding: Holding; readonly fresh: boolean }> {
    clearTimeout(this.#linger);
    const before = this.#holding;
    if (before !== undefined) {
      const tooLong = performance.now() - before.since >= MAX_HOLD_MS;
      if (!tooLong && !(await isLost(before))) return { holding: before, fresh: false };
      await this.#release();
      if (tooLong) await sleep(YIELD_MS);
    }
    this.#holding = await this.#acquire();
    return { holding: this.#holding, fresh: true };
  }

  async #release(): Promise<void> {
    const holding = this.#holding;
    this.#holding = undefined;
    try {
      await holding?.hold.release(this.#options.layout.strays);
    } finally {
      await holding?.lock?.release();
    }
  }

  async #acquire(): Promise<Holding> {
    const watch = new HoldWatch(this.#options.layout.holds);
    const giveUpAt = performance.now() + PATIENCE_MS;
    let lock: ServiceLock | undefined;
    try {
      for (;;) {
        if (lock?.lost !== false) lock = undefined;
        const service = lock ?? (await this.#options.locks?.take(this.#options.layout.bagId)) ?? 'away';
        if (service !== 'away' && service !== 'busy') lock = service;
        const hold = await this.#claim(watch, service);
        if (hold !== undefined) return { hold, lock, since: performance.now() };
        if (performance.now() > giveUpAt) throw new FirebreakError('EVIDENCE_BUSY', this.#options.layout.bagId);
        await sleep(LOOK_EVERY_MS);
      }
    } catch (error) {
      await lock?.release();
      throw error;
    }
  }

  /** The hold, when it can be had by now. */
  async #claim(watch: HoldWatch, service: ServiceLock | 'busy' | 'away'): Promise<Hold | undefined> {
    const { layout, drawing } = this.#options;
    const seen = await watch.look();
    if (service === 'busy') {
      // Whoever has the lock is at work, or has a moment to begin. A lock without work is no reason to lose evidence.
      const quiet = seen?.quietMs ?? watch.quietMs;
      const trusted = performance.now() > this.#distrustUntil;
      if (quiet < QUIET_MS && (trusted || seen !== undefined)) return undefined;
      if (trusted) this.#distrustUntil = performance.now() + DISTRUST_MS;
    }
    const mine = typeof service === 'object';
    if (seen !== undefined) {
      // A holder by the service's word has lost it when we have it.
      if (!(mine && seen.basis === 'service') && seen.quietMs < QUIET_MS) return undefined;
      await watch.revoke(seen.token, layout.strays);
    }
    return drawing(() => Hold.take(layout.holds, mine ? 'service' : 'directory'));
  }
}

async function isLost({ hold, lock }: Holding): Promise<boolean> {
  return lock?.lost === true || (await hold.isLost());
}
