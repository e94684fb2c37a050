import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSealingKeyFile, readSealingKey, sealingKey } from '../../../../src/adapters/authorisation/sealing-key';

describe('the worker-only key (B15)', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firebreak-test-seal-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('B15 a made key file is private, is read back, and is never overwritten', async () => {
    const path = join(directory, 'key');
    expect(await makeSealingKeyFile(path)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await readFile(path, 'utf8');
    const { id } = await readSealingKey(path);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(await makeSealingKeyFile(path)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('B15 a key file that others may read is refused', async () => {
    const path = join(directory, 'key');
    await makeSealingKeyFile(path);
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(path, mode);
      await expect(readSealingKey(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });

  it('B15 a missing, short or mangled key file is refused', async () => {
    const path = join(directory, 'key');
    await expect(readSealingKey(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    for (const text of ['', randomBytes(31).toString('base64'), `${randomBytes(32).toString('base64')}*`]) {
      await writeFile(path, text, { mode: 0o600 });
      await expect(readSealingKey(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });

  it('B15 a box opens only with its key and what it is bound to, and no changed byte passes', () => {
    const key = sealingKey(randomBytes(32));
    const secret = randomBytes(20);
    const box = key.seal(secret, 'alice');
    expect(key.open(box, 'alice')).toEqual(secret);
    expect(key.open(box, 'bob')).toBeUndefined();
    expect(sealingKey(randomBytes(32)).open(box, 'alice')).toBeUndefined();
    expect(key.seal(secret, 'alice')).not.toBe(box);
    const bytes = Buffer.from(box, 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(key.open(changed.toString('base64'), 'alice')).toBeUndefined();
      expect(key.open(bytes.subarray(0, at).toString('base64'), 'alice')).toBeUndefined();
    }
  });
});
