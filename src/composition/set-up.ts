import { dirname, join } from 'node:path';
import { makeSealingKeyFile } from '../adapters/authorisation/sealing-key';
import { createFileSigner, makeSigningKeyFile } from '../adapters/evidence-bag/signer';
import { makeCodecKeyFile } from '../adapters/payload-codec/codec-keys';
import { migrate } from '../adapters/postgres/migrate';
import { type RolePasswords, provisionRoles } from '../adapters/postgres/provision';
import type { Config } from '../config/schema';
import { databaseWireOf } from '../config/wire';
import { FirebreakError } from '../domain/errors';
import type { ServiceLog } from '../supervision/service-log';
import { PROGRAM_ROOT } from './program';
import { makeSshIdentity } from './ssh-identity';

/**
 * Roles, rights and tables of a production database; may be repeated, and is repeated after every upgrade.
 * @param adminUrl of a superuser, or of a CREATEROLE login that owns the database
 * @param config says how the server is reached; without it only by loopback
 * @returns names of the migrations applied now
 * @throws FirebreakError DATABASE_UNREACHABLE, CONFIG_INVALID
 */
export async function setUpDatabase(
  adminUrl: string,
  passwords: RolePasswords,
  log: ServiceLog,
  config?: Pick<Config, 'database'>,
): Promise<readonly string[]> {
  const directory = join(PROGRAM_ROOT, 'migrations');
  const wire = config === undefined ? undefined : databaseWireOf(config);
  await provisionRoles({ url: adminUrl, passwords, directory, wire });
  return migrate({ url: adminUrl, directory, log, wire });
}

/** Says which directory is missing or closed, instead of an errno. */
async function made(path: string, make: (path: string) => Promise<unknown>): Promise<void> {
  try {
    await make(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') throw thrown;
    const folder = dirname(path);
    const what = code === 'EACCES' ? 'is closed to this account' : 'is not there';
    throw new FirebreakError(
      'CONFIG_INVALID',
      `${path} cannot be made, because ${folder} ${what}. As the account of the workers: install -d -m 0700 ${folder}, then firebreak setup keys.`,
      { cause: thrown },
    );
  }
}

/**
 * The one place that makes keys, as far as they are not there yet: evidence signing, TOTP, SSH, and the payload codec's where that is on.
 * @returns what outsiders and hosts need of them
 */
export async function setUpKeys(
  config: Config,
): Promise<{ readonly evidenceKey: string; readonly sshPublicKey: string }> {
  const { codec } = config.temporal;
  await made(config.paths.totpKey, makeSealingKeyFile);
  await made(config.paths.signingKey, makeSigningKeyFile);
  if (codec !== undefined) await made(codec.keyFile, makeCodecKeyFile);
  const signer = await createFileSigner({ keyFile: config.paths.signingKey, name: config.evidence.origin });
  return { evidenceKey: signer.vkey, sshPublicKey: await makeSshIdentity(config.ssh.identityFile) };
}
