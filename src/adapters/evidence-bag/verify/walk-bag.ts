import { lstat, readdir } from 'node:fs/promises';
import type { Digests } from '../files/digest-file';
import { digestFile } from '../files/digest-file';
import { SMALL_TAG_FILES, TAG_FILES } from '../format/bagit';
import { BAG_LIMITS } from '../format/limits';
import { displayName } from '../format/path-part';
import type { FaultList } from './fault-list';

/** A regular file as it lies in the bag. */
export type FileOnDisk = Digests;

/** Regular files by path inside the bag (`data/web-1/logs/journal`). */
export type FilesOnDisk = ReadonlyMap<string, FileOnDisk>;

/**
 * Reads every regular file of a bag once, through both hashes; follows no link; names everything that is no part of a bag.
 * @throws BagTooLarge
 */
export async function walkBag(root: string, faults: FaultList): Promise<FilesOnDisk> {
  const files = new Map<string, FileOnDisk>();
  const folders: string[] = [];
  await walkFolder(Buffer.from(root), '', { files, folders, faults, entries: 0 }, 1);
  for (const folder of folders) {
    const used = [...files.keys(), ...TAG_FILES, 'data/'].some((path) => path.startsWith(`${folder}/`));
    if (!used) faults.add('bag', 'EXTRA_DIRECTORY', folder, 'no file of the bag lies in it');
  }
  if (!folders.includes('data')) faults.add('bag', 'MISSING_DIRECTORY', 'data', 'there is no such directory');
  for (const path of files.keys()) {
    if (!path.startsWith('data/') && !TAG_FILES.includes(path)) {
      faults.add('bag', 'EXTRA_FILE', path, 'a sealed bag has no such file');
    }
  }
  for (const path of TAG_FILES) {
    if (!files.has(path)) faults.add('bag', 'MISSING_FILE', path, 'there is no such file');
  }
  return files;
}

interface Found {
  readonly files: Map<string, FileOnDisk>;
  readonly folders: string[];
  readonly faults: FaultList;
  entries: number;
}

async function walkFolder(folder: Buffer, shown: string, found: Found, depth: number): Promise<void> {
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => undefined);
  if (names === undefined) found.faults.add('bag', 'UNREADABLE', shown, 'the directory cannot be read');
  for (const name of (names ?? []).sort((a, b) => a.compare(b))) {
    const path = Buffer.concat([folder, Buffer.from('/'), name]);
    const shownPath = shown === '' ? displayName(name) : `${shown}/${displayName(name)}`;
    const stats = await lstat(path);
    found.entries += 1;
    if (found.entries > BAG_LIMITS.entries) found.faults.tooLarge('bag', '.', `more than ${BAG_LIMITS.entries} files`);
    if (stats.isDirectory()) {
      if (depth >= BAG_LIMITS.depth) {
        found.faults.tooLarge('bag', shownPath, `more than ${BAG_LIMITS.depth} folders in each other`);
      }
      found.folders.push(shownPath);
      await walkFolder(path, shownPath, found, depth + 1);
    } else if (stats.isFile()) {
      const most = SMALL_TAG_FILES.includes(shownPath) ? BAG_LIMITS.smallBytes : BAG_LIMITS.tagBytes;
      if (TAG_FILES.includes(shownPath) && stats.size > most) {
        found.faults.tooLarge('bag', shownPath, `more than ${most} bytes`);
      }
      const digests = await digestFile(path).catch(() => undefined);
      if (digests === undefined) found.faults.add('bag', 'UNREADABLE', shownPath, 'the file cannot be read');
      else found.files.set(shownPath, digests);
    } else if (stats.isSymbolicLink()) {
      found.faults.add('bag', 'SYMLINK', shownPath, 'a symbolic link can point anywhere and is not followed');
    } else {
      found.faults.add('bag', 'SPECIAL_FILE', shownPath, 'neither a file nor a directory');
    }
  }
}
