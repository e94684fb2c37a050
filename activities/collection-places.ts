import { setTimeout as pause } from 'node:timers/promises';
import { HOST_LOAD_LIMIT, LOADED_COLLECTIONS } from '../src/domain/numbers';
import type { OwnMachine } from '../src/ports/own-machine';

/** A collection that waits looks again this often; milliseconds. */
const LOOK_EVERY_MS = 500;

/** How a collection was let in. */
export interface Place {
  /** Milliseconds that it waited. */
  readonly waitedMs: number;
  /** Load of the worker's machine when the collection came, where that was above the limit. */
  readonly load?: number;
}

/**
 * Collections of one worker: as many at once as the queue gives it, or LOADED_COLLECTIONS while its own machine is loaded (B13). A
 * machine that stays loaded delays a collection, and never prevents one.
 */
export class CollectionPlaces {
  private running = 0;

  constructor(private readonly machine: Pick<OwnMachine, 'load'>) {}

  /** @param patienceMs the longest wait; the collection begins then, whatever the load */
  async within<T>(signal: AbortSignal, patienceMs: number, collect: (place: Place) => Promise<T>): Promise<T> {
    const load = this.machine.load();
    const began = Date.now();
    let waitedMs = 0;
    while (this.isFull() && waitedMs < patienceMs) {
      await pause(LOOK_EVERY_MS, undefined, { signal });
      waitedMs = Date.now() - began;
    }
    this.running += 1;
    try {
      return await collect({ waitedMs, ...(load > HOST_LOAD_LIMIT ? { load } : {}) });
    } finally {
      this.running -= 1;
    }
  }

  private isFull(): boolean {
    return this.running >= LOADED_COLLECTIONS && this.machine.load() > HOST_LOAD_LIMIT;
  }
}
