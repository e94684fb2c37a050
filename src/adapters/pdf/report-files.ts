import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import { sha256Hex } from '../../domain/hash';

/** Reports tell how a network is defended: readable for the account and its group. */
const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

/** A file as it now lies on disk. */
export interface StoredFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Where other bytes that lay at `path` are now. */
  readonly superseded?: string;
}

/**
 * Puts `content` at `path`: write, fsync, rename, fsync the directory. The same bytes are left alone. Other bytes may have
 * been read or sent by somebody: they are kept beside, named by their own digest (`….superseded-1f2e3d4c5b6a.pdf`).
 *
 * @throws FirebreakError DISK_FULL
 */
export async function storeFile(path: string, content: Buffer): Promise<StoredFile> {
  const stored = { path, sha256: sha256Hex(content), bytes: content.length };
  try {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: DIRECTORY_MODE });
    const earlier = await readIfThere(path);
    if (earlier?.equals(content) === true) return stored;
    const superseded = earlier === undefined ? undefined : supersededPath(path, sha256Hex(earlier));
    const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      await writeSynced(temporary, content);
      if (superseded !== undefined) await rename(path, superseded);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    await syncDirectory(folder);
    return superseded === undefined ? stored : { ...stored, superseded };
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new FirebreakError('DISK_FULL', { cause: 'report-unwritten', path }, { cause: thrown });
    }
    throw thrown;
  }
}

function supersededPath(path: string, sha256: string): string {
  const dot = path.lastIndexOf('.');
  return `${path.slice(0, dot)}.superseded-${sha256.slice(0, 12)}${path.slice(dot)}`;
}

/** The file's bytes; undefined when there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function writeSynced(path: string, content: Buffer): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Not by `instanceof`: errors of Node's own modules may come from another realm. */
function errnoOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
