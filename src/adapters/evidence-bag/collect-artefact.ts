import type { ArtefactInfo } from '../../domain/evidence';
import type { Bag } from './bag';
import { evidenceError, withCodes } from './evidence-errors';
import type { AttemptWriter } from './files/attempt-writer';
import { COMPLETE, FAILED } from './files/attempt-writer';
import { errnoOf } from './files/durable-files';
import type { AttemptAbout } from './files/spool';
import type { ChainRecord } from './format/chain-line';
import { encodePathPart } from './format/path-part';

/** Hands out bytes until all are handed out, and then says what they were. */
export type Produce = (write: (chunk: Buffer) => Promise<void>) => Promise<ArtefactInfo>;

/**
 * Streams one artefact into the spool, without the lock: collection from many hosts goes on side by side. What `produce` throws
 * is thrown on as it is; the bytes that had arrived are kept for the seal.
 * @returns the attempt's folder, complete: it will be committed whatever happens to this process
 */
export async function collectArtefact(
  bag: Bag,
  about: AttemptAbout,
  name: string,
  produce: Produce,
  now: () => Date,
): Promise<string> {
  const writer = await bag.drawing(() => bag.spool.begin(about));
  try {
    const info = await produce((chunk) => withCodes(() => writer.write(chunk)));
    const digests = await writer.finish();
    const body = {
      at: now().toISOString(),
      work: about.work,
      provenance: about.provenance,
      name,
      ...digests,
      ...(info.hostSha256 === undefined ? {} : { hostSha256Matches: info.hostSha256 === digests.sha256 }),
      info,
    };
    const place = [encodePathPart(info.host), encodePathPart(info.group), encodePathPart(name)];
    await bag.drawing(() => writer.note(COMPLETE, { place, body }));
    return writer.directory;
  } catch (error) {
    await giveUp(bag, writer, evidenceError(error).code);
    throw error;
  }
}

/** Commits a complete attempt under the lock. Somebody else, finding it complete, may have done that meanwhile. */
export async function commitArtefact(bag: Bag, about: AttemptAbout, directory: string): Promise<ChainRecord> {
  return bag.locked(async () => {
    const attempt = (await bag.spool.attempts(about.work)).find((one) => one.directory === directory);
    const record = attempt === undefined ? bag.found(about.work) : await bag.commit(attempt);
    if (record === undefined) throw new Error(`the spooled bytes in ${directory} have disappeared`);
    return record;
  });
}

async function giveUp(bag: Bag, writer: AttemptWriter, reason: string): Promise<void> {
  await writer.abandon();
  // Without the note the seal still finds the bytes; it only cannot say why they end there.
  await bag.drawing(() => writer.note(FAILED, { reason })).catch(() => undefined);
}

/**
 * The seal takes the spool away: a missing folder then means that somebody else has done the work, or that it comes too late.
 * @returns the record that others have made of the same work
 * @throws FirebreakError EVIDENCE_SEALED
 */
export async function doneMeanwhile(bag: Bag, about: AttemptAbout, error: unknown): Promise<ChainRecord | undefined> {
  return errnoOf(error) === 'ENOENT' ? bag.locked(() => Promise.resolve(bag.found(about.work))) : undefined;
}
