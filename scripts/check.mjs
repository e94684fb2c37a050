// `npm run check`: format, lint, types, dead code and unit tests, in a minute. What reads the code runs beside what runs it.
import { spawn } from 'node:child_process';

const bin = (name) => `node_modules/.bin/${name}`;

/** @returns the exit code */
const step = ([title, command, ...args]) =>
  new Promise((resolve) => {
    process.stderr.write(`── ${title}\n`);
    spawn(command, args, { stdio: 'inherit' }).once('exit', (code) => resolve(code ?? 1));
  });

/** One after the other, until one fails. */
async function lane(...steps) {
  for (const one of steps) {
    const code = await step(one);
    if (code !== 0) {
      process.stderr.write(`── ${one[0]} FAILED\n`);
      return code;
    }
  }
  return 0;
}

const codes = await Promise.all([
  lane(
    ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
    ['lint', bin('eslint'), '.', '--max-warnings', '0', '--cache'],
    ['types', bin('tsc'), '--noEmit', '-p', 'tsconfig.json'],
    ['dead code', bin('knip')],
  ),
  lane(['unit tests', bin('jest'), '--selectProjects', 'unit']),
]);
process.exit(Math.max(...codes));
