import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSigner } from '../../../src/adapters/evidence-bag/signer';
import { makeSigner } from './make-signer';
import type { CommonVerdict } from './both-verifiers';
import { askBoth } from './both-verifiers';
import { copyBag, redoTagManifests, resign } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, KEY_NAME, makeSealedBag, makeWorld } from './world';

const CHAIN = 'evidence/chain.jsonl';
const CHECKPOINT = 'evidence/checkpoint';
const AUTH_LOG = 'data/web-1/logs/auth.log';

let world: World;
let genuine: string;
let bag: string;
let python: PythonVerifier;
let stranger: EvidenceSigner;

beforeAll(async () => {
  world = await makeWorld();
  genuine = await makeSealedBag(world);
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

describe('E6 checkpoint', () => {
  const withCheckpoint = async (edit: (text: string) => string): Promise<CommonVerdict> => {
    const path = join(bag, CHECKPOINT);
    await writeFile(path, edit(await readFile(path, 'utf8')));
    await redoTagManifests(bag);
    return ask();
  };
  const malformed = {
    verdict: 'BROKEN',
    faults: [`merkle/NO_ROOT ${CHECKPOINT}`, `checkpoint/MALFORMED ${CHECKPOINT}`],
  };
  const strangersLine = async (): Promise<string> => {
    const spare = await copyBag(genuine, join(world.directory, 'spare'));
    await resign(spare, stranger);
    return (await readFile(join(spare, CHECKPOINT), 'utf8')).split('\n').at(-2)!;
  };

  test('lines of other keys are ignored, before and behind ours', async () => {
    const line = await strangersLine();
    expect(await withCheckpoint((text) => `${text}${line}\n`)).toEqual({ verdict: 'SIGNED', faults: [] });
    expect(await withCheckpoint((text) => text.replace('\n\n', `\n\n${line}\n`))).toEqual({
      verdict: 'SIGNED',
      faults: [],
    });
  });

  test('only a line of another key', async () => {
    const line = await strangersLine();
    expect(await withCheckpoint((text) => text.replace(/— .*/, line))).toEqual({
      verdict: 'INTACT',
      faults: [`checkpoint/UNKNOWN_KEY ${CHECKPOINT}`],
    });
  });

  test('one good and one bad line of the pinned key', async () => {
    expect(
      await withCheckpoint((text) => {
        const line = text.split('\n').at(-2)!;
        const bytes = Buffer.from(line.split(' ')[2]!, 'base64');
        bytes[40]! ^= 1;
        return `${text}— ${KEY_NAME} ${bytes.toString('base64')}\n`;
      }),
    ).toEqual({ verdict: 'INTACT', faults: [`checkpoint/BAD_SIGNATURE ${CHECKPOINT}`] });
  });

  test.each<[string, (text: string) => string]>([
    ['CR LF', (text) => text.replaceAll('\n', '\r\n')],
    ['an extension line', (text) => text.replace('\n\n', '\nmore\n\n')],
    ['trailing bytes', (text) => `${text} `],
    ['nothing in it', () => ''],
    ['no signature', (text) => text.replace(/— .*\n/, '')],
    ['a leading zero in the size', (text) => text.replace('\n7\n', '\n07\n')],
    ['a byte order mark', (text) => text.replace(/^/, '\ufeff').replace('=\n\n', '\n\n')],
  ])('with %s is malformed', async (_, edit) => {
    expect(await withCheckpoint(edit)).toEqual(malformed);
  });
});

describe('E6 bag', () => {
  test('a symbolic link in place of a file', async () => {
    await rename(join(bag, AUTH_LOG), join(world.directory, 'elsewhere'));
    await symlink(join(world.directory, 'elsewhere'), join(bag, AUTH_LOG));
    const { verdict, faults } = await ask();
    expect(verdict).toBe('BROKEN');
    expect(faults).toContain(`bag/SYMLINK ${AUTH_LOG}`);
    expect(faults).toContain(`files/MISSING_FILE ${AUTH_LOG}`);
  });

  test('a symbolic link in place of a directory', async () => {
    await rename(join(bag, 'evidence'), join(world.directory, 'evidence'));
    await symlink(join(world.directory, 'evidence'), join(bag, 'evidence'));
    const { faults } = await ask();
    expect(faults).toContain('bag/SYMLINK evidence');
    expect(faults).toContain(`bag/MISSING_FILE ${CHAIN}`);
    await rm(join(world.directory, 'evidence'), { recursive: true });
  });

  test('extra files, directories and pipes, hostile names shown harmlessly', async () => {
    await writeFile(join(bag, 'evidence', 'note \x1b[2J\n.txt'), '');
    await writeFile(join(bag, '.hidden'), '');
    await mkdir(join(bag, 'data', 'empty', 'deeper'), { recursive: true });
    execFileSync('mkfifo', [join(bag, 'pipe')]);
    expect((await ask()).faults).toEqual([
      'bag/EXTRA_FILE .hidden',
      'bag/EXTRA_DIRECTORY data/empty',
      'bag/EXTRA_DIRECTORY data/empty/deeper',
      'bag/EXTRA_FILE evidence/note\\x20\\x1b[2J\\x0a.txt',
      'bag/SPECIAL_FILE pipe',
    ]);
  });

  test.each([
    'README.md',
    'bag-info.txt',
    'bagit.txt',
    CHAIN,
    CHECKPOINT,
    'manifest-sha256.txt',
    'manifest-sha512.txt',
    'tagmanifest-sha256.txt',
    'tagmanifest-sha512.txt',
    'verify.py',
    AUTH_LOG,
  ])('%s is missing', async (path) => {
    await rm(join(bag, path));
    const { verdict, faults } = await ask();
    expect(verdict).toBe('BROKEN');
    expect(faults.some((fault) => fault.endsWith(`/MISSING_FILE ${path}`))).toBe(true);
  });

  test('a manifest with CR LF, a doubled, a foreign and a cut line', async () => {
    await change('manifest-sha256.txt', (text) => text.replaceAll('\n', '\r\n'));
    await change('manifest-sha512.txt', (text) => `${text}${text}${'0'.repeat(128)}  ../outside`);
    await redoTagManifests(bag);
    const { faults } = await ask();
    expect(faults.filter((fault) => fault === 'manifest/BAD_LINE manifest-sha256.txt')).toHaveLength(3);
    expect(faults.filter((fault) => fault.startsWith('manifest/DUPLICATE_ENTRY'))).toHaveLength(3);
    expect(faults).toContain('manifest/BAD_LINE manifest-sha512.txt');
    expect(faults).toContain('manifest/BAD_ENDING manifest-sha512.txt');
  });

  test('wrong bagit.txt and bag-info.txt', async () => {
    await change('bagit.txt', (text) => text.replace('1.0', '0.97'));
    await change('bag-info.txt', (text) => `${text}\nPayload-Oxum: 1.1\nExternal-Identifier: ${INCIDENT}`);
    await redoTagManifests(bag);
    expect((await ask()).faults).toEqual([
      'bag/BAD_BAG_INFO bag-info.txt',
      'bag/OXUM_MISMATCH bag-info.txt',
      'bag/BAD_BAGIT_TXT bagit.txt',
    ]);
  });

  test('no bag at all', async () => {
    await rm(bag, { recursive: true });
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: ['bag/NOT_A_BAG .'] });
    await writeFile(bag, '');
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: ['bag/NOT_A_BAG .'] });
  });
});
