// `npm test`: everything, on a machine that has nothing but Node (DESIGN §8). Says what it does while it does it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const step = (title, command, args) => {
  process.stderr.write(`\n── ${title}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stdout.write(`\n${title} failed\n0 passed, 1 failed\n`);
    process.exit(status ?? 1);
  }
};

const bin = (name) => `node_modules/.bin/${name}`;
step('install what Debian has to give', 'node', ['scripts/debian-packages.mjs']);
step('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
step('lint', bin('eslint'), ['.', '--max-warnings', '0']);
step('types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']);
step('dead code and dependencies', bin('knip'), []);
step('build', 'npm', ['run', 'build', '--silent']);
step('prepare the servers (a first Temporal build takes minutes)', 'node', ['scripts/prepare-caches.mjs']);

process.stderr.write('\n── tests\n');
const extra = process.argv.slice(2);
const run = spawnSync(
  process.execPath,
  [
    ...(existsSync('jest.config.cjs') ? ['node_modules/jest/bin/jest.js'] : []),
    '--runInBand',
    '--reporters=default',
    '--reporters=./scripts/summary-reporter.cjs',
    ...extra,
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=4096`.trim() },
  },
);
process.exit(run.status ?? 1);
