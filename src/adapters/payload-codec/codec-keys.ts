import { createHash, randomBytes } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';

const KEY_BYTES = 32;
const OTHERS_MAY = 0o077;

/** One key of the payload codec. */
export interface CodecKey {
  /** Stands in the metadata of what was encrypted; tells nothing about the key. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** The first one writes; all of them read. Never empty. */
export type CodecKeys = readonly [CodecKey, ...CodecKey[]];

/**
 * Reads the codec's key file: one key a line, 32 bytes in base64, readable by its owner only. The first line encrypts, the
 * others only decrypt.
 * @throws FirebreakError CONFIG_INVALID when it is missing, open to others, or holds no key
 */
export async function readCodecKeys(path: string): Promise<CodecKeys> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new FirebreakError('CONFIG_INVALID', `The codec’s key file ${path} cannot be read.`, { cause });
  });
  try {
    // The mode of the opened file, not of the path: nothing can change in between.
    const { mode } = await file.stat();
    if ((mode & OTHERS_MAY) !== 0)
      throw new FirebreakError('CONFIG_INVALID', `${path} is open to others: run chmod 600 ${path}.`);
    return parseKeys(await file.readFile('latin1'), path);
  } finally {
    await file.close();
  }
}

function parseKeys(text: string, path: string): CodecKeys {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  const [first, ...others] = lines.map((line) => {
    const bytes = Buffer.from(line, 'base64');
    if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== line)
      throw new FirebreakError('CONFIG_INVALID', `${path}: every line must hold 32 bytes in base64.`);
    return codecKey(bytes);
  });
  if (first === undefined) throw new FirebreakError('CONFIG_INVALID', `${path} holds no key.`);
  return [first, ...others];
}

/** @param bytes 32 of them */
export function codecKey(bytes: Buffer): CodecKey {
  const id = createHash('sha256').update('firebreak payload codec ').update(bytes).digest('hex').slice(0, 16);
  return { id, bytes };
}

const newLine = (): string => `${randomBytes(KEY_BYTES).toString('base64')}\n`;

/**
 * Makes the key file with one key, mode 0600. An existing file is left alone: histories need its keys.
 * @returns false when the file was there
 * @throws the file system's error
 */
export async function makeCodecKeyFile(path: string): Promise<boolean> {
  try {
    await writeNew(path, newLine());
    return true;
  } catch (thrown) {
    if ((thrown as { readonly code?: string }).code === 'EEXIST') return false;
    throw thrown;
  }
}

/**
 * The two halves of a rotation. `add` appends a key that only reads, until every process knows it; `activate` then moves the
 * last key to the top, where it writes. Older keys stay: open incidents were written with them.
 * @returns id of the key that was added or activated
 * @throws FirebreakError CONFIG_INVALID; the file system's error
 */
export async function rotateCodecKeys(path: string, half: 'add' | 'activate'): Promise<string> {
  const keys = await readCodecKeys(path);
  const lines = keys.map((key) => `${key.bytes.toString('base64')}\n`);
  const changed = half === 'add' ? [...lines, newLine()] : [...lines.slice(-1), ...lines.slice(0, -1)];
  const partial = `${path}.new`;
  await writeNew(partial, changed.join(''));
  await rename(partial, path);
  const [first, ...others] = await readCodecKeys(path);
  return (half === 'add' ? (others.at(-1) ?? first) : first).id;
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
