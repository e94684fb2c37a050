import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { FirebreakError } from '../../../domain/errors';

/** Evidence is for the people who handle it. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY, O_DIRECTORY } = constants;

/** Not by `instanceof Error`: errors of Node's own modules may come from another realm (vm, test runners). */
export function errnoOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Out of blocks, out of quota. */
export function isDiskFull(thrown: unknown): boolean {
  const errno = errnoOf(thrown);
  return errno === 'ENOSPC' || errno === 'EDQUOT';
}

/** What `promise` gives, or undefined when there is no such file or directory. */
export async function ifPresent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Opens a new file; anything that is there already, a symbolic link too, is an error. */
export function createFile(path: string): Promise<FileHandle> {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
}

export function openForReading(path: string | Buffer): Promise<FileHandle> {
  return open(path, O_RDONLY | O_NOFOLLOW);
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes `<root>/<part>/<part>…` one by one, each a real directory and durable; never walks through a symbolic link. */
export async function makeDirectories(root: string, parts: readonly string[]): Promise<string> {
  let path = root;
  for (const part of parts) {
    const parent = path;
    path = join(parent, part);
    try {
      await mkdir(path, { mode: DIRECTORY_MODE });
      await syncDirectory(parent);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (!(await lstat(path)).isDirectory()) {
        throw new FirebreakError('EVIDENCE_BROKEN', { cause: 'not-a-directory', path }, { cause: error });
      }
    }
  }
  return path;
}

/** Write, fsync, rename, fsync the directory (E8). The temporary file lies in `workDirectory`, on the same file system. */
export async function writeDurably(workDirectory: string, path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(workDirectory, `${randomBytes(8).toString('hex')}.tmp`);
  const handle = await createFile(temporary);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Reads a regular file; a symbolic link in its place is an error. */
export async function readRegularFile(path: string): Promise<Buffer> {
  const handle = await openForReading(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
