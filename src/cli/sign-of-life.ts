import type { CommandContext } from './context';

const SAY_EVERY_MS = 3_000;

/** Says every three seconds what is waited for and for how long already, so that nobody believes that the command hangs. */
export async function withSignOfLife<T>(context: CommandContext, what: string, work: Promise<T>): Promise<T> {
  const since = Date.now();
  const timer = setInterval(
    () => context.output.say(`${what}: ${Math.round((Date.now() - since) / 1_000)} s so far`),
    SAY_EVERY_MS,
  );
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
