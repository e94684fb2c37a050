import { randomUUID } from 'node:crypto';
import { createAuthorisation } from '../adapters/authorisation/create-authorisation';
import { makeHandoverKey } from '../adapters/authorisation/handover';
import { recoveryPurpose } from '../adapters/authorisation/operator-change';
import { handoverPurpose, proveBootstrap } from '../adapters/authorisation/operator-enrolment';
import { isRecoveryCode, normalRecoveryCode } from '../adapters/authorisation/recovery-codes';
import { readSealingKey } from '../adapters/authorisation/sealing-key';
import type { Config } from '../config/schema';
import { FirebreakError } from '../domain/errors';
import type { Handover } from '../operations/enrol';
import type { Applicant, BootstrapRequest } from '../ports/authorisation';
import { openPostgres } from './open-postgres';

/** A key pair of one use for the way back of a TOTP secret. */
export function makeHandover(): Handover {
  const key = makeHandoverKey();
  return {
    publicKey: key.publicKey,
    open: (box, name, enrolment) => key.open(box, handoverPurpose(name, enrolment)),
    openCodes: (box, name, enrolment) => key.open(box, recoveryPurpose(name, enrolment)),
  };
}

/** A recovery code as it was typed, as it is compared. @throws FirebreakError RECOVERY_INVALID when it has not the shape of one */
export function normalRecovery(typed: string): string {
  const code = normalRecoveryCode(typed);
  if (!isRecoveryCode(code)) throw new FirebreakError('RECOVERY_INVALID', 'A code has 20 letters and digits.');
  return code;
}

/**
 * Proves that this process may read the workers' key file; only the first operator is enrolled so.
 * @throws FirebreakError CONFIG_INVALID when it cannot be read
 */
export function bootstrapProof(
  config: Config,
): (request: Omit<BootstrapRequest, 'proof'>) => Promise<BootstrapRequest> {
  return async (request) => proveBootstrap(request, await readSealingKey(config.paths.totpKey));
}

/**
 * Enrols with the workers' key and role and no order; for drills and tests, which play everybody. No ledger knows of it.
 * @param by an admin who is enrolled
 * @returns the otpauth:// URI
 */
export async function enrolAsWorker(
  config: Config,
  databaseUrl: string,
  applicant: Applicant,
  by: string,
): Promise<string> {
  const silent = { info: () => undefined, warn: () => undefined };
  const postgres = openPostgres(config, 'firebreak drill', silent, databaseUrl);
  try {
    const { enrolment } = createAuthorisation({ ...postgres, keyFile: config.paths.totpKey });
    const handover = makeHandover();
    const id = randomUUID();
    const box = await enrolment.add(applicant, by, id, handover.publicKey);
    return box === '' ? '' : handover.open(box, applicant.name, id);
  } finally {
    await postgres.close();
  }
}
