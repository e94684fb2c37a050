import { createFileSigner, createVerifyingSigner } from '../adapters/evidence-bag/signer';
import type { EvidenceSigner } from '../adapters/evidence-bag/signer';
import type { Config } from '../config/schema';

/**
 * With which key a process that only looks at evidence compares: the one that the configuration pins, else the workers' own, where this
 * account may read it. It is never made here.
 * @throws FirebreakError CONFIG_INVALID
 */
export async function verifyingSigner(config: Config): Promise<EvidenceSigner> {
  const pinned = config.evidence.publicKey;
  if (pinned !== undefined) return createVerifyingSigner(pinned);
  return createFileSigner({ keyFile: config.paths.signingKey, name: config.evidence.origin });
}
