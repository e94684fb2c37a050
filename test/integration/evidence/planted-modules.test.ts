import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyBag, resign } from './forger';
import type { World } from './world';
import { INCIDENT, makeSealedBag, makeWorld } from './world';

/** What verify.py imports, and what Python itself imports before it. */
const MODULES = [
  'argparse',
  'base64',
  'hashlib',
  'json',
  'os',
  're',
  'stat',
  'posix',
  'encodings',
  'struct',
  'gettext',
];
const AT_START = ['sitecustomize', 'usercustomize'];

let world: World;
let genuine: string;
let bag: string;
let marker: string;

beforeAll(async () => {
  world = await makeWorld();
  genuine = await makeSealedBag(world);
  marker = join(world.directory, 'planted-code-ran');
});

afterAll(() => world.remove());

/** A genuine bag with modules beside verify.py that write a mark and say SIGNED. */
async function plant(names: readonly string[]): Promise<void> {
  await rm(marker, { force: true });
  bag = await copyBag(genuine, join(world.directory, 'received'));
  const code = [
    `open(${JSON.stringify(marker)}, "w").close()`,
    `print("SIGNED: ${INCIDENT}, 7 records", flush=True)`,
    '__import__("posix")._exit(0)',
  ].join('\n');
  await mkdir(join(bag, '__pycache__'));
  for (const name of names) {
    await writeFile(join(bag, `${name}.py`), code);
    await mkdir(join(bag, name));
    await writeFile(join(bag, name, '__init__.py'), code);
  }
  // A cache that names its source by nothing is taken without a look at the source (PEP 552, unchecked).
  const compile = [
    'import py_compile, sys',
    'for name in sys.argv[2:]:',
    '  for place in (None, f"{sys.argv[1]}/{name}.pyc"):',
    '    py_compile.compile(f"{sys.argv[1]}/{name}.py", cfile=place, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)',
  ].join('\n');
  execFileSync('python3', ['-I', '-c', compile, bag, ...names]);
}

function verify(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const asked = ['--key', world.signer.vkey, '--incident', INCIDENT];
  return spawnSync('python3', [...words, ...asked], {
    cwd: bag,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
}

function expectHonestVerdict(result: ReturnType<typeof verify>): void {
  expect(existsSync(marker)).toBe(false);
  expect(result.stdout).toMatch(/^bag\/EXTRA_FILE hashlib\.py: /m);
  expect(result.stdout).toMatch(/^BROKEN: INC-20261120-7F3K, 7 records$/m);
  expect(result.stdout).not.toMatch(/^SIGNED: INC/m);
  expect(result.status).toBe(1);
}

describe('H7 code planted beside verify.py never runs', () => {
  test('the trap works: a script without protection is led by it', async () => {
    await plant(MODULES);
    await writeFile(join(bag, 'unprotected.py'), 'import hashlib\n');
    expect(verify(['unprotected.py']).stdout).toMatch(/^SIGNED/);
    expect(existsSync(marker)).toBe(true);
  });

  test('with the printed command, whatever the environment says', async () => {
    await plant([...MODULES, ...AT_START]);
    expectHonestVerdict(verify(['-I', 'verify.py']));
    expectHonestVerdict(verify(['-I', 'verify.py'], { PYTHONPATH: bag, PYTHONHOME: bag, PYTHONSTARTUP: 'json.py' }));
  });

  test('without -I too', async () => {
    await plant([...MODULES, ...AT_START]);
    expectHonestVerdict(verify(['verify.py']));
    expectHonestVerdict(verify([join(bag, 'verify.py')]));
  });

  // What Python itself imports before any script runs (encodings, sitecustomize) only the printed `-I` keeps out.
  test('without -I, and with PYTHONPATH at the bag', async () => {
    await plant(['argparse', 'base64', 'hashlib', 'json']);
    expectHonestVerdict(verify(['verify.py'], { PYTHONPATH: bag }));
    expectHonestVerdict(verify(['verify.py'], { PYTHONPATH: ':/nowhere' }));
  });

  test('nor does a bag beside a genuine verifier that lies elsewhere', async () => {
    await plant([...MODULES, ...AT_START]);
    const elsewhere = join(world.directory, 'own copy');
    await mkdir(elsewhere, { recursive: true });
    await cp(join(__dirname, '../../../src/adapters/evidence-bag/verify.py'), join(elsewhere, 'verify.py'));
    expectHonestVerdict(verify(['-I', join(elsewhere, 'verify.py'), '--bag', bag]));
    expectHonestVerdict(verify([join(elsewhere, 'verify.py'), '--bag', bag]));
  });

  test('an attacker cannot get SIGNED with a forged chain and a planted hashlib', async () => {
    await plant(MODULES);
    await resign(bag, { ...world.signer, sign: () => Promise.resolve(Buffer.alloc(64, 1)) });
    expectHonestVerdict(verify(['verify.py']));
  });

  test('the text from standard input is refused, not taken for an empty program', async () => {
    await plant(MODULES);
    await cp(join(bag, 'json.py'), join(bag, '<stdin>'));
    const input = await readFile(join(genuine, 'verify.py'));
    const result = spawnSync('python3', ['-', '--bag', genuine, '--key', world.signer.vkey, '--incident', INCIDENT], {
      cwd: bag,
      input,
      encoding: 'utf8',
    });
    expect(result.status).toBe(1);
    expect(result.stdout).not.toContain('SIGNED');
    expect(existsSync(marker)).toBe(false);
  });
});
