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
const summaries = [];
const run = (...args) => {
  const file = join(folder, `${summaries.length}.json`);
  summaries.push(file);
  return jest(args, { FIREBREAK_TEST_SUMMARY: file });
};

/** What compares the machine before and after: no other lab may come or go meanwhile. */
const ALONE = 'test/(e2e/demo|integration/lab)';
/** What computes runs beside what waits for hosts, servers and clocks. */
const [computing, waiting] = await Promise.all([
  run('--selectProjects', 'unit', 'activities', 'workflows', 'replay'),
  (async () => {
    const alone = await run('--selectProjects', 'integration', 'e2e', '--testPathPatterns', ALONE);
    const others = await Promise.all([
      run('--selectProjects', 'integration', 'attacks', '--testPathIgnorePatterns', ALONE),
      run('--selectProjects', 'e2e', 'chaos', '--testPathIgnorePatterns', ALONE),
    ]);
    return Math.max(alone, ...others);
  })(),
]);
// A run that died without a summary is a failure that no test could report.
SummaryReporter.print(
  summaries.map((file) =>
    existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1, skipped: [] },
  ),
);
rmSync(folder, { recursive: true });
process.exit(Math.max(computing, waiting));
