import type { EventEmitter } from 'node:events';

/**
 * Listens to a socket, a connection or a channel. What the listener throws goes to `failed`: an exception that leaves a listener
 * ends the process, and what a host sends decides whether there is one (H2). ESLint refuses any other way in this folder.
 * @returns takes the listener off again
 */
export function listen<Given extends readonly unknown[]>(
  emitter: EventEmitter,
  event: string,
  listener: (...given: Given) => void,
  failed: (error: Error) => void,
): () => void {
  const guarded = (...given: unknown[]): void => {
    try {
      listener(...(given as unknown as Given));
    } catch (thrown) {
      failed(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  emitter.on(event, guarded);
  return () => void emitter.removeListener(event, guarded);
}

/** For emitters whose errors say nothing that is not known already; without a listener they would end the process. */
export function ignoreErrors(emitter: EventEmitter): void {
  emitter.on('error', () => undefined);
}
