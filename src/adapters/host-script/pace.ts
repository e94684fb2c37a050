import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Gives the event loop a turn now and then, so that a long answer of one host does not stop the heartbeats of the acts on all
 * others (H2).
 *
 * ```ts
 * if (pace.due()) await pace.rest();
 * ```
 */
export class Pace {
  #done = 0;

  /** @param every pieces of work between two turns; a piece is some microseconds of work */
  constructor(private readonly every = 200) {}

  /** Counts work. @returns true when it is time for a turn */
  due(pieces = 1): boolean {
    this.#done += pieces;
    return this.#done >= this.every;
  }

  async rest(): Promise<void> {
    this.#done = 0;
    await nextTurn();
  }
}
