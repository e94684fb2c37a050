import { spawnSync } from 'node:child_process';
import { mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BAG_LIMITS } from '../../../src/adapters/evidence-bag/format/limits';
import { askBoth } from './both-verifiers';
import { copyBag, redoManifests } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, addBytes, makeSealedBag, makeWorld, opening, provenance } from './world';

const CHAIN = 'evidence/chain.jsonl';

let world: World;
let genuine: string;
let bag: string;
let python: PythonVerifier;

beforeAll(async () => {
  world = await makeWorld();
  genuine = await makeSealedBag(world);
  python = startPythonVerifier();
});

afterAll(async () => {
  python.end();
  await world.remove();
});

beforeEach(async () => {
  bag = await copyBag(genuine, join(world.directory, 'huge'));
});

const ask = () => askBoth(python, bag, world.signer.vkey, INCIDENT);

async function writeRepeated(path: string, piece: string, times: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < times; written += 1) await file.write(piece);
  } finally {
    await file.close();
  }
}

describe('H7 a huge bag gets a verdict from both verifiers', () => {
  test('a sparse chain of 2 GB: BROKEN, with its code', async () => {
    await truncate(join(bag, CHAIN), 2 * 1024 ** 3);
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`bag/TOO_LARGE ${CHAIN}`] });
  });

  test.each(['manifest-sha512.txt', 'tagmanifest-sha256.txt', 'README.md', 'evidence/checkpoint', 'bag-info.txt'])(
    'a sparse %s of 2 GB',
    async (path) => {
      await truncate(join(bag, path), 2 * 1024 ** 3);
      expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`bag/TOO_LARGE ${path}`] });
    },
  );

  test('a chain of one line without end', async () => {
    await writeRepeated(join(bag, CHAIN), 'x'.repeat(1024 * 1024), 17);
    expect((await ask()).faults).toContain(`chain/TOO_LARGE ${CHAIN}`);
  });

  test('a manifest of one line without end', async () => {
    await writeRepeated(join(bag, 'manifest-sha256.txt'), 'x'.repeat(1024 * 1024), 17);
    expect((await ask()).faults).toContain('manifest/TOO_LARGE manifest-sha256.txt');
  });

  test('a chain of more records than any bag has: a thousand faults of a code are listed, and that there are more', async () => {
    await writeRepeated(join(bag, CHAIN), '\n'.repeat(10_000), 26);
    const { verdict, faults } = await ask();
    expect(verdict).toBe('BROKEN');
    expect(faults).toContain(`chain/TOO_LARGE ${CHAIN}`);
    expect(faults.filter((fault) => fault === `chain/BAD_LINE ${CHAIN}`)).toHaveLength(1001);
  });

  test('folders deeper in each other than any program can follow', async () => {
    let folder = join(bag, 'data');
    for (let depth = 0; depth < 1500; depth += 1) folder += '/d';
    await mkdir(folder, { recursive: true });
    expect((await ask()).faults.filter((fault) => fault.includes('TOO_LARGE'))).toHaveLength(1);
  });

  test('a chain beyond the memory that the verifier is allowed ends in a verdict', async () => {
    await writeRepeated(join(bag, CHAIN), `${'['.repeat(999)}\n`, 200_000);
    await redoManifests(bag);
    const asked = ['--bag', bag, '--key', world.signer.vkey, '--incident', INCIDENT];
    const verifier = join(genuine, 'verify.py');
    // 190 MiB of chain; python3 alone takes some 30 MiB of address space.
    const result = spawnSync('sh', ['-c', 'ulimit -v 153600; exec python3 -I "$@"', 'sh', verifier, ...asked], {
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/^BROKEN: /m);
    expect(result.status).toBe(1);
  });
});

describe('H7 the store writes no bag that a verifier refuses for its size', () => {
  test('a record above the limit is refused with a code, and the bag can be sealed', async () => {
    const other = await makeWorld();
    try {
      await other.store.open(opening());
      await addBytes(other.store, INCIDENT, 'web-1', 'auth.log', 'x');
      const huge = { text: 'x'.repeat(BAG_LIMITS.lineBytes) };
      await expect(other.store.record(INCIDENT, provenance('plan'), 'plan', huge)).rejects.toMatchObject({
        code: 'INPUT_TOO_LARGE',
      });
      const sealed = await other.store.seal(INCIDENT);
      expect(await other.store.verify(sealed.path, { incident: INCIDENT, publicKey: other.signer.vkey })).toMatchObject(
        {
          verdict: 'SIGNED',
        },
      );
      expect((await readFile(join(sealed.path, CHAIN))).length).toBeLessThan(BAG_LIMITS.smallBytes);
      await writeFile(join(sealed.path, 'data/late'), 'x');
    } finally {
      await other.remove();
    }
  });
});
