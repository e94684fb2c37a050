import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FirebreakError } from '../../domain/errors';

/** A system account by its numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `postgres` exists where the distribution's PostgreSQL is installed; `nobody` exists everywhere. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * The unprivileged account PostgreSQL runs as, since it refuses to run as root. No account is ever made.
 *
 * @returns undefined when we are not root: then it runs as ourselves.
 * @throws FirebreakError `DATABASE_UNREACHABLE` when root's machine has none of the accounts.
 */
export async function serviceAccount(passwdFile = '/etc/passwd'): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const entries = (await readFile(passwdFile, 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = entries.find(([login]) => login === name) ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new FirebreakError(
    'DATABASE_UNREACHABLE',
    `PostgreSQL must not run as root, and ${passwdFile} has none of the accounts ${CANDIDATES.join(', ')}. Set DATABASE_URL, or run as another user.`,
  );
}

/**
 * Whether `account` may pass through `directory` and all above it; a checkout under `/root` usually fails.
 * Judged by mode bits; access control lists are not read.
 */
export async function canEnter(account: Account | undefined, directory: string): Promise<boolean> {
  if (account === undefined) return true;
  const { uid, gid, mode } = await stat(directory);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const above = dirname(directory);
  return above === directory || canEnter(account, above);
}
