import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import { compileFor } from './compiled';
import type { LooseRecord } from './forger';
import { readRecords } from './forger';
import { contentOf } from './worker-process';
import type { World } from './world';
import { INCIDENT, makeWorld } from './world';

const KILLS = 50;
const ARTEFACTS = 14;
/** Lines that a worker prints for that many artefacts: open, artefacts, absences, acts, seal. */
const CONFIRMATIONS = 1 + ARTEFACTS + 5 + 4 + 1;

let compiled: string;
let script: string;
let world: World;

beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'firebreak-compiled-'));
  script = compileFor(compiled, 'worker-process.ts');
});

afterAll(() => rm(compiled, { recursive: true }));

beforeEach(async () => {
  world = await makeWorld();
});

afterEach(() => world.remove());

/** Runs a worker and kills it `afterMs` behind its n-th confirmation; lets it end when that never comes. */
async function work(
  prefix: string,
  count: number,
  seal: boolean,
  kill?: { readonly confirmations: number; readonly afterMs: number },
): Promise<{ readonly confirmed: string[]; readonly killed: boolean }> {
  const child = spawn(
    process.execPath,
    [script, world.forensics, world.keyFile, prefix, String(count), seal ? 'seal' : 'leave'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const confirmed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    confirmed.push(line);
    if (confirmed.length === kill?.confirmations) void delay(kill.afterMs).then(() => child.kill('SIGKILL'));
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0 && code !== null) throw new Error(`the worker ended with ${code}`);
  return { confirmed, killed: code === null };
}

const bagPath = (): string => join(world.forensics, INCIDENT);
/** What the worker prints when it is confirmed. */
const nameOf = ({ type, name, provenance }: LooseRecord): string => {
  const key = (provenance as { readonly key?: string } | undefined)?.key;
  const of = typeof name === 'string' ? name : key;
  return of === undefined ? String(type) : `${String(type)} ${of}`;
};

async function expectWhole(confirmed: readonly string[]): Promise<void> {
  expect(await verifyBag(bagPath(), { incident: INCIDENT, publicKey: world.signer.vkey })).toMatchObject({
    verdict: 'SIGNED',
    faults: [],
  });
  const records = await readRecords(bagPath());
  const names = records.map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  // Whatever a kill leaves in the bag is known: nothing has to be set aside.
  expect(names.filter((name) => name.startsWith('stray') || name.startsWith('partial'))).toEqual([]);
  for (const name of new Set(confirmed)) expect(names).toContain(name);
  for (const record of records.filter(({ type }) => type === 'artefact')) {
    const index = Number(String(record['name']).split('-').at(-1));
    const expected = Buffer.concat(contentOf(String(record['name']), 1 + (index % 4)));
    expect(await readFile(join(bagPath(), String(record['path'])))).toEqual(expected);
  }
}

test(`E8 kill -9 at ${KILLS} points: nothing confirmed is lost, nothing is doubled, nothing is sealed twice`, async () => {
  let kills = 0;
  let killedBeforeSeal = 0;
  while (kills < KILLS) {
    // A bag is killed a few confirmations further every time, at last inside the seal; then comes the next bag.
    const confirmed = new Set<string>();
    while (!confirmed.has('seal')) {
      const progress = Math.min(confirmed.size + 1 + (kills % 3), CONFIRMATIONS - 1);
      const last = kills === KILLS || confirmed.size === CONFIRMATIONS - 1;
      const kill = { confirmations: progress, afterMs: (kills * 5) % 12 };
      const run = await work('w', ARTEFACTS, true, last ? undefined : kill);
      for (const line of run.confirmed) confirmed.add(line);
      const seals = (await readRecords(bagPath())).filter(({ type }) => type === 'seal').length;
      expect(seals).toBeLessThanOrEqual(1);
      kills += run.killed ? 1 : 0;
      killedBeforeSeal += run.killed && seals === 0 ? 1 : 0;
    }
    await expectWhole([...confirmed]);
    await rm(world.forensics, { recursive: true });
  }
  expect(kills).toBe(KILLS);
  expect(killedBeforeSeal).toBeGreaterThan(KILLS / 2);
});

test('E8 kill -9 while sealing: the next one finishes, with one seal record', async () => {
  const filled = await work('w', ARTEFACTS, false);
  const confirmed = [...filled.confirmed];
  for (let afterMs = 0; afterMs < 60; afterMs += 4) {
    // Everything is there already, so after `open` and the replies for known work comes only the seal.
    const run = await work('w', ARTEFACTS, true, { confirmations: filled.confirmed.length, afterMs });
    confirmed.push(...run.confirmed);
    if (!run.killed) break;
  }
  await work('w', ARTEFACTS, true);
  await expectWhole(confirmed);
  expect((await readRecords(bagPath())).filter(({ type }) => type === 'seal')).toHaveLength(1);
});

test('E8 several worker processes fill one bag at once, and one of them dies', async () => {
  const runs = await Promise.all([
    work('a', ARTEFACTS, false),
    work('b', ARTEFACTS, false),
    work('c', ARTEFACTS, false, { confirmations: 9, afterMs: 1 }),
    work('same', ARTEFACTS, false),
    work('same', ARTEFACTS, false),
  ]);
  expect(runs[2].killed).toBe(true);
  await work('c', ARTEFACTS, true);
  await expectWhole(runs.flatMap((run) => run.confirmed));
  const artefacts = (await readRecords(bagPath())).filter(({ type }) => type === 'artefact');
  expect(artefacts).toHaveLength(4 * ARTEFACTS);
});

test('E8 the lock of a dead process is free at once', async () => {
  await work('w', 2, false, { confirmations: 2, afterMs: 0 });
  await work('w', 2, true);
  expect(await readdir(join(world.forensics, '.work'))).toEqual([`${INCIDENT}.holds`]);
});
