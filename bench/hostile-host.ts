import { parseArgs } from 'node:util';
import { runVictim } from './hostile/run-victim';

/** The bars of SPEC H2, by the wall clock of a machine that has nothing else to do. */
const BAR_DELAY_MS = 50;
const BAR_GROWTH_MIB = 64;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** `npm run bench:hostile [-- --seed WORD] [-- --only ATTACK]`: what a hostile host costs the process that it attacks. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, only: { type: 'string' } } });
  const seed = values.seed ?? 'firebreak-1';
  const { ended, complaints, seen, whole } = await runVictim(seed, values.only);
  const rows = seen.filter(({ attack }) => attack !== 'none');
  for (const attack of new Set(rows.map((row) => row.attack))) {
    const own = rows.filter((row) => row.attack === attack);
    const ends = new Map<string, number>();
    for (const { end } of own) ends.set(end, (ends.get(end) ?? 0) + 1);
    const longest = Math.max(...own.map(({ blockedMs }) => blockedMs));
    const how = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
    say(`${attack.padEnd(40)} ${longest.toFixed(0).padStart(4)} ms of CPU at most   ${how}`);
  }
  say(
    `memory grew by ${whole?.grownMiB.toFixed(0) ?? '?'} MiB at most, the event loop was late by ${whole?.delayMs.toFixed(0) ?? '?'} ms at most`,
  );
  const failures = [
    ...(ended === '0' ? [] : [`the attacked process ended with ${ended}: ${complaints}`]),
    ...(whole !== undefined && whole.delayMs > BAR_DELAY_MS
      ? [`event loop late by ${whole.delayMs.toFixed(0)} ms`]
      : []),
    ...(whole !== undefined && whole.grownMiB > BAR_GROWTH_MIB
      ? [`memory grew by ${whole.grownMiB.toFixed(0)} MiB`]
      : []),
  ];
  for (const failure of failures) say(`MISSED: ${failure}`);
  process.stdout.write(`${JSON.stringify({ seed, attacks: rows.length, ...whole, failures })}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

void main();
