import { setTimeout as sleep } from 'node:timers/promises';

const AGAIN_MS = 1_000;

export const wordsOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** For what a fault may hit in this process too: asked again until the time is over. */
export async function patiently<T>(what: string, ask: () => Promise<T>, withinMs: number): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (Date.now() > until) throw new Error(`${what}: ${wordsOf(thrown)}`, { cause: thrown });
      await sleep(AGAIN_MS);
    }
  }
}
