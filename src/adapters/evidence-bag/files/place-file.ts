import { link, lstat, mkdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FirebreakError } from '../../../domain/errors';
import { DIRECTORY_MODE, errnoOf, ifPresent, syncDirectory } from './durable-files';
import type { Hold } from './hold';

/**
 * Moves `source` to `<bag>/<part>/<part>…`, with the folders on the way, durably; nothing is ever overwritten, and nothing happens once
 * the hold is gone. After a crash on the way the same call finishes it.
 * @returns false when another file is there
 * @throws FirebreakError EVIDENCE_BROKEN when something else is where a folder should be, EVIDENCE_LOCK_LOST
 */
export async function placeFile(hold: Hold, source: string, bag: string, parts: readonly string[]): Promise<boolean> {
  const target = join(bag, ...parts);
  if (!(await isSameFile(source, target))) {
    if ((await ifPresent(lstat(target))) !== undefined) return false;
    const through = hold.temporary();
    await link(source, through);
    try {
      if (!(await linkInto(hold, through, bag, parts))) return false;
    } finally {
      await unlink(through).catch(() => undefined);
    }
  }
  await ifPresent(unlink(source));
  await ifPresent(syncDirectory(dirname(source)));
  return true;
}

async function linkInto(hold: Hold, through: string, bag: string, parts: readonly string[]): Promise<boolean> {
  for (;;) {
    if (await hold.isLost()) throw new FirebreakError('EVIDENCE_LOCK_LOST');
    const there = await foldersThere(bag, parts);
    if (there === parts.length - 1) {
      const target = join(bag, ...parts);
      const errno = await errnoAfter(link(through, target));
      if (errno === undefined) {
        await syncDirectory(dirname(target));
        return true;
      }
      if (errno === 'EEXIST') return false;
    } else if (await moveInWithFolders(hold, through, bag, parts, there)) {
      return true;
    }
    // The folders were made, or cleared away, meanwhile: look again.
  }
}

/** Folders and file appear at once: an empty folder would be a fault of the bag. */
async function moveInWithFolders(
  hold: Hold,
  through: string,
  bag: string,
  parts: readonly string[],
  there: number,
): Promise<boolean> {
  const top = hold.temporary();
  const folders = parts.slice(there + 1, -1);
  const innermost = join(top, ...folders);
  await mkdir(innermost, { recursive: true, mode: DIRECTORY_MODE });
  await link(through, join(innermost, parts.at(-1) ?? ''));
  for (let depth = folders.length; depth >= 0; depth -= 1) await syncDirectory(join(top, ...folders.slice(0, depth)));
  const parent = join(bag, ...parts.slice(0, there));
  const errno = await errnoAfter(rename(top, join(parent, parts[there] ?? '')));
  if (errno === undefined) await syncDirectory(parent);
  else await rm(top, { recursive: true, force: true });
  return errno === undefined;
}

/** How many of the folders on the way are there; never walks through a symbolic link. */
async function foldersThere(bag: string, parts: readonly string[]): Promise<number> {
  for (let count = 1; count < parts.length; count += 1) {
    const path = join(bag, ...parts.slice(0, count));
    const entry = await ifPresent(lstat(path));
    if (entry === undefined) return count - 1;
    if (!entry.isDirectory()) throw new FirebreakError('EVIDENCE_BROKEN', { cause: 'not-a-directory', path });
  }
  return parts.length - 1;
}

/** Of what may well happen while others are at work; anything else is thrown. */
async function errnoAfter(change: Promise<void>): Promise<string | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (['EEXIST', 'ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes(errno)) return errno;
    throw error;
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => ifPresent(lstat(path, { bigint: true }))));
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino;
}
