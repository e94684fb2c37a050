import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import type { BagLayout } from './files/bag-layout';
import { WORK_FOLDER } from './files/bag-layout';
import { ifPresent, makeDirectories, syncDirectory } from './files/durable-files';
import { isFinished } from './files/is-finished';

/**
 * Deletes the collected bytes of a sealed bag, `data/`. Chain, checkpoint, manifests and verifier stay, so that what was there stays proven.
 * They leave the bag in one step, so that it never has a part of them; a call after a crash goes on.
 * @throws FirebreakError WRONG_STATE when the bag is not sealed
 */
export async function disposePayload(layout: BagLayout): Promise<void> {
  if (!(await isFinished(layout))) throw new FirebreakError('WRONG_STATE', `${layout.bagId} is not sealed.`);
  const work = await makeDirectories(layout.forensics, [WORK_FOLDER]);
  const leaving = join(work, `${layout.bagId}.disposed`);
  // What an earlier call has moved there may not be overwritten by a rename.
  await rm(leaving, { recursive: true, force: true });
  const payload = join(layout.bag, 'data');
  if ((await ifPresent(lstat(payload))) !== undefined) {
    await rename(payload, leaving);
    await syncDirectory(layout.bag);
    await rm(leaving, { recursive: true });
  }
  await syncDirectory(work);
}
