import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 2;
/** Of the main thread, which runs the event loop: nanoseconds on a processor, nanoseconds of waiting for one, turns (Linux, proc(5)). */
const ACCOUNT = '/proc/self/schedstat';

/** The longest time between two turns of a timer, milliseconds. */
export interface Stretch {
  /**
   * What the event loop's own thread worked. A busy machine and V8's helper threads make it no longer: on a machine with nothing else
   * to do the wall clock shows the same.
   */
  readonly blockedMs: number;
  /** By the wall clock, so with the time that other processes took. */
  readonly lateMs: number;
}

/** Watches the event loop of this process from its making until `stop`. */
export class LongestStretch {
  #blockedMs = 0;
  #lateMs = 0;
  #worked = workedMs();
  #at = performance.now();
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY_MS);

  stop(): Stretch {
    clearInterval(this.#timer);
    this.#look();
    return { blockedMs: this.#blockedMs, lateMs: this.#lateMs };
  }

  #look(): void {
    const [worked, at] = [workedMs(), performance.now()];
    this.#blockedMs = Math.max(this.#blockedMs, worked - this.#worked);
    this.#lateMs = Math.max(this.#lateMs, at - this.#at - LOOK_EVERY_MS);
    [this.#worked, this.#at] = [worked, at];
  }
}

function workedMs(): number {
  return Number(readFileSync(ACCOUNT, 'utf8').split(' ')[0]) / 1e6;
}
