import { parseArgs } from 'node:util';
import { FLOOR } from './hostile/attacks';
import { runVictim } from './hostile/run-victim';
import type { Seen } from './hostile/victim';

/** The bars of SPEC H2. */
const BAR_BLOCKED_MS = 50;
const BAR_GROWTH_MIB = 64;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const most = (rows: readonly Seen[], of: 'blockedMs' | 'lateMs'): number => Math.max(0, ...rows.map((row) => row[of]));
const columns = (rows: readonly Seen[]): string =>
  `${most(rows, 'blockedMs').toFixed(0).padStart(5)} ms ${most(rows, 'lateMs').toFixed(0).padStart(5)} ms`;

function sayRow(name: string, rows: readonly Seen[]): void {
  const ends = new Map<string, number>();
  for (const { end } of rows) ends.set(end, (ends.get(end) ?? 0) + 1);
  const how = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
  say(`${name.padEnd(40)} ${columns(rows)}   ${how}`);
}

/**
 * `npm run bench:hostile [-- --seed WORD] [-- --only ATTACK]`: what a hostile host costs the process that it attacks. Honest answers in
 * between are the floor. The wall clock counts where the floor shows that the machine has nothing else to do.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, only: { type: 'string' } } });
  const seed = values.seed ?? 'firebreak-1';
  const { ended, complaints, seen, whole } = await runVictim(seed, { only: values.only, floor: true });
  const floor = seen.filter(({ attack }) => attack === FLOOR);
  const rows = seen.filter(({ attack }) => attack !== 'none' && attack !== FLOOR);
  say(`${'longest stretch of the event loop'.padEnd(40)}  worked     late   how the conversations ended`);
  sayRow(FLOOR, floor);
  for (const attack of new Set(rows.map((row) => row.attack)))
    sayRow(
      attack,
      rows.filter((row) => row.attack === attack),
    );
  const [blockedMs, lateMs, floorLateMs] = [most(rows, 'blockedMs'), most(rows, 'lateMs'), most(floor, 'lateMs')];
  const quiet = floorLateMs <= BAR_BLOCKED_MS / 2;
  say(
    `the event loop worked ${blockedMs.toFixed(0)} ms at most in one stretch (bar ${BAR_BLOCKED_MS}); by the wall clock ${lateMs.toFixed(0)} ms against ${floorLateMs.toFixed(0)} ms with honest answers${quiet ? '' : ': the machine is too busy for this figure to count'}`,
  );
  say(`memory grew by ${whole?.grownMiB.toFixed(0) ?? '?'} MiB at most (bar ${BAR_GROWTH_MIB})`);
  const failures = [
    ...(ended === '0' ? [] : [`the attacked process ended with ${ended}: ${complaints}`]),
    ...(rows.length > 0 ? [] : ['nothing was attacked: is --only the name of an attack?']),
    ...(blockedMs > BAR_BLOCKED_MS ? [`the event loop worked ${blockedMs.toFixed(0)} ms in one stretch`] : []),
    ...(quiet && lateMs > BAR_BLOCKED_MS ? [`the event loop was late by ${lateMs.toFixed(0)} ms`] : []),
    ...(whole !== undefined && whole.grownMiB > BAR_GROWTH_MIB
      ? [`memory grew by ${whole.grownMiB.toFixed(0)} MiB`]
      : []),
  ];
  for (const failure of failures) say(`MISSED: ${failure}`);
  process.stdout.write(
    `${JSON.stringify({ seed, attacks: rows.length, blockedMs, lateMs, floorLateMs, floorBlockedMs: most(floor, 'blockedMs'), quiet, ...whole, failures })}\n`,
  );
  if (failures.length > 0) process.exitCode = 1;
}

void main();
