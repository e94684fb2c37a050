import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawn } from '../src/supervision/child-process';
import { median, medianOfRatios } from './statistics';

/** Not slower than by a tenth. */
const BAR_RATIO = 1.1;
const PROGRAM = join('dist', 'bench', 'flow.js');
const OWN = join(__dirname, '..', '..');

/** What a run of `bench:flow` prints on stdout, as far as it is compared; also by older trees. */
interface FlowFigures {
  readonly largest: { readonly totalMs: number } | null;
  readonly concurrent: { readonly slowestMs: number } | null;
}

/** Figures of both trees, pair by pair; milliseconds. */
interface Compared {
  readonly what: string;
  readonly ownMs: readonly number[];
  readonly otherMs: readonly number[];
  readonly ratio: number;
}

const FIGURES: Readonly<Record<string, (figures: FlowFigures) => number | undefined>> = {
  'largest case, from declaration to report': ({ largest }) => largest?.totalMs,
  'incidents at once, until the last one has ended': ({ concurrent }) => concurrent?.slowestMs,
};

/**
 * Runs this tree's `bench:flow` and that of another built tree in turns, each in a process and a world of its own, the first of a pair
 * being the second of the next. Both meet the same machine, so the ratio counts also where the times do not.
 *
 * @param args for both, e.g. `--only largest`
 * @returns what is missed
 * @throws when the other tree is not built, or a run ends without figures
 */
export async function runBeside(
  other: string,
  pairs: number,
  args: readonly string[],
  say: (line: string) => void,
): Promise<{ readonly compared: readonly Compared[]; readonly failures: readonly string[] }> {
  const trees = { own: OWN, other: resolve(other) };
  if (!existsSync(join(trees.other, PROGRAM)))
    throw new Error(
      `--beside: ${trees.other} has no ${PROGRAM}; build it there: npm ci --ignore-scripts && npm run build`,
    );
  const seen: { own?: FlowFigures; other?: FlowFigures }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const figures: { own?: FlowFigures; other?: FlowFigures } = {};
    for (const tree of pair % 2 === 0 ? (['own', 'other'] as const) : (['other', 'own'] as const)) {
      figures[tree] = await oneRun(trees[tree], args);
      const told = Object.entries(FIGURES).flatMap(([what, of]) => {
        const ms = figures[tree] === undefined ? undefined : of(figures[tree]);
        return ms === undefined ? [] : [`${what} ${ms} ms`];
      });
      say(`  pair ${pair + 1} of ${pairs}, ${tree === 'own' ? 'this tree' : 'the other'}: ${told.join('; ')}`);
    }
    seen.push(figures);
  }
  const compared = Object.entries(FIGURES).flatMap(([what, of]): Compared[] => {
    const timed = seen.flatMap(({ own, other: others }) => {
      const [ownMs, otherMs] = [own === undefined ? undefined : of(own), others === undefined ? undefined : of(others)];
      return ownMs === undefined || otherMs === undefined ? [] : [[ownMs, otherMs] as const];
    });
    if (timed.length === 0) return [];
    return [{ what, ownMs: timed.map(([ms]) => ms), otherMs: timed.map(([, ms]) => ms), ratio: medianOfRatios(timed) }];
  });
  for (const { what, ownMs, otherMs, ratio } of compared)
    say(
      `${what}: median ${median(ownMs)} ms, the other tree ${median(otherMs)} ms; median ratio of ${ownMs.length} pairs ${ratio.toFixed(2)} (bar ${BAR_RATIO})`,
    );
  const slower = compared.filter(({ ratio }) => !(ratio <= BAR_RATIO));
  const failures = [
    ...(compared.length === 0 ? ['nothing was compared'] : []),
    ...slower.map(({ what, ratio }) => `${what}: ${ratio.toFixed(2)} times as long as the other tree`),
  ];
  return { compared, failures };
}

/** A bar that a run misses is not what is asked here. */
async function oneRun(tree: string, args: readonly string[]): Promise<FlowFigures> {
  const child = spawn(process.execPath, [join(tree, PROGRAM), ...args], {
    cwd: tree,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: process.env,
  });
  let out = '';
  let complaints = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-2_000)));
  await new Promise((done, failed) => child.once('close', done).once('error', failed));
  const line = out.trimEnd().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`${tree}: no figures\n${complaints}`);
  return JSON.parse(line) as FlowFigures;
}
