import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** What the machine says of the account that runs a command. */
export interface AccountFacts {
  /** Name in the account database; undefined when it has none (a container). */
  readonly name: string | undefined;
  readonly uid: number | undefined;
  /** Set by the kernel at login and kept through sudo and su (`/proc/self/loginuid`); undefined when nobody has logged in. */
  readonly loginUid: number | undefined;
  /** Any value: whoever runs the command can set it. */
  readonly sudoUser: string | undefined;
}

/** What `loginuid` holds when there was no login: (uid_t) -1. */
const NO_LOGIN = 4_294_967_295;
const ACCOUNT_NAME = /^[a-z_][a-z0-9_.-]{0,31}$/i;

/**
 * Who reads, as the ledger names them. Readings need no authority, so nobody has proven anything: the text says what is known and how.
 * `os:root (uid 0), login uid 1000, SUDO_USER says alice (unproven)`
 */
export function readerName({ name, uid, loginUid, sudoUser }: AccountFacts): string {
  const account = name ?? 'unnamed';
  const parts = [`os:${account} (uid ${uid ?? 'unknown'})`];
  if (loginUid !== undefined && loginUid !== uid) parts.push(`login uid ${loginUid}`);
  if (sudoUser !== undefined && sudoUser !== '' && sudoUser !== name) {
    // A name only: a longer text could look like a part of ours.
    parts.push(`SUDO_USER says ${ACCOUNT_NAME.test(sudoUser) ? sudoUser : 'no account name'} (unproven)`);
  }
  return parts.join(', ');
}

export function readerOf(): string {
  return readerName({
    name: accountName(),
    uid: process.getuid?.(),
    loginUid: loginUid(),
    sudoUser: process.env['SUDO_USER'],
  });
}

function accountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not be in its /etc/passwd.
    return undefined;
  }
}

function loginUid(): number | undefined {
  try {
    const uid = Number(readFileSync('/proc/self/loginuid', 'utf8'));
    return Number.isInteger(uid) && uid !== NO_LOGIN ? uid : undefined;
  } catch {
    // A kernel without audit.
    return undefined;
  }
}
