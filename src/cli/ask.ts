import { createInterface } from 'node:readline/promises';

/** Somebody pressed Ctrl-C or Ctrl-D where they were asked something; no failure. */
export class Cancelled extends Error {
  /** 128 + SIGINT, as shells say it. */
  static readonly EXIT_CODE = 130;
}

/** Asks on the terminal. @throws Cancelled */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A closed input answers nothing and rejects nothing.
  const closed = new Promise<never>((_resolve, reject) => terminal.once('close', () => reject(new Cancelled())));
  try {
    return (await Promise.race([terminal.question(question), closed])).trim();
  } catch (thrown) {
    throw thrown instanceof Error && thrown.name === 'AbortError' ? new Cancelled() : thrown;
  } finally {
    terminal.close();
  }
}
