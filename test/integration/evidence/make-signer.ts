import type { EvidenceSigner, FileSignerOptions } from '../../../src/adapters/evidence-bag/signer';
import { createFileSigner, makeSigningKeyFile } from '../../../src/adapters/evidence-bag/signer';

/** What `firebreak setup keys` does, and then a worker. */
export async function makeSigner(options: FileSignerOptions): Promise<EvidenceSigner> {
  await makeSigningKeyFile(options.keyFile);
  return createFileSigner(options);
}
