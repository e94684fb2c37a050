import { join } from 'node:path';
import { makeSealingKeyFile } from '../adapters/authorisation/sealing-key';
import { createFileSigner, makeSigningKeyFile } from '../adapters/evidence-bag/signer';
import { migrate } from '../adapters/postgres/migrate';
import { type RolePasswords, provisionRoles } from '../adapters/postgres/provision';
import type { Config } from '../config/schema';
import type { ServiceLog } from '../supervision/service-log';
import { PROGRAM_ROOT } from './program';
import { makeSshIdentity } from './ssh-identity';

/**
 * Roles, rights and tables of a production database; may be repeated, and is repeated after every upgrade.
 * @param adminUrl of a superuser, or of a CREATEROLE login that owns the database
 * @returns names of the migrations applied now
 * @throws FirebreakError DATABASE_UNREACHABLE, CONFIG_INVALID
 */
export async function setUpDatabase(
  adminUrl: string,
  passwords: RolePasswords,
  log: ServiceLog,
): Promise<readonly string[]> {
  const directory = join(PROGRAM_ROOT, 'migrations');
  await provisionRoles({ url: adminUrl, passwords, directory });
  return migrate({ url: adminUrl, directory, log });
}

/** The one place that makes keys: evidence signing, TOTP, SSH, as far as they are not there yet. @returns what outsiders and hosts need of them */
export async function setUpKeys(
  config: Config,
): Promise<{ readonly evidenceKey: string; readonly sshPublicKey: string }> {
  await makeSealingKeyFile(config.paths.totpKey);
  await makeSigningKeyFile(config.paths.signingKey);
  const signer = await createFileSigner({ keyFile: config.paths.signingKey, name: config.evidence.origin });
  return { evidenceKey: signer.vkey, sshPublicKey: await makeSshIdentity(config.ssh.identityFile) };
}
