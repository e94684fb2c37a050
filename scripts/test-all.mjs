// `npm test`: everything, on a machine that has nothing but Node (DESIGN §8). Says what it does while it does it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_VERSIONS, nodeProgram } from './node-versions.mjs';
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
step('build', 'npm', ['run', 'build', '--silent']);
step('prepare the servers (a first Temporal build takes minutes)', 'node', ['scripts/prepare-caches.mjs']);

/** What reads the code and needs nothing running. */
const CHECKS = [
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ['lint', bin('eslint'), '.', '--max-warnings', '0'],
  ['types', bin('tsc'), '--noEmit', '-p', 'tsconfig.json'],
  ['dead code and dependencies', bin('knip')],
];

/** Beside tests that wait for hosts; what fails counts as a failed test. */
async function check() {
  for (const [title, command, ...args] of CHECKS) {
    process.stderr.write(`\n── ${title}\n`);
    const code = await new Promise((resolve) => spawn(command, args, { stdio: 'inherit' }).once('exit', resolve));
    if (code !== 0) failedChecks.push(`${title}: see its output above`);
  }
}
const failedChecks = [];

/** After its last test a run may take this long to end by itself; milliseconds. */
const LEFT_OPEN_MS = 30_000;

/** @returns the exit code; 1 too when the run had to be ended, so its summary decides */
const jest = (args, env = {}, program = process.execPath) =>
  new Promise((resolve) => {
    const reporters = ['--reporters=default', '--reporters=./scripts/summary-reporter.cjs'];
    const child = spawn(program, ['node_modules/jest/bin/jest.js', '--runInBand', ...args, ...reporters], {
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=4096`.trim(),
        ...env,
      },
    });
    child.once('exit', (code) => {
      clearInterval(watching);
      resolve(code ?? 1);
    });
    // All tests have spoken, but something that one of them left open keeps the process: said aloud, and ended.
    const { FIREBREAK_TEST_SUMMARY: summary } = env;
    let since;
    const watching = setInterval(() => {
      if (summary === undefined || !existsSync(summary)) return;
      since ??= Date.now();
      if (Date.now() - since < LEFT_OPEN_MS) return;
      clearInterval(watching);
      process.stderr.write(`\n── a test left something open: the run is over and is ended (${args.join(' ')})\n`);
      child.kill('SIGKILL');
    }, 1_000);
  });

process.stderr.write('\n── tests\n');
const chosen = process.argv.slice(2);
if (chosen.length > 0) process.exit(await jest(chosen));

const folder = mkdtempSync(join(tmpdir(), 'firebreak-tests-'));
const summaries = [];
const summaryFile = () => {
  const file = join(folder, `${summaries.length}.json`);
  summaries.push(file);
  return file;
};
const run = (...args) => jest(args, { FIREBREAK_TEST_SUMMARY: summaryFile() });

/**
 * What runs on real parts side by side may fail for want of the machine. A file that failed is run once more, with nothing beside it, and
 * counts as it does then; why it failed first is said, and is a fault to be found. More than REPEATED_MOST files are no accident.
 */
const REPEATED_MOST = 2;
const REAL_PARTS = /^test\/(attacks|chaos|e2e|integration)\//;
const repeated = [];
async function repeatOnce() {
  const read = summaries.filter(existsSync).map((file) => ({ file, counts: JSON.parse(readFileSync(file, 'utf8')) }));
  const failing = read.flatMap(({ file, counts }) =>
    counts.files.filter(({ failed }) => failed > 0).map((suite) => ({ summary: file, counts, suite })),
  );
  if (failing.length > REPEATED_MOST || failing.some(({ suite }) => !REAL_PARTS.test(suite.file))) return;
  for (const { summary, counts, suite } of failing) {
    process.stderr.write(`\n── once more, alone: ${suite.file}\n`);
    await run('--selectProjects', suite.file.split('/')[1], '--runTestsByPath', suite.file);
    const ofThis = (text) => text.startsWith(`${suite.file}: `);
    repeated.push(...counts.failures.filter(ofThis));
    counts.passed -= suite.passed;
    counts.failed -= suite.failed;
    counts.failures = counts.failures.filter((text) => !ofThis(text));
    writeFileSync(summary, JSON.stringify(counts));
  }
}

/** What compares the machine before and after: no other lab may come or go meanwhile. */
const ALONE = 'test/(e2e/demo|integration/lab)';
/** What waits for hosts most of its time, in three parts. */
const AT_HOSTS = 'test/integration/(blocks|collection)';
const ON_HOSTS = 'test/integration/(accounts|ends|monitoring)';
const CUT_OFF = 'test/integration/(hostile|isolation)';
/** What makes no lab, and so may run beside what must be alone. */
const WITHOUT_LAB = 'test/integration/(evidence|notifications|postgres|report)';
const without = (...patterns) => ['--testPathIgnorePatterns', ...patterns];
/** What computes runs beside what waits for hosts, servers and clocks. */
const alone = run('--selectProjects', 'integration', 'e2e', '--testPathPatterns', ALONE);
const withoutLab = run('--selectProjects', 'integration', '--testPathPatterns', WITHOUT_LAB);
await Promise.all([
  check(),
  run('--selectProjects', 'unit', 'activities'),
  run('--selectProjects', 'workflows', 'replay'),
  alone
    .then(() => run('--selectProjects', 'integration', '--testPathPatterns', AT_HOSTS))
    .then(() => run('--selectProjects', 'integration', '--testPathPatterns', ON_HOSTS)),
  alone.then(() => run('--selectProjects', 'e2e', ...without(ALONE))),
  alone
    .then(() => run('--selectProjects', 'chaos'))
    .then(() => run('--selectProjects', 'integration', '--testPathPatterns', CUT_OFF)),
  Promise.all([alone, withoutLab]).then(() =>
    run('--selectProjects', 'integration', 'attacks', ...without(ALONE, AT_HOSTS, ON_HOSTS, CUT_OFF, WITHOUT_LAB)),
  ),
]);
await repeatOnce();
/**
 * Unit, workflow and one whole flow on other versions of Node.js (`.ci/run` asks for it), after all else and side by side: one core each.
 * The version's own `node` is first on PATH for the children too.
 */
const ON_OTHER_VERSIONS = [
  ['--selectProjects', 'unit', 'workflows'],
  ['--selectProjects', 'e2e', '--testPathPatterns', 'test/e2e/operator-at-the-cli'],
];
const onVersion = async (version) => {
  const { bin, reason } = nodeProgram(version);
  if (bin === undefined) {
    writeFileSync(summaryFile(), JSON.stringify({ passed: 0, failed: 0, skipped: [`Node.js ${version}: ${reason}`] }));
    return;
  }
  process.stderr.write(`\n── tests on Node.js ${version}\n`);
  for (const args of ON_OTHER_VERSIONS) {
    const env = { FIREBREAK_TEST_SUMMARY: summaryFile(), PATH: `${bin}:${process.env.PATH}` };
    await jest(args, env, join(bin, 'node'));
  }
};
if (process.env.FIREBREAK_TEST_NODE_VERSIONS === '1') await Promise.all(NODE_VERSIONS.map(onVersion));
// A run that died without a summary is a failure that no test could report.
const counted = summaries.map((file) =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1, skipped: [] },
);
counted.push({ passed: 0, failed: failedChecks.length, skipped: [], failures: failedChecks });
for (const text of repeated) process.stdout.write(`REPEATED ${text}\n`);
SummaryReporter.print(counted);
rmSync(folder, { recursive: true });
process.exit(counted.some(({ failed }) => failed > 0) ? 1 : 0);
