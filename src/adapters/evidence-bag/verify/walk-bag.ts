import { lstat, readdir } from 'node:fs/promises';
import type { Digests } from '../files/digest-file';
import { digestFile } from '../files/digest-file';
import { TAG_FILES } from '../format/bagit';
import { displayName } from '../format/path-part';
import type { FaultList } from './fault-list';

/** A regular file as it lies in the bag. */
export type FileOnDisk = Digests;

/** Regular files by path inside the bag (`data/web-1/logs/journal`). */
export type FilesOnDisk = ReadonlyMap<string, FileOnDisk>;

/** Reads every regular file of a bag once, through both hashes; follows no link; names everything that is no part of a bag. */
export async function walkBag(root: string, faults: FaultList): Promise<FilesOnDisk> {
  const files = new Map<string, FileOnDisk>();
  const folders: string[] = [];
  await walkFolder(Buffer.from(root), '', { files, folders, faults });
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
}

async function walkFolder(folder: Buffer, shown: string, found: Found): Promise<void> {
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => undefined);
  if (names === undefined) found.faults.add('bag', 'UNREADABLE', shown, 'the directory cannot be read');
  for (const name of (names ?? []).sort((a, b) => a.compare(b))) {
    const path = Buffer.concat([folder, Buffer.from('/'), name]);
    const shownPath = shown === '' ? displayName(name) : `${shown}/${displayName(name)}`;
    const stats = await lstat(path);
    if (stats.isDirectory()) {
      found.folders.push(shownPath);
      await walkFolder(path, shownPath, found);
    } else if (stats.isFile()) {
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
