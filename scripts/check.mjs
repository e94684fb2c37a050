// `npm run check`: format, lint, types, dead code and unit tests, in a minute.
import { spawnSync } from 'node:child_process';

const bin = (name) => `node_modules/.bin/${name}`;
for (const [title, command, args] of [
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['lint', bin('eslint'), ['.', '--max-warnings', '0', '--cache']],
  ['types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  ['dead code', bin('knip'), []],
  ['unit tests', bin('jest'), ['--selectProjects', 'unit']],
]) {
  process.stderr.write(`── ${title}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
