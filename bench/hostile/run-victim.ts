import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { startHostileServer } from './server';
import type { Seen, Whole } from './victim';

export interface Suffered {
  /** How the attacked process ended: `0`, another exit code, or a signal. */
  readonly ended: string;
  readonly complaints: string;
  /** Programs that the attacks reached. */
  readonly attacked: ReadonlySet<string>;
  readonly seen: readonly Seen[];
  /** Undefined when the process did not come to its end. */
  readonly whole: Whole | undefined;
}

/** From the sources, as tests are, a hook compiles; built, nothing has to. */
const HOOK =
  extname(__filename) === '.ts' ? ['--require', join(__dirname, '../../test/support/typescript-hook.cjs')] : [];

/** V8 lets garbage of the young generation lie, up to 48 MiB of it: kept small, so that what is measured is what an attack makes us hold. */
const MEMORY = ['--expose-gc', '--max-semi-space-size=4', '--max-old-space-size=384'];

/**
 * Every attack against every program, through the real shell and the product's own ways to them, in a process of its own.
 * @param options.only one attack alone
 * @param options.floor before each attack every program answers honestly too, as attack `FLOOR`
 */
export async function runVictim(
  seed: string,
  options: { readonly only?: string | undefined; readonly floor?: boolean } = {},
): Promise<Suffered> {
  const server = await startHostileServer(seed);
  try {
    const { port, identityFile, hostKey } = server;
    const input = JSON.stringify({ port, identityFile, hostKey, only: options.only, floor: options.floor === true });
    const child = spawn(
      process.execPath,
      [...MEMORY, ...HOOK, join(__dirname, `victim${extname(__filename)}`), input],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const seen: Seen[] = [];
    let whole: Whole | undefined;
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-4_000)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Seen | Whole;
      if ('grownMiB' in said) whole = said;
      else seen.push(said);
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { ended: signal ?? String(code), complaints, attacked: server.attacked, seen, whole };
  } finally {
    await server.close();
  }
}
