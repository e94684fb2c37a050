import { constants, type Stats } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

const FREE_BYTES = 1024 ** 3;

/** A key file that an incident needs, with the reader that the incident will use. */
export interface NeededKey {
  readonly what: string;
  readonly path: string;
  /** @throws as in an incident */
  readonly read: () => Promise<unknown>;
}

/** The workers' secrets; an account that only gives orders cannot even see them, and should not. Changes nothing. */
export async function lookAtKey({ path, read }: NeededKey): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw new Error(`${path} is open to others: chmod 600 ${path}`);
    await access(path, constants.R_OK);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EACCES') return `${path}, not for this account: as it should be`;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown;
    throw new Error(`${path} is missing: firebreak setup keys, as the account of the workers`, { cause: thrown });
  }
  await read();
  return path;
}

/** Who will use a directory: the account that the workers' keys belong to. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** @param keys of the workers; they say which account the workers have */
export async function lookAtDirectory(path: string, keys: readonly NeededKey[]): Promise<string> {
  const there = await nearestThere(path);
  const stats = await stat(there);
  if (!stats.isDirectory()) throw new Error(`${there} is no directory`);
  const account = await workersOf(keys);
  const mends = `install -d -m 0750${account === undefined ? '' : ` -o ${account.uid} -g ${account.gid}`} ${path}`;
  if (!(await mayWrite(there, stats, account)))
    throw new Error(
      `${there} cannot be written to by ${account === undefined ? 'its owner' : `uid ${account.uid}`}: ${mends}`,
    );
  const space = await statfs(there);
  const free = space.bavail * space.bsize;
  if (free < FREE_BYTES) throw new Error(`only ${Math.floor(free / 1024 ** 2)} MiB are free in ${there}`);
  const known = there === path ? path : `${path}, which the workers will make in ${there}`;
  return `${known}, ${Math.floor(free / 1024 ** 3)} GiB free`;
}

async function nearestThere(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw thrown;
    return nearestThere(dirname(path));
  }
}

async function workersOf(keys: readonly NeededKey[]): Promise<Account | undefined> {
  for (const { path } of keys) {
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined) return { uid: stats.uid, gid: stats.gid };
  }
  return undefined;
}

/** By the mode for another account, by the system for this one; a read-only file system is told to root too. */
async function mayWrite(path: string, stats: Stats, account: Account | undefined): Promise<boolean> {
  const self = process.geteuid?.();
  const { uid, gid } = account ?? stats;
  if (self === 0 || self === uid) {
    const allowed = await access(path, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!allowed || self === uid) return allowed;
  }
  if (uid === 0) return true;
  const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0;
  return ((stats.mode >> shift) & 0o3) === 0o3;
}
