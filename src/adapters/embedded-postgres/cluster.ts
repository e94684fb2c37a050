import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresBinaries } from './binaries';
import type { Account } from './service-account';
import { run } from '../../supervision/child-process';

/** Name of the superuser; roles of the product are made by its migrations. */
export const SUPERUSER = 'postgres';

/** Nothing of our own environment reaches the server: it may hold secrets, and the account may be shared. */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** Where the superuser's password lies: beside the cluster, readable by us alone. */
export function passwordFile(cluster: string): string {
  return `${cluster}.password`;
}

/**
 * Makes the cluster unless it is there, and gives the superuser's password.
 * UTF-8, built-in C.UTF-8 collation (the same order on every machine), page checksums, SCRAM for every connection.
 *
 * @param cluster - the data directory; will belong to `account`, mode 0700.
 * @param sync - whether initdb waits for the disk; false for clusters thrown away at the end.
 * @throws with initdb's own words when it fails; the next call begins anew.
 */
export async function ensureCluster(
  binaries: PostgresBinaries,
  account: Account | undefined,
  cluster: string,
  sync: boolean,
): Promise<string> {
  if (await exists(join(cluster, 'PG_VERSION'))) return readFile(passwordFile(cluster), 'utf8');

  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile(cluster), password, { mode: 0o600 });
  const partial = `${cluster}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  const handedOver = `${cluster}.pw`;
  await writeFile(handedOver, password, { mode: 0o600 });
  if (account) await Promise.all([partial, handedOver].map((path) => chown(path, account.uid, account.gid)));
  try {
    await runAs(account, partial, binaries.initdb, [
      `--pgdata=${partial}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${handedOver}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(sync ? [] : ['--no-sync']),
    ]);
    await rename(partial, cluster);
  } finally {
    await rm(handedOver, { force: true });
    await rm(partial, { recursive: true, force: true });
  }
  return password;
}

/** In the one process that sees it, the account database holds this account alone. */
const SHOW_ACCOUNT_THEN_EXEC =
  'mount --bind "$1" /etc/passwd && uid=$2 && shift 2 && exec setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"';

/** `initdb` asks for the name of the account it runs as; the server does not. */
async function runAs(
  account: Account | undefined,
  beside: string,
  command: string,
  args: readonly string[],
): Promise<void> {
  const options = { cwd: '/', env: SERVER_ENVIRONMENT };
  if (account?.nameless !== true) {
    await run(command, args, { ...options, ...(account && { uid: account.uid, gid: account.gid }) });
    return;
  }
  const { uid, gid } = account;
  const passwd = `${beside}.passwd`;
  await writeFile(passwd, `firebreak:x:${uid}:${gid}::/:/bin/false\n`, { mode: 0o644 });
  try {
    const guard = ['--mount', '--propagation', 'private', '--', 'sh', '-c', SHOW_ACCOUNT_THEN_EXEC, 'sh', passwd];
    await run('unshare', [...guard, String(uid), command, ...args], options);
  } finally {
    await rm(passwd, { force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
