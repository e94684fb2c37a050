import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSigner } from '../../../src/adapters/evidence-bag/signer';
import { makeSigner } from './make-signer';
import type { CommonVerdict } from './both-verifiers';
import { askBoth } from './both-verifiers';
import type { LooseRecord } from './forger';
import { copyBag, readRecords, redoManifests, redoTagManifests, resign, rewriteChain, sha } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, KEY_NAME, OTHER_INCIDENT, makeSealedBag, makeWorld } from './world';

const CHAIN = 'evidence/chain.jsonl';
const CHECKPOINT = 'evidence/checkpoint';
const AUTH_LOG = 'data/web-1/logs/auth.log';

let world: World;
let genuine: string;
let otherGenuine: string;
let bag: string;
let python: PythonVerifier;
let stranger: EvidenceSigner;

beforeAll(async () => {
  world = await makeWorld();
  genuine = await makeSealedBag(world);
  otherGenuine = await makeSealedBag(world, OTHER_INCIDENT);
  stranger = await makeSigner({ keyFile: join(world.directory, 'keys', 'stranger.pem'), name: KEY_NAME });
  python = startPythonVerifier();
});

afterAll(async () => {
  python.end();
  await world.remove();
});

beforeEach(async () => {
  bag = await copyBag(genuine, join(world.directory, 'attacked'));
});

const ask = (): Promise<CommonVerdict> => askBoth(python, bag, world.signer.vkey, INCIDENT);
const change = async (path: string, edit: (text: string) => string): Promise<void> =>
  writeFile(join(bag, path), edit(await readFile(join(bag, path), 'latin1')), 'latin1');
const forgeChain = async (edit: (records: LooseRecord[]) => LooseRecord[], recount = true): Promise<void> => {
  await rewriteChain(bag, edit(await readRecords(bag)), recount);
  await redoManifests(bag);
};
/** As `forgeChain`, by somebody who holds the pinned key: what is left to catch is what the records themselves say. */
const forgeAsInsider = async (edit: (records: LooseRecord[]) => LooseRecord[], recount = true): Promise<void> => {
  await rewriteChain(bag, edit(await readRecords(bag)), recount);
  await resign(bag, world.signer);
  await redoManifests(bag);
};

test('E6 an untouched bag is SIGNED, without faults', async () => {
  expect(await ask()).toEqual({ verdict: 'SIGNED', faults: [] });
});

test('E6 a copy of a bag is as good as the bag', async () => {
  execFileSync('tar', ['-cf', join(world.directory, 'bag.tar'), '-C', genuine, '.']);
  await rm(bag, { recursive: true });
  await mkdir(bag);
  execFileSync('tar', ['-xf', join(world.directory, 'bag.tar'), '-C', bag]);
  expect(await ask()).toEqual({ verdict: 'SIGNED', faults: [] });
});

describe('E6 attack matrix', () => {
  test('1: an edited file', async () => {
    await change(AUTH_LOG, (text) => text.replace('root', 'moot'));
    expect(await ask()).toEqual({
      verdict: 'BROKEN',
      faults: [
        `manifest/HASH_MISMATCH ${AUTH_LOG}`,
        `manifest/HASH_MISMATCH ${AUTH_LOG}`,
        `files/HASH_MISMATCH ${AUTH_LOG}`,
      ],
    });
  });

  test('2: an edited file with new manifests', async () => {
    await change(AUTH_LOG, (text) => text.replace('root', 'moot'));
    await redoManifests(bag);
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`files/HASH_MISMATCH ${AUTH_LOG}`] });
  });

  test('3: a planted file', async () => {
    await writeFile(join(bag, 'data/web-1/logs/alibi.log'), 'I was at home\n');
    expect(await ask()).toEqual({
      verdict: 'BROKEN',
      faults: [
        'bag/OXUM_MISMATCH bag-info.txt',
        'manifest/UNLISTED_FILE data/web-1/logs/alibi.log',
        'manifest/UNLISTED_FILE data/web-1/logs/alibi.log',
        'files/UNRECORDED_FILE data/web-1/logs/alibi.log',
      ],
    });
  });

  test('3b: a planted file with new manifests', async () => {
    await writeFile(join(bag, 'data/web-1/logs/alibi.log'), 'I was at home\n');
    await redoManifests(bag);
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: ['files/UNRECORDED_FILE data/web-1/logs/alibi.log'] });
  });

  test('4: a deleted file with new manifests and a new chain', async () => {
    await rm(join(bag, AUTH_LOG));
    await forgeChain((records) => records.filter((record) => record['path'] !== AUTH_LOG));
    expect(await ask()).toEqual({
      verdict: 'BROKEN',
      faults: [`merkle/ROOT_MISMATCH ${CHECKPOINT}`, `merkle/SIZE_MISMATCH ${CHECKPOINT}`],
    });
  });

  test('5: another order with a new chain', async () => {
    await forgeChain(([open, first, second, ...rest]) => [open!, second!, first!, ...rest]);
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`merkle/ROOT_MISMATCH ${CHECKPOINT}`] });
  });

  test('6: a cut tail under a genuine older checkpoint', async () => {
    // The holder of the key once signed the first four records; the attacker has kept that signature.
    await forgeAsInsider((records) => records.slice(0, 4));
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`seal/UNSEALED ${CHAIN}`] });
  });

  test('7: the genuine bag of another incident', async () => {
    await copyBag(otherGenuine, bag);
    expect(await ask()).toEqual({
      verdict: 'INTACT',
      faults: [
        'identity/WRONG_INCIDENT bag-info.txt',
        `identity/WRONG_INCIDENT ${CHAIN}`,
        `identity/WRONG_ORIGIN ${CHECKPOINT}`,
      ],
    });
  });

  test('7b: the genuine bag of another incident with every name changed but the signature', async () => {
    await copyBag(otherGenuine, bag);
    await change('bag-info.txt', (text) => text.replace(OTHER_INCIDENT, INCIDENT));
    await forgeChain((records) => records.map((record) => ({ ...record, incident: INCIDENT })));
    expect(await ask()).toEqual({
      verdict: 'BROKEN',
      faults: [`merkle/ROOT_MISMATCH ${CHECKPOINT}`, `identity/WRONG_ORIGIN ${CHECKPOINT}`],
    });
  });

  test('8: everything rewritten under the attacker’s own key of the same name', async () => {
    await change(AUTH_LOG, (text) => text.replace('Accepted', 'Rejected'));
    const content = await readFile(join(bag, AUTH_LOG));
    const hashes = { sha256: sha('sha256', content), sha512: sha('sha512', content) };
    await rewriteChain(
      bag,
      (await readRecords(bag)).map((record) =>
        record['path'] === AUTH_LOG ? { ...record, ...hashes } : { ...record, signer: stranger.vkey },
      ),
    );
    await resign(bag, stranger);
    await redoManifests(bag);
    expect(await ask()).toEqual({ verdict: 'INTACT', faults: [`checkpoint/UNKNOWN_KEY ${CHECKPOINT}`] });
    expect(await askBoth(python, bag, stranger.vkey, INCIDENT)).toEqual({ verdict: 'SIGNED', faults: [] });
  });

  test.each(['verify.py', 'README.md'])('9: an exchanged %s under new tag manifests', async (file) => {
    await change(file, (text) => `${text}\n`);
    await redoTagManifests(bag);
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`seal/TAG_MISMATCH ${file}`] });
  });
});

describe('E6 chain', () => {
  const onlyChain = async (edit: (lines: string[]) => string[]): Promise<CommonVerdict> => {
    await change(CHAIN, (text) => `${edit(text.split('\n').slice(0, -1)).join('\n')}\n`);
    await redoTagManifests(bag);
    return ask();
  };
  const root = `merkle/ROOT_MISMATCH ${CHECKPOINT}`;
  const size = `merkle/SIZE_MISMATCH ${CHECKPOINT}`;

  test('a dropped line', async () => {
    const { faults } = await onlyChain((lines) => lines.filter((_, index) => index !== 4));
    expect(faults).toEqual([
      `chain/BAD_PREV ${CHAIN}`,
      `chain/BAD_SEQ ${CHAIN}`,
      `chain/BAD_SEQ ${CHAIN}`,
      `seal/COUNT_MISMATCH ${CHAIN}`,
      root,
      size,
    ]);
  });

  test('a doubled line: the number comes twice', async () => {
    const { faults } = await onlyChain(([open, first, ...rest]) => [open!, first!, first!, ...rest]);
    expect(faults).toContain(`chain/BAD_SEQ ${CHAIN}`);
    expect(faults).toContain(`chain/BAD_PREV ${CHAIN}`);
    expect(faults).toContain(`files/DUPLICATE_PATH ${AUTH_LOG}`);
    expect(faults).toContain(`seal/COUNT_MISMATCH ${CHAIN}`);
  });

  test('two swapped lines', async () => {
    const { faults } = await onlyChain(([open, first, second, ...rest]) => [open!, second!, first!, ...rest]);
    expect(faults).toEqual([
      `chain/BAD_PREV ${CHAIN}`,
      `chain/BAD_PREV ${CHAIN}`,
      `chain/BAD_PREV ${CHAIN}`,
      `chain/BAD_SEQ ${CHAIN}`,
      `chain/BAD_SEQ ${CHAIN}`,
      root,
    ]);
  });

  test('a line of another incident spliced in', async () => {
    const other = (await readFile(join(otherGenuine, CHAIN), 'latin1')).split('\n');
    const { faults } = await onlyChain((lines) => lines.map((line, index) => (index === 4 ? other[4]! : line)));
    expect(faults).toEqual([
      `chain/BAD_PREV ${CHAIN}`,
      `chain/BAD_PREV ${CHAIN}`,
      `chain/MIXED_INCIDENTS ${CHAIN}`,
      root,
    ]);
  });

  test('CR LF line ends', async () => {
    const { verdict, faults } = await onlyChain((lines) => lines.map((line) => `${line}\r`));
    expect(verdict).toBe('BROKEN');
    expect(faults.filter((fault) => fault === `chain/BAD_LINE_ENDING ${CHAIN}`)).toHaveLength(7);
  });

  test('an empty line, a line that is no JSON, a line with a NUL', async () => {
    const { faults } = await onlyChain((lines) => [...lines.slice(0, 3), '', 'x', '\0', ...lines.slice(3)]);
    expect(faults.filter((fault) => fault === `chain/BAD_LINE ${CHAIN}`)).toHaveLength(3);
  });

  test('trailing bytes', async () => {
    await appendFile(join(bag, CHAIN), ' ');
    await redoTagManifests(bag);
    expect((await ask()).faults).toEqual([
      `chain/BAD_ENDING ${CHAIN}`,
      `chain/BAD_LINE ${CHAIN}`,
      `seal/AFTER_SEAL ${CHAIN}`,
      `seal/UNSEALED ${CHAIN}`,
      root,
      size,
    ]);
  });

  test('an empty chain', async () => {
    await truncate(join(bag, CHAIN), 0);
    await redoTagManifests(bag);
    const { faults } = await ask();
    expect(faults).toContain(`chain/EMPTY ${CHAIN}`);
    expect(faults).toContain(`seal/UNSEALED ${CHAIN}`);
  });

  test('a tail cut at every record', async () => {
    for (let kept = 1; kept < 7; kept += 1) {
      await copyBag(genuine, bag);
      const { verdict, faults } = await onlyChain((lines) => lines.slice(0, kept));
      expect(verdict).toBe('BROKEN');
      expect(faults).toContain(`seal/UNSEALED ${CHAIN}`);
      expect(faults).toContain(size);
    }
  });
});

describe('E6 what even the holder of the key cannot make fit', () => {
  test('records behind the seal', async () => {
    await forgeAsInsider((records) => [...records, { ...records[5], note: 'later' }]);
    expect((await ask()).faults).toEqual([`seal/AFTER_SEAL ${CHAIN}`, `seal/UNSEALED ${CHAIN}`]);
  });

  test('two seals', async () => {
    await forgeAsInsider((records) => [...records, records[6]!]);
    expect((await ask()).faults).toEqual([`seal/AFTER_SEAL ${CHAIN}`]);
  });

  test('a seal that counts something else', async () => {
    await forgeAsInsider((records) => records.map((r) => (r['type'] === 'seal' ? { ...r, artefacts: 2 } : r)), false);
    expect((await ask()).faults).toEqual([`seal/COUNT_MISMATCH ${CHAIN}`]);
  });

  test('a second open record, or none', async () => {
    await forgeAsInsider(([open, ...rest]) => [open!, { ...open }, ...rest]);
    expect((await ask()).faults).toEqual([`chain/BAD_OPEN ${CHAIN}`]);
    await copyBag(genuine, bag);
    await forgeAsInsider((records) => records.slice(1));
    expect((await ask()).faults).toEqual([`chain/BAD_OPEN ${CHAIN}`]);
  });

  test('a record with a path that leaves the bag, or without hashes', async () => {
    for (const forged of [{ path: 'data/../../x' }, { sha512: undefined }, { bytes: '52' }, { path: 7 }]) {
      await copyBag(genuine, bag);
      await forgeAsInsider((records) => records.map((r) => (r['path'] === AUTH_LOG ? { ...r, ...forged } : r)));
      expect((await ask()).faults).toEqual([`files/UNRECORDED_FILE ${AUTH_LOG}`, `files/BAD_RECORD ${CHAIN}`]);
    }
  });

  test('two records of one file', async () => {
    await forgeAsInsider(([open, first, ...rest]) => [open!, first!, first!, ...rest]);
    expect((await ask()).faults).toEqual([`files/DUPLICATE_PATH ${AUTH_LOG}`]);
  });

  test('a wrong size in a record', async () => {
    await forgeAsInsider((records) => records.map((r) => (r['path'] === AUTH_LOG ? { ...r, bytes: 53 } : r)));
    expect((await ask()).faults).toEqual([`files/SIZE_MISMATCH ${AUTH_LOG}`]);
  });

  test('a wrong origin, a wrong size', async () => {
    await resign(bag, world.signer, `${KEY_NAME}/INC-20261120-9999`);
    await redoTagManifests(bag);
    expect(await ask()).toEqual({ verdict: 'INTACT', faults: [`identity/WRONG_ORIGIN ${CHECKPOINT}`] });
    await resign(bag, world.signer, undefined, 6);
    await redoTagManifests(bag);
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: [`merkle/SIZE_MISMATCH ${CHECKPOINT}`] });
  });
});
