import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readRecord } from '../../demo/lab/lab-record';
import { NO_TRACES, tracesOf } from '../integration/lab/support/traces';
import { CLI, jsonOf, runCli } from '../support/run-cli';

const SHELTER = '/var/lib/firebreak/postgres';
const NOTES = '/run/firebreak-world';

/** Real demos, ended at the worst of moments; their temporary files go into a directory of the test's own. */
let home: string;
let demo: Demo | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(async () => {
  demo?.child.kill('SIGKILL');
  await demo?.ended;
  await labDown();
  rmSync(home, { recursive: true, force: true });
});

interface Demo {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: string[];
  readonly ended: Promise<number | null>;
  /** Waits for a line. */
  says(words: RegExp): Promise<void>;
}

function environment(): Record<string, string> {
  const { PATH = '', FIREBREAK_CACHE_DIR = '' } = process.env;
  return { PATH, HOME: home, TMPDIR: home, FIREBREAK_CACHE_DIR };
}

function startDemo(): Demo {
  const child = spawn(process.execPath, [CLI, 'demo', '--once', '--json'], { cwd: home, env: environment() });
  const lines: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const listener of listeners) listener();
    });
  }
  const says = (words: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const listener = (): void => {
        if (lines.some((line) => words.test(line))) resolve();
      };
      listeners.add(listener);
      listener();
      void ended.then(() => reject(new Error(`it ended before it said ${String(words)}:\n${lines.join('\n')}`)));
    });
  demo = { child, lines, ended, says };
  return demo;
}

const labDown = () => runCli(['lab', 'down', '--json'], { cwd: home, env: environment() });

/** What a demo makes outside of its lab, found by looking; what is kept on purpose (`var`) is left out. */
function footprint(): Record<string, readonly string[]> {
  return {
    accounts: ['/etc/passwd', '/etc/group', '/etc/shadow'].map((file) => readFileSync(file, 'utf8')),
    temporaryFiles: namesIn(home).filter((name) => name !== 'var'),
    processes: namesIn('/proc')
      .flatMap((pid) => contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
      .filter((line) => line.includes(home) || databases().some((database) => line.includes(database))),
    databases: databases(),
    notes: namesIn(NOTES).filter((name) => targetOf(join(NOTES, name)).startsWith(home)),
  };
}

/** Waits until the footprint has some of each. */
async function hasAllOf(kinds: readonly string[]): Promise<void> {
  const missing = (): readonly string[] => {
    const found = footprint();
    return kinds.filter((kind) => found[kind]?.length === 0);
  };
  for (let look = 0; look < 4_000 && missing().length > 0; look += 1) await new Promise((next) => setTimeout(next, 50));
  expect(missing()).toEqual([]);
}

/** Databases that lie elsewhere, because PostgreSQL's account cannot enter the demo's directory. */
function databases(): readonly string[] {
  return namesIn(SHELTER).filter((name) => name.endsWith('.for') && contentOf(join(SHELTER, name)).startsWith(home));
}

/** The demo's lab, once it is written down. */
function labOf({ lines }: Demo): { readonly id: string; readonly network: number } | undefined {
  const id = lines.map((line) => /\bLab (\w+): laying the network/.exec(line)?.[1]).find(Boolean);
  const record = id === undefined ? undefined : readRecord(id);
  return record === undefined ? undefined : { id: record.id, network: record.network };
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('O1 the machine is as it was', () => {
  test.each([
    ['comes up', /Booting/],
    ['responds', /^ {2}containing/],
  ])('O1 kill -9 of the whole demo while it %s, then `lab down`', async (_when, moment) => {
    const before = footprint();
    const { child, says, ended } = startDemo();
    await says(moment);
    // Lab and database come up side by side; what is compared afterwards must be able to differ.
    await hasAllOf(['temporaryFiles', 'databases', 'notes']);
    const lab = labOf(demo as Demo);
    child.kill('SIGKILL');
    await ended;
    if (lab === undefined) throw new Error('there was no lab to kill');
    expect(tracesOf(lab.id, lab.network)).not.toEqual(NO_TRACES);
    const clusters = databases().map((name) => name.slice(0, -'.for'.length));

    const run = await labDown();

    expect({ code: run.code, remaining: jsonOf(run)['remaining'] }).toEqual({ code: 0, remaining: [] });
    expect(tracesOf(lab.id, lab.network)).toEqual(NO_TRACES);
    expect(footprint()).toEqual(before);
    for (const cluster of clusters) expect(namesIn(SHELTER).filter((name) => name.startsWith(cluster))).toEqual([]);
    expect(jsonOf(await labDown())).toMatchObject({ directories: [], remaining: [] });
  });

  test.each([
    ['SIGINT', 'comes up', /Provisioning/],
    ['SIGTERM', 'responds', /^ {2}containing/],
  ] as const)('O2 %s while it %s: it takes everything down itself and says so', async (signal, _when, moment) => {
    const before = footprint();
    const { child, says, ended, lines } = startDemo();
    await says(moment);
    const lab = labOf(demo as Demo);
    child.kill(signal);
    expect(await ended).toBe(1);
    expect(lines).toContainEqual(expect.stringContaining('interrupted: everything is taken down'));
    expect(lines.map((line) => line.trim())).toContain('{"interrupted":true}');
    if (lab === undefined) throw new Error('there was no lab');
    expect(tracesOf(lab.id, lab.network)).toEqual(NO_TRACES);
    expect(footprint()).toEqual(before);
  });
});

test('O2 the whole demo: every line of the proof holds, its figures add up, and only report and evidence are left', async () => {
  const before = footprint();
  const { ended, lines } = startDemo();
  const code = await ended;
  const lab = labOf(demo as Demo);
  expect(lab).toBeUndefined();
  const result = JSON.parse(lines.find((line) => line.startsWith('{')) ?? '{}') as {
    readonly blocks: Record<string, number>;
    readonly checks: readonly { readonly what: string; readonly ok: boolean; readonly seen: string }[];
    readonly evidence: { readonly bag: string };
    readonly report: { readonly pdf: Readonly<Record<string, string>> };
  };
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(code).toBe(0);
  const { requested, ...outcomes } = result.blocks;
  // 1,000 attackers, the operator's own address and everybody, on two hosts.
  expect(requested).toBe(2 * 1_002);
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(requested);
  expect(outcomes).toMatchObject({ refused: 4, missing: 0, unknown: 0, failed: 0 });
  for (const path of [result.evidence.bag, ...Object.values(result.report.pdf)]) {
    expect(path.startsWith(join(home, 'var', 'demo'))).toBe(true);
    expect(existsSync(path)).toBe(true);
  }
  expect(footprint()).toEqual(before);
});
