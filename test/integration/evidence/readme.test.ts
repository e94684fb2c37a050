import { spawnSync } from 'node:child_process';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readVerifier } from '../../../src/adapters/evidence-bag/verifier';
import { copyBag, redoManifests, redoTagManifests, resign } from './forger';
import type { World } from './world';
import { INCIDENT, OTHER_INCIDENT, makeSealedBag, makeWorld } from './world';

let world: World;
let genuine: string;
let bag: string;
let verifier: string;

beforeAll(async () => {
  world = await makeWorld();
  // A plus sign in the encoded key is what a careless command trips over; every other key has one.
  while (world.signer.vkey.split('+').length < 4) {
    await world.remove();
    world = await makeWorld();
  }
  genuine = await makeSealedBag(world);
  verifier = (await readVerifier()).sha256;
});

afterAll(() => world.remove());

beforeEach(async () => {
  bag = await copyBag(genuine, join(world.directory, 'received'));
});

/** Runs the commands of the README's n-th `sh` block as an outsider would, in the bag's folder. */
async function runBlock(index: number, incident: string = INCIDENT): Promise<number | null> {
  const readme = await readFile(join(genuine, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block ?? '');
  expect(blocks).toHaveLength(4);
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', blocks[index]!], {
    cwd: bag,
    env: { PATH: process.env['PATH'], VKEY: world.signer.vkey, INCIDENT: incident, VERIFIER: verifier },
  });
  return status;
}

const all = (incident?: string) =>
  [0, 1, 2, 3].reduce<Promise<(number | null)[]>>(
    async (before, index) => [...(await before), await runBlock(index, incident)],
    Promise.resolve([]),
  );

describe('E4 the README of a bag', () => {
  test('has commands that accept a genuine bag, and leave nothing in it', async () => {
    const before = await readdir(bag, { recursive: true });
    expect(await all()).toEqual([0, 0, 0, 0]);
    expect(await readdir(bag, { recursive: true })).toEqual(before);
  });

  test('has commands that see an edited, a planted and a missing file', async () => {
    const file = join(bag, 'data/web-1/logs/auth.log');
    await writeFile(file, 'x');
    expect((await all()).slice(0, 2)).toEqual([1, 1]);
    await copyBag(genuine, bag);
    await writeFile(join(bag, 'data/planted'), 'x');
    expect((await all()).slice(0, 2)).toEqual([1, 1]);
    await copyBag(genuine, bag);
    await rm(file);
    expect((await all()).slice(0, 2)).toEqual([1, 1]);
  });

  test('has commands that see another incident and a foreign signature', async () => {
    expect(await all(OTHER_INCIDENT)).toEqual([1, 0, 1, 0]);
    await resign(bag, { ...world.signer, sign: () => Promise.resolve(Buffer.alloc(64, 1)) });
    await redoTagManifests(bag);
    expect(await all()).toEqual([1, 0, 0, 1]);
  });

  test('has commands that run no exchanged verify.py', async () => {
    await writeFile(join(bag, 'verify.py'), 'print("SIGNED")\n');
    expect(await runBlock(0)).toBe(1);
  });

  test('has commands that see a cut tail', async () => {
    const chain = join(bag, 'evidence/chain.jsonl');
    await writeFile(chain, (await readFile(chain, 'utf8')).split('\n').slice(0, 4).join('\n').concat('\n'));
    await redoManifests(bag);
    expect(await all()).toEqual([1, 0, 1, 0]);
  });

  test('names the key by its name only: the key itself must come from elsewhere', async () => {
    const readme = await readFile(join(bag, 'README.md'), 'utf8');
    expect(readme).toContain('firebreak.example/evidence+xxxxxxxx+...');
    expect(readme).not.toContain(world.signer.vkey.split('+')[2]);
  });
});

describe('E6 verify.py on the command line', () => {
  const verify = (...words: string[]) =>
    spawnSync('python3', ['-I', join(bag, 'verify.py'), ...words], { encoding: 'utf8', cwd: '/' });
  const key = () => ['--key', world.signer.vkey];

  test('exits 0 for SIGNED only, 2 without key, incident or a usable key', async () => {
    expect(verify(...key(), '--incident', INCIDENT).status).toBe(0);
    expect(verify(...key(), '--incident', OTHER_INCIDENT).status).toBe(1);
    expect(verify('--incident', INCIDENT).status).toBe(2);
    expect(verify(...key()).status).toBe(2);
    expect(verify('--key', 'x+y+z', '--incident', INCIDENT).status).toBe(2);
    expect(verify(...key(), '--incident', '').status).toBe(2);
    await writeFile(join(bag, 'data/planted'), 'x');
    expect(verify(...key(), '--incident', INCIDENT).status).toBe(1);
  });

  test('prints every fault with layer, code and file, also as JSON, and no control characters', async () => {
    await writeFile(join(bag, 'data/\x1b[2Jplanted'), 'x');
    const { stdout } = verify('--bag', bag, ...key(), '--incident', INCIDENT);
    expect(stdout).toMatch(/^bag\/OXUM_MISMATCH bag-info.txt: /m);
    expect(stdout).toMatch(/^files\/UNRECORDED_FILE data\/.*planted: /m);
    expect(stdout).toMatch(/^BROKEN: INC-20261120-7F3K, 7 records$/m);
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    const json = JSON.parse(verify('--bag', bag, ...key(), '--incident', INCIDENT, '--json').stdout) as unknown;
    expect(json).toMatchObject({ verdict: 'BROKEN', incident: INCIDENT, records: 7 });
  });

  test('is under 390 lines and imports the standard library only', async () => {
    const source = await readFile(join(bag, 'verify.py'), 'utf8');
    expect(source.split('\n').length).toBeLessThanOrEqual(390);
    expect(source.match(/^ *(?:import|from) .*$/gm)).toEqual([
      'import sys',
      '    from posix import execv  # built in: no file can take its place',
      'import argparse, base64, hashlib, json, os, re, stat  # noqa: E401,E402',
    ]);
  });
});
