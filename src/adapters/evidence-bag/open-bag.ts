import { lstat } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';
import type { BagOpening } from '../../ports/evidence-store';
import type { Bag } from './bag';
import { WORK_FOLDER } from './files/bag-layout';
import { ifPresent, makeDirectories } from './files/durable-files';

/** Version of the chain's fields, in the open record. */
const FORMAT = 'firebreak-evidence/1';

/** The sealed bag that a supplement adds to (E7): its id and the text of its checkpoint. */
export interface Supplemented {
  readonly bag: string;
  readonly checkpoint: string;
}

/**
 * Opens the bag under the lock, or finds it open. A later run of the same incident (the one second try, B6) leaves a `resumed`
 * record.
 * @throws FirebreakError EVIDENCE_SEALED for a run that comes after the seal, BAD_INPUT for another incident document
 */
export async function openBag(
  bag: Bag,
  opening: BagOpening,
  signer: string,
  supplements?: Supplemented,
): Promise<void> {
  const { layout, chain } = bag;
  const known = chain.openRecord;
  if (known !== undefined) {
    if (known['documentSha256'] !== opening.documentSha256) {
      throw new FirebreakError('BAD_INPUT', { cause: 'bag-of-other-document', bag: layout.bagId });
    }
    const { runId } = opening.workflow;
    if (runIdOf(known) === runId || bag.found(['resumed', runId]) !== undefined) return;
    await bag.append('resumed', { at: opening.openedAt, work: ['resumed', runId], ...opening });
    return;
  }
  await makeDirectories(layout.forensics, [WORK_FOLDER, layout.bagId]);
  await makeDirectories(layout.forensics, [layout.bagId, 'data']);
  await makeDirectories(layout.forensics, [layout.bagId, 'evidence']);
  await bag.fillReserve();
  if ((await ifPresent(lstat(layout.chain))) === undefined) await chain.create();
  await bag.append('open', {
    at: opening.openedAt,
    format: FORMAT,
    signer,
    ...(supplements === undefined ? {} : { supplements }),
    ...opening,
  });
}

function runIdOf(record: Readonly<Record<string, unknown>>): unknown {
  const { workflow } = record;
  return typeof workflow === 'object' && workflow !== null && 'runId' in workflow ? workflow.runId : undefined;
}
