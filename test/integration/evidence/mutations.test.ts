import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPairSync, sign } from 'node:crypto';
import { parseNote, signatureLine } from '../../../src/adapters/evidence-bag/format/signed-note';
import { makeVerificationKey, formatVerificationKey } from '../../../src/adapters/evidence-bag/format/verification-key';
import { askBoth } from './both-verifiers';
import { copyBag, redoTagManifests, resign, sha } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, makeSealedBag, makeWorld } from './world';

const FLIPS_PER_FILE = 24;
const FILES = [
  'README.md',
  'bag-info.txt',
  'bagit.txt',
  'evidence/chain.jsonl',
  'evidence/checkpoint',
  'manifest-sha256.txt',
  'manifest-sha512.txt',
  'tagmanifest-sha256.txt',
  'tagmanifest-sha512.txt',
  'verify.py',
  'data/web-1/logs/auth.log',
  'data/web-1/logs/noise',
];

let world: World;
let bag: string;
let python: PythonVerifier;

beforeAll(async () => {
  world = await makeWorld();
  bag = await copyBag(await makeSealedBag(world), join(world.directory, 'mutated'));
  python = startPythonVerifier();
});

afterAll(async () => {
  python.end();
  await world.remove();
});

/** Mulberry32: the same mutations in every run, so that a failure can be looked at. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const ask = () => askBoth(python, bag, world.signer.vkey, INCIDENT);

describe('E6 flipped bits', () => {
  test.each(FILES)('in %s break the bag, and both verifiers name the same faults', async (file) => {
    const path = join(bag, file);
    const genuine = await readFile(path);
    const random = randomNumbers(genuine.length);
    for (let count = 0; count < FLIPS_PER_FILE; count += 1) {
      const mutated = Buffer.from(genuine);
      mutated[random(genuine.length)]! ^= 1 << random(8);
      await writeFile(path, mutated);
      expect((await ask()).verdict).toBe('BROKEN');
    }
    await writeFile(path, genuine);
    expect(await ask()).toEqual({ verdict: 'SIGNED', faults: [] });
  });

  test.each([
    ['checkpoint', 'evidence/checkpoint'],
    ['chain', 'evidence/chain.jsonl'],
  ])('in the %s are found although the tag manifests were made anew', async (_, file) => {
    const path = join(bag, file);
    const genuine = await readFile(path);
    const random = randomNumbers(7);
    for (let count = 0; count < 2 * FLIPS_PER_FILE; count += 1) {
      const mutated = Buffer.from(genuine);
      mutated[random(genuine.length)]! ^= 1 << random(8);
      await writeFile(path, mutated);
      await redoTagManifests(bag);
      expect((await ask()).verdict).not.toBe('SIGNED');
    }
    await writeFile(path, genuine);
    await redoTagManifests(bag);
    expect(await ask()).toEqual({ verdict: 'SIGNED', faults: [] });
  });
});

test('E6 both verifiers read the same records in lines that JSON makes ambiguous', async () => {
  const path = join(bag, 'evidence/chain.jsonl');
  const genuine = await readFile(path, 'latin1');
  const ambiguous = [
    ['"seq":1', '"seq":1.0', 'SIGNED'],
    ['"seq":1', '"seq":1e0', 'SIGNED'],
    ['"seq":1', '"seq":7,"seq":1', 'SIGNED'],
    ['"seq":1', '"seq":-0', 'BROKEN'],
    ['"seq":1', '"seq":01', 'BROKEN'],
    ['"seq":1', '"seq":true', 'BROKEN'],
    ['"seq":1', '"seq":1e400', 'BROKEN'],
    ['"seq":1', `"seq":1${'0'.repeat(5000)}`, 'BROKEN'],
    ['"seq":1', '"seq":NaN', 'BROKEN'],
    ['"bytes":52', '"bytes":52.0', 'SIGNED'],
    ['"bytes":52', '"bytes":9007199254740993', 'BROKEN'],
    ['"artefacts":3', '"artefacts":3.0', 'SIGNED'],
    ['"name":"auth.log"', '"name":"\\ud800"', 'SIGNED'],
    ['"name":"auth.log"', '"name":"\xc3"', 'BROKEN'],
    ['"name":"auth.log"', '"name":"\xed\xa0\x80"', 'BROKEN'],
    ['"name":"auth.log"', '"name":"\x7f\xe2\x80\xa8"', 'SIGNED'],
    ['"name":"auth.log"', '"name":"\x01"', 'BROKEN'],
    ['"name":"auth.log"', '"__proto__":{"path":"data/x"}', 'SIGNED'],
    ['"type":"plan"', '"path":null,"type":"plan"', 'BROKEN'],
    ['"type":"plan"', '"type" :\t"plan"', 'SIGNED'],
    ['"type":"open"', '"type":"\\u006fpen"', 'SIGNED'],
  ] as const;
  for (const [from, to, verdict] of ambiguous) {
    expect(genuine).toContain(from);
    await writeFile(path, relinked(genuine.replace(from, to)), 'latin1');
    await resign(bag, world.signer);
    await redoTagManifests(bag);
    expect({ to, verdict: (await ask()).verdict }).toEqual({ to, verdict });
  }
});

/** The same lines with `prev` made to fit as text, whatever else they hold. */
function relinked(chain: string): string {
  let prev = '0'.repeat(64);
  const lines = chain.split('\n').slice(0, -1);
  const linked = lines.map((line) => {
    const next = line.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    prev = sha('sha256', Buffer.from(next, 'latin1'));
    return `${next}\n`;
  });
  return linked.join('');
}

describe('E4 verify.py', () => {
  test('checks Ed25519 as openssl does, for random keys, texts and damaged signatures', async () => {
    const fresh = await makeWorld();
    const spare = await makeSealedBag(fresh);
    for (let round = 0; round < 20; round += 1) {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      const key = makeVerificationKey(
        `key${round}.example`,
        publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
      );
      const note = parseNote(await readFile(join(spare, 'evidence/checkpoint')))!;
      const signature = sign(null, Buffer.from(note.text), privateKey);
      if (round % 2 === 1) signature[(7 * round) % 64]! ^= 1 << (round % 8);
      await writeFile(join(spare, 'evidence/checkpoint'), `${note.text}\n${signatureLine(key, signature)}`);
      await redoTagManifests(spare);
      const { faults } = await askBoth(python, spare, formatVerificationKey(key), INCIDENT);
      const expected = round % 2 === 1 ? ['checkpoint/BAD_SIGNATURE evidence/checkpoint'] : [];
      expect(faults).toEqual([...expected, 'identity/WRONG_ORIGIN evidence/checkpoint']);
    }
    await fresh.remove();
  });
});
