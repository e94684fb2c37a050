import { join } from 'node:path';
import { tagManifestFile } from '../format/bagit';
import type { BagLayout } from './bag-layout';
import { ifPresent, readRegularFile } from './durable-files';

/** Written last: a bag is finished when it is there. */
const LAST_FILE = tagManifestFile('sha256');

export async function isFinished(layout: BagLayout): Promise<boolean> {
  return (await ifPresent(readRegularFile(join(layout.bag, LAST_FILE)))) !== undefined;
}
