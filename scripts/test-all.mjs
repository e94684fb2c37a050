// `npm test`: everything, on a machine that has nothing but Node (DESIGN §8). Says what it does while it does it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SummaryReporter from './summary-reporter.cjs';

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

/** What needs nothing but this machine's CPU runs beside what mostly waits for hosts, servers and clocks. */
const GROUPS = [
  ['unit', 'activities', 'workflows', 'replay'],
  ['integration', 'e2e', 'chaos'],
];

const jest = (args, env = {}) =>
  new Promise((resolve) => {
    const reporters = ['--reporters=default', '--reporters=./scripts/summary-reporter.cjs'];
    const child = spawn(process.execPath, ['node_modules/jest/bin/jest.js', '--runInBand', ...reporters, ...args], {
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=4096`.trim(),
        ...env,
      },
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });

process.stderr.write('\n── tests\n');
const chosen = process.argv.slice(2);
if (chosen.length > 0) process.exit(await jest(chosen));

const folder = mkdtempSync(join(tmpdir(), 'firebreak-tests-'));
const summaryOf = (index) => join(folder, `${index}.json`);
const codes = await Promise.all(
  GROUPS.map((projects, index) =>
    jest(['--selectProjects', ...projects], { FIREBREAK_TEST_SUMMARY: summaryOf(index) }),
  ),
);
// A run that died without a summary is a failure that no test could report.
SummaryReporter.print(
  GROUPS.map((_projects, index) =>
    existsSync(summaryOf(index))
      ? JSON.parse(readFileSync(summaryOf(index), 'utf8'))
      : { passed: 0, failed: 1, skipped: [] },
  ),
);
rmSync(folder, { recursive: true });
process.exit(Math.max(...codes));
