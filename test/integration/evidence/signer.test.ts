import { access, readFile, readdir, stat, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileSigner, createVerifyingSigner } from '../../../src/adapters/evidence-bag/signer';
import { makeSigner } from './make-signer';
import type { World } from './world';
import { KEY_NAME, OTHER_INCIDENT, makeSealedBag, makeWorld } from './world';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
});

afterEach(() => world.remove());

describe('E4 the signing key', () => {
  test('is made once, for its owner only, and stays the same', async () => {
    expect((await stat(world.keyFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(world.keyFile, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const again = await createFileSigner({ keyFile: world.keyFile, name: KEY_NAME });
    expect(again.vkey).toBe(world.signer.vkey);
    expect(world.signer.vkey).toMatch(/^firebreak\.example\/evidence\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}$/);
  });

  test('is one key, however many processes start at once', async () => {
    const keyFile = join(world.directory, 'fresh', 'key.pem');
    const signers = await Promise.all(Array.from({ length: 8 }, () => makeSigner({ keyFile, name: KEY_NAME })));
    expect(new Set(signers.map(({ vkey }) => vkey)).size).toBe(1);
    expect(await readdir(join(world.directory, 'fresh'))).toEqual(['key.pem']);
  });

  test('H4 is never made by who only uses it: a missing one is an error that names the command', async () => {
    const keyFile = join(world.directory, 'gone.pem');
    await expect(createFileSigner({ keyFile, name: KEY_NAME })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('firebreak setup keys') as string,
    });
    await expect(access(keyFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('H4 whoever only looks at evidence needs the public half, and signs nothing', async () => {
    const looking = createVerifyingSigner(world.signer.vkey);
    expect(looking).toMatchObject({ name: KEY_NAME, vkey: world.signer.vkey });
    await expect(looking.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(() => createVerifyingSigner('firebreak.example/evidence+00000000+AAAA')).toThrow(/no verification key/);
  });

  test('is refused when others may read it, when it is no key, or under an unusable name', async () => {
    const invalid = { code: 'CONFIG_INVALID' };
    await chmod(world.keyFile, 0o640);
    await expect(createFileSigner({ keyFile: world.keyFile, name: KEY_NAME })).rejects.toMatchObject(invalid);
    const noKey = join(world.directory, 'no-key');
    await writeFile(noKey, 'x', { mode: 0o600 });
    await expect(createFileSigner({ keyFile: noKey, name: KEY_NAME })).rejects.toMatchObject(invalid);
    for (const name of ['', 'a b', 'a+b', 'a\nb', '/a', 'é']) {
      await expect(createFileSigner({ keyFile: join(world.directory, 'k'), name })).rejects.toMatchObject(invalid);
    }
  });

  test('is never in the bag', async () => {
    const bag = await makeSealedBag(world, OTHER_INCIDENT);
    const pem = (await readFile(world.keyFile, 'utf8')).split('\n')[1]!;
    for (const entry of await readdir(bag, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain(pem);
    }
    await access(world.keyFile);
  });
});
