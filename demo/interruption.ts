/** Ctrl-C and SIGTERM as a signal to end in order. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Resolves at the first of them. */
  readonly happened: Promise<void>;
  /** From now on they end the process again, as they do by default. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Listens from now on. The first one is left to the caller; a second one ends the process at once. */
export function onInterruption(say: (line: string) => void): Interruption {
  const controller = new AbortController();
  const release = (): void => SIGNALS.forEach((name) => void process.off(name, interrupt));
  const interrupt = (): void => {
    release();
    say('interrupted: everything is taken down (once more: leave at once, and `firebreak lab down` removes the rest)');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  const happened = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve());
  });
  return { signal: controller.signal, happened, release };
}
