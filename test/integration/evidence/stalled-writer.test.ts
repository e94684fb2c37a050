import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { TestServer } from '../postgres/world';
import type { WriterReport } from './bag-writer';
import { fillAndSeal } from './bag-writer';
import { askBoth } from './both-verifiers';
import { compileFor } from './compiled';
import { readRecords } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, makeWorld } from './world';

/** Of all points at which a writer can stop, every so manieth is tried; the two ways of locking try different ones. */
const STRIDE = 9;
const AT_ONCE = 10;
const ROOT = join(__dirname, '../../..');

let server: TestServer;
let python: PythonVerifier;
let compiled: string;
let script: string;

beforeAll(async () => {
  server = await TestServer.start();
  python = startPythonVerifier();
  compiled = await mkdtemp(join(tmpdir(), 'firebreak-compiled-'));
  script = compileFor(compiled, 'bag-writer.ts');
});
afterAll(async () => {
  python.end();
  await server.stop();
  await rm(compiled, { recursive: true });
});

function startWriter(world: World, url: string, prefix: string, stopBefore = 0) {
  const given = [script, world.forensics, world.keyFile, url, prefix, String(stopBefore)];
  const child = spawn(process.execPath, given, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  const closed = once(child, 'close');
  return {
    /** True once it has stopped itself; false when it has ended. */
    stopped: async (): Promise<boolean> => {
      while (child.exitCode === null) {
        const state = await readFile(`/proc/${child.pid ?? 0}/stat`, 'utf8').catch(() => '');
        if (/^\d+ \(.*\) T/.test(state)) return true;
        await delay(10);
      }
      return false;
    },
    goOn: () => void child.kill('SIGCONT'),
    ended: async (): Promise<WriterReport> => {
      await closed;
      return JSON.parse(said) as WriterReport;
    },
  };
}

/** @returns the chain */
async function expectWhole(world: World): Promise<string> {
  const bag = join(world.forensics, INCIDENT);
  expect(await askBoth(python, bag, world.signer.vkey, INCIDENT)).toEqual({ verdict: 'SIGNED', faults: [] });
  const records = await readRecords(bag);
  const works = records.flatMap(({ work }) => (work === undefined ? [] : [JSON.stringify(work)]));
  expect(new Set(works).size).toBe(works.length);
  // Nobody has put anything there that is not known; what the first one was collecting may be half.
  expect(records.filter(({ type }) => type === 'stray')).toEqual([]);
  return readFile(join(bag, 'evidence/chain.jsonl'), 'utf8');
}

/** The first one stops before its n-th change, the second one takes over and seals, the first one wakes up. */
async function standStill(url: string, stopBefore: number): Promise<void> {
  const world = await makeWorld();
  const first = startWriter(world, url, 'first', stopBefore);
  const postgres = url === '' ? undefined : server.open(url);
  try {
    expect(await first.stopped()).toBe(true);
    const second = createEvidenceStore({
      forensicsDir: world.forensics,
      signer: world.signer,
      now: () => new Date(),
      ...(postgres === undefined ? {} : { locks: postgres.bagLocks }),
    });
    const came = await fillAndSeal(second, 'second');
    const sealed = await expectWhole(world);
    // The first one may have come as far as the seal.
    if (!sealed.includes('"second"')) expect(came).toContain('EVIDENCE_SEALED');
    else expect([stopBefore, came]).toEqual([stopBefore, came.map(() => 'done')]);

    first.goOn();
    const report = await first.ended();
    for (const word of report.came) expect(['done', 'EVIDENCE_SEALED']).toContain(word);
    expect(await expectWhole(world)).toBe(sealed);
    expect(await readdir(join(world.forensics, '.work'))).toEqual([`${INCIDENT}.holds`]);
  } finally {
    first.goOn();
    await first.ended().catch(() => undefined);
    await world.remove();
  }
}

test.each([
  ['the lock in PostgreSQL', true],
  ['the directory alone', false],
])(
  'E8 a writer that stands still before any of its changes, with %s: another one goes on, and the bag is whole when it wakes up',
  async (_, locked) => {
    const url = locked ? (await server.database()).url : '';
    const world = await makeWorld();
    const { changes, came } = await startWriter(world, url, 'alone').ended();
    await world.remove();
    expect(came).toEqual(came.map(() => 'done'));
    expect(changes).toBeGreaterThan(50);
    const points: number[] = [];
    for (let point = locked ? 1 : 3; point < changes; point += STRIDE) points.push(point);
    for (let from = 0; from < points.length; from += AT_ONCE) {
      const batch = points.slice(from, from + AT_ONCE);
      const urls = locked ? await Promise.all(batch.map(async () => (await server.database()).url)) : [];
      await Promise.all(batch.map((point, index) => standStill(urls[index] ?? '', point)));
    }
  },
  600_000,
);
