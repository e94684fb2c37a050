import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import {
  codecKey,
  makeCodecKeyFile,
  readCodecKeys,
  rotateCodecKeys,
} from '../../../../src/adapters/payload-codec/codec-keys';
import { readPayload, writePayload } from '../../../../src/adapters/payload-codec/payload';
import { createPayloadCodec } from '../../../../src/adapters/payload-codec/payload-codec';

const Payload = temporal.api.common.v1.Payload;
const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"web-1 and db-1"') };
const [old, fresh] = [codecKey(randomBytes(32)), codecKey(randomBytes(32))];
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'firebreak-codec-'))));
afterAll(() => rmSync(directory, { recursive: true }));

test('H5 a payload is written and read as Protocol Buffers do it', () => {
  expect(Payload.decode(writePayload(plain)).toJSON()).toEqual(Payload.create(plain).toJSON());
  const read = readPayload(Payload.encode(plain).finish());
  expect(text(read.data)).toBe('"web-1 and db-1"');
  expect(text(read.metadata['encoding'])).toBe('json/plain');
  expect(readPayload(writePayload({}))).toEqual({ metadata: {}, data: new Uint8Array() });
});

test('H5 nothing of a payload is readable, twice the same never looks the same, and it comes back whole', async () => {
  const codec = createPayloadCodec([fresh]);
  const [first, second] = await codec.encode([plain, plain]);
  for (const one of [first, second]) {
    expect(text(one?.data)).not.toContain('web-1');
    expect(text(one?.metadata?.['encoding'])).toBe('binary/encrypted');
    expect(text(one?.metadata?.['encryption-key-id'])).toBe(fresh.id);
  }
  expect(text(first?.data)).not.toBe(text(second?.data));
  const [back] = await codec.decode([first ?? {}]);
  expect(text(back?.data)).toBe(text(plain.data));
  expect(text(back?.metadata?.['encoding'])).toBe('json/plain');
});

test('H5 what was written before the codec was switched on passes', async () => {
  expect(await createPayloadCodec([fresh]).decode([plain])).toEqual([plain]);
});

test('H5 rotation: the first key writes, every key reads, and without its key a payload is refused', async () => {
  const [written] = await createPayloadCodec([old]).encode([plain]);
  const rotated = createPayloadCodec([fresh, old]);
  expect(text((await rotated.decode([written ?? {}]))[0]?.data)).toBe(text(plain.data));
  const [next] = await rotated.encode([plain]);
  expect(text(next?.metadata?.['encryption-key-id'])).toBe(fresh.id);
  await expect(createPayloadCodec([fresh]).decode([written ?? {}])).rejects.toThrow(old.id);
});

test('H5 a changed byte anywhere, or another key’s id, is noticed', async () => {
  const codec = createPayloadCodec([fresh, old]);
  const [good] = await codec.encode([plain]);
  for (const index of [0, 15, (good?.data?.length ?? 1) - 1]) {
    const data = Buffer.from(good?.data ?? []);
    data[index] = (data[index] ?? 0) ^ 1;
    await expect(codec.decode([{ ...good, data }])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
  const metadata = { ...good?.metadata, 'encryption-key-id': Buffer.from(old.id) };
  await expect(codec.decode([{ ...good, metadata }])).rejects.toThrow('changed');
  await expect(codec.decode([{ ...good, data: Buffer.alloc(5) }])).rejects.toThrow('changed');
});

describe('H5 the key file', () => {
  test('is made once, for its owner only, and a rotation keeps every key', async () => {
    const path = join(directory, 'made.keys');
    expect(await makeCodecKeyFile(path)).toBe(true);
    expect(await makeCodecKeyFile(path)).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const [first] = await readCodecKeys(path);
    const added = await rotateCodecKeys(path, 'add');
    expect((await readCodecKeys(path)).map(({ id }) => id)).toEqual([first.id, added]);
    expect(await rotateCodecKeys(path, 'activate')).toBe(added);
    expect((await readCodecKeys(path)).map(({ id }) => id)).toEqual([added, first.id]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is refused when others may read it, when a line is no key, and when it is empty or missing', async () => {
    const path = join(directory, 'bad.keys');
    await makeCodecKeyFile(path);
    chmodSync(path, 0o640);
    await expect(readCodecKeys(path)).rejects.toThrow('chmod 600');
    chmodSync(path, 0o600);
    writeFileSync(path, `${readFileSync(path, 'utf8')}c2hvcnQ=\n`);
    await expect(readCodecKeys(path)).rejects.toThrow('32 bytes');
    writeFileSync(path, '\n');
    await expect(readCodecKeys(path)).rejects.toThrow('no key');
    await expect(readCodecKeys(join(directory, 'none'))).rejects.toThrow('cannot be read');
  });
});
