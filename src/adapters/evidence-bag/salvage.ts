import { rename, readdir, unlink, rmdir } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, join, relative } from 'node:path';
import type { Bag } from './bag';
import { digestFile } from './files/digest-file';
import { createFile, isDiskFull, makeDirectories } from './files/durable-files';
import { WORK_FOLDER } from './files/bag-layout';
import type { SpooledAttempt } from './files/spool';
import { spooledBytes } from './files/spool';
import { encodePathPart } from './format/path-part';

/**
 * Before the seal: bytes of attempts that never ended well and were never repeated become `partial` records, one a piece of
 * work, the longest. Half a log is evidence; it only must not look like a whole one.
 */
export async function salvageAttempts(bag: Bag): Promise<void> {
  const longest = new Map<string, SpooledAttempt>();
  for (const attempt of await bag.spool.attempts()) {
    const key = JSON.stringify(attempt.about.work);
    const known = longest.get(key);
    if ((attempt.size ?? 0) > (known?.size ?? 0)) longest.set(key, attempt);
  }
  for (const attempt of longest.values()) {
    if (bag.chain.find(attempt.about.work) === undefined) await recordPartial(bag, attempt);
  }
}

async function recordPartial(bag: Bag, attempt: SpooledAttempt): Promise<void> {
  const [, key, ...names] = attempt.about.work;
  const body = {
    at: attempt.about.startedAt,
    work: ['partial', key, ...names],
    provenance: attempt.about.provenance,
    reason: attempt.failed?.reason ?? 'interrupted',
  };
  if (bag.chain.find(['partial', key, ...names]) !== undefined) return;
  const place = ['_partial', encodePathPart(key), encodePathPart(names.join('/'))];
  const source = attempt.failed === undefined ? await copyOf(attempt) : spooledBytes(attempt);
  if (source === undefined) {
    await bag.append('partial', { ...body, kept: false });
    return;
  }
  const digests = await digestFile(source);
  await bag.append('partial', { ...body, ...digests, path: await bag.place(place, source) });
}

/**
 * A copy, because the writer may still be alive on the other side of a lost connection to Temporal, and would write on into
 * a sealed bag. Undefined when the disk has no room for it.
 */
async function copyOf(attempt: SpooledAttempt): Promise<string | undefined> {
  const path = join(attempt.directory, `${randomBytes(8).toString('hex')}.copy`);
  const handle = await createFile(path);
  try {
    await digestFile(spooledBytes(attempt), async (chunk) => {
      await handle.writeFile(chunk);
    });
    await handle.sync();
    return path;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await unlink(path);
    return undefined;
  } finally {
    await handle.close();
  }
}

/**
 * Before the seal: whatever lies in `data/` without a record is moved out of the bag and the move is recorded. No crash of ours
 * leaves such a file (the spool knows them all), so somebody else has put it there; it must neither pass for evidence
 * nor make the real evidence fail. Empty folders go too: they would not survive a copy of the bag.
 */
export async function setStraysAside(bag: Bag, at: string): Promise<void> {
  const walk = async (folder: string): Promise<boolean> => {
    let empty = true;
    for (const entry of await readdir(join(bag.layout.bag, folder), { withFileTypes: true, encoding: 'buffer' })) {
      const name = entry.name.toString('latin1');
      const path = `${folder}/${name}`;
      if (entry.isDirectory()) {
        if (!(await walk(path))) empty = false;
      } else if (entry.isFile() && bag.chain.files.has(path)) {
        empty = false;
      } else {
        await setAside(bag, Buffer.concat([Buffer.from(`${join(bag.layout.bag, folder)}/`), entry.name]), path, at);
      }
    }
    if (empty && folder !== 'data') await rmdir(join(bag.layout.bag, folder));
    return empty;
  };
  await walk('data');
}

async function setAside(bag: Bag, source: Buffer, path: string, at: string): Promise<void> {
  const { forensics, strays } = bag.layout;
  // Through the hold: somebody who stood still must not take away what has been recorded meanwhile, nor leave a folder for it.
  const through = bag.hold.temporaryForStray();
  await rename(source, through);
  await makeDirectories(forensics, [WORK_FOLDER, basename(strays)]);
  const target = join(strays, basename(through));
  await rename(through, target);
  await bag.append('stray', { at, found: path, movedTo: relative(forensics, target) });
}
