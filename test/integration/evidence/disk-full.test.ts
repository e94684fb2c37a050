import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { makeSigner } from './make-signer';
import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import type { EvidenceSigner } from '../../../src/adapters/evidence-bag/signer';
import type { EvidenceStore } from '../../../src/ports/evidence-store';
import { readRecords } from './forger';
import { INCIDENT, KEY_NAME, absenceInfo, addBytes, artefactInfo, opening, provenance, steadyClock } from './world';

const MIB = 1024 * 1024;
const DISK = 6 * MIB;
const RESERVE = 1 * MIB;

let directory: string;
let disk: string;
let signer: EvidenceSigner;
let store: EvidenceStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-full-'));
  disk = join(directory, 'disk');
  execFileSync('mkdir', [disk]);
  // A file system of its own that can really be full; needs root, and fails where that is not given.
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},nr_inodes=4096`, 'firebreak-test', disk]);
  signer = await makeSigner({ keyFile: join(directory, 'key.pem'), name: KEY_NAME });
  store = createEvidenceStore({ forensicsDir: disk, signer, now: steadyClock(), reserveBytes: RESERVE });
});

afterEach(async () => {
  // The lock's file is let go a moment after the last work.
  for (let tries = 0; spawnSync('umount', [disk]).status !== 0; tries += 1) {
    if (tries === 50) throw new Error(`${disk} is still in use`);
    await delay(50);
  }
  await rm(directory, { recursive: true });
});

const pump = (name: string, mebibytes: number, onWrite?: () => void) =>
  store.artefact(INCIDENT, provenance('logs:web-1'), name, async (write) => {
    for (let i = 0; i < mebibytes * 16; i += 1) {
      await write(Buffer.alloc(MIB / 16, i));
      onWrite?.();
    }
    return artefactInfo('web-1', name);
  });
const bagPath = (): string => join(disk, INCIDENT);
const verdict = async (): Promise<unknown> => {
  const { verdict: level, faults } = await verifyBag(bagPath(), { incident: INCIDENT, publicKey: signer.vkey });
  return { level, faults };
};
const full = { code: 'DISK_FULL' };

describe('E8 a full disk', () => {
  test('keeps what is there, takes absences and records, and can still be sealed', async () => {
    await store.open(opening());
    await addBytes(store, INCIDENT, 'web-1', 'small', 'x');
    let written = 0;
    await expect(pump('huge', 20, () => (written += 1))).rejects.toMatchObject(full);
    expect(written).toBeGreaterThan(16);
    // Not even one byte more from outside.
    await expect(writeFile(join(disk, 'other'), Buffer.alloc(MIB))).rejects.toMatchObject({ code: 'ENOSPC' });
    for (let i = 0; i < 30; i += 1) {
      await store.absence(INCIDENT, provenance(`logs:${i}`), absenceInfo('web-1', `journal ${'x'.repeat(2000)}`));
      await store.record(INCIDENT, provenance(`act:${i}`), 'act', { note: 'y'.repeat(2000) });
    }
    await expect(pump('another', 1)).rejects.toMatchObject(full);
    const sealed = await store.seal(INCIDENT);
    expect(sealed).toMatchObject({ artefacts: 1, absences: 30 });
    expect(await verdict()).toEqual({ level: 'SIGNED', faults: [] });
    const partial = (await readRecords(bagPath())).find(({ type }) => type === 'partial');
    expect(partial).toMatchObject({ reason: 'DISK_FULL', work: ['partial', 'logs:web-1', 'huge'] });
    expect(Number(partial?.['bytes'])).toBeGreaterThan(MIB);
  });

  test('takes the artefact after all when space was freed before the retry', async () => {
    await store.open(opening());
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(4 * MIB));
    await expect(pump('log', 2)).rejects.toMatchObject(full);
    await rm(ballast);
    expect((await pump('log', 2)).bytes).toBe(2 * MIB);
    await store.seal(INCIDENT);
    expect((await readRecords(bagPath())).map(({ type }) => type)).toEqual(['open', 'artefact', 'seal']);
    expect(await verdict()).toEqual({ level: 'SIGNED', faults: [] });
  });

  test('leaves the reserve that the seal needs however many records come, then refuses records', async () => {
    await store.open(opening());
    const free = await statfs(disk);
    await writeFile(join(disk, 'ballast'), Buffer.alloc(free.bavail * free.bsize));
    let accepted = 0;
    const flood = async (): Promise<void> => {
      for (; accepted < 2000; accepted += 1) {
        await store.record(INCIDENT, provenance(`act:${accepted}`), 'act', { note: 'y'.repeat(4000) });
      }
    };
    await expect(flood()).rejects.toMatchObject(full);
    expect(accepted).toBeGreaterThan(50);
    const chain = await readFile(join(bagPath(), 'evidence/chain.jsonl'));
    expect(chain.at(-1)).toBe(10);
    await store.seal(INCIDENT);
    expect(await readRecords(bagPath())).toHaveLength(accepted + 2);
    expect(await verdict()).toEqual({ level: 'SIGNED', faults: [] });
  });

  test('refuses to open a bag without room for the reserve, and leaves none behind', async () => {
    await writeFile(join(disk, 'ballast'), Buffer.alloc(DISK - MIB / 2));
    await expect(store.open(opening())).rejects.toMatchObject(full);
    expect(await store.entries(INCIDENT)).toEqual([]);
    await rm(join(disk, 'ballast'));
    await store.open(opening());
    expect(await readdir(join(disk, '.work', INCIDENT))).toEqual(['reserve']);
  });

  test('one that also stops a crashed attempt from being copied says that its bytes are not in the bag', async () => {
    await store.open(opening());
    let started: () => void = () => undefined;
    let giveUp: (reason: Error) => void = () => undefined;
    const halfWay = new Promise<void>((resolve) => (started = resolve));
    const hung = new Promise<never>((_, reject) => (giveUp = reject));
    const live = store.artefact(INCIDENT, provenance('logs:web-1'), 'live', async (write) => {
      await write(Buffer.alloc(3 * MIB, 1));
      started();
      return hung;
    });
    live.catch(() => undefined);
    await halfWay;
    const sealed = await store.seal(INCIDENT);
    giveUp(new Error('connection lost'));
    await expect(live).rejects.toThrow('connection lost');
    expect(sealed.artefacts).toBe(0);
    const partial = (await readRecords(bagPath())).find(({ type }) => type === 'partial');
    expect(partial).toMatchObject({ reason: 'interrupted', kept: false });
    expect(await verdict()).toEqual({ level: 'SIGNED', faults: [] });
  });
});
