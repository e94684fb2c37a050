/** Work done one piece after the other, in the order in which it was asked for. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits its turn without a limit of its own; an aborted signal gives up the place in the queue. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal, reason: (signal: AbortSignal) => Error): Promise<T> {
    const turn = this.#last.then(async () => {
      if (signal.aborted) throw reason(signal);
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(reason(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      void turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }
}
