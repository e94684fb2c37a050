import { createHash } from 'node:crypto';
import { chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import { run } from '../../supervision/child-process';
import type { ServiceLog } from '../../supervision/service-log';

/** A system account by its numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** True for a number that stands in no account database: programs that ask for its name need one shown to them. */
  readonly nameless?: boolean;
}

/** Far above the numbers of people, of services, of systemd and of containers. */
const OWN_UIDS = 1_610_612_736;

/**
 * The account of this one cluster: a number made from its directory, in no account database, that no other process has. Nothing is made
 * for it, so nothing is left of it. Where that cannot be (inside a container with few numbers), a shared account that exists, and it is said.
 *
 * @returns undefined when we are not root: then PostgreSQL runs as ourselves
 * @throws FirebreakError `DATABASE_UNREACHABLE` as `serviceAccount`
 */
export async function ownAccount(dataDir: string, log: ServiceLog): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const number = OWN_UIDS + (parseInt(createHash('sha256').update(dataDir).digest('hex').slice(0, 6), 16) & 0xffffff);
  try {
    const probe = await mkdtemp(join(tmpdir(), 'firebreak-account-'));
    try {
      await chown(probe, number, number);
      await run('unshare', ['--mount', '--propagation', 'private', '--', 'mount', '--bind', probe, probe]);
    } finally {
      await rm(probe, { recursive: true, force: true });
    }
    return { uid: number, gid: number, nameless: true };
  } catch (thrown) {
    const account = await serviceAccount();
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    log.warn(
      { account, why },
      'PostgreSQL runs under a shared account: its other processes could write the database files',
    );
    return account;
  }
}

/** Whose an existing cluster is: it goes on with its owner, also when an earlier version chose that one. */
export async function ownerOf(cluster: string): Promise<Account | undefined> {
  const found = await stat(cluster).catch(() => undefined);
  return found === undefined || found.uid === 0
    ? undefined
    : { uid: found.uid, gid: found.gid, nameless: found.uid >= OWN_UIDS };
}

/** `postgres` exists where the distribution's PostgreSQL is installed; `nobody` exists everywhere. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * A shared unprivileged account that PostgreSQL can run as, since it refuses to run as root. No account is ever made.
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
