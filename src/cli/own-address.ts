import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRange } from '../domain/addresses';

/** What is known of the address that the operator comes from (B5). */
export type OwnAddress =
  | { readonly known: 'address'; readonly address: string; readonly from: Origin }
  /** The login was at the machine itself. */
  | { readonly known: 'local' }
  | { readonly known: 'nothing' };

/** Who says so: this shell, a process that it was started by (sudo and su clear the variables), or the machine's record of the login. */
type Origin = 'shell' | 'parent' | 'login';

export interface OwnAddressSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Default `/proc`. */
  readonly proc?: string;
  /** Where systemd-logind keeps a file for each session. Default `/run/systemd/sessions`. */
  readonly sessions?: string;
}

/** The parents of a shell are few; a longer chain is none of a login. */
const MOST_PARENTS = 64;
/** What `sessionid` holds when there was no login: (unsigned) -1. */
const NO_SESSION = '4294967295';

/**
 * The address that the operator's session comes from, so that it is not blocked (B5). sudo and su take `SSH_CONNECTION` away. Then the
 * processes that started this one are asked, and after them the login: the kernel keeps its session through sudo and su.
 */
export function ownAddress(sources: OwnAddressSources): OwnAddress {
  const proc = sources.proc ?? '/proc';
  const here = addressIn(sources.env);
  if (here !== undefined) return { known: 'address', address: here, from: 'shell' };
  for (const pid of parentsOf(proc, sources.pid)) {
    const address = addressIn(environmentOf(proc, pid));
    if (address !== undefined) return { known: 'address', address, from: 'parent' };
  }
  return fromLogin(proc, sources.pid, sources.sessions ?? '/run/systemd/sessions');
}

/** What the operator is told before the order is signed. @returns undefined where there is nothing to say */
export function ownAddressInWords(
  own: OwnAddress,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (own.known === 'local') return undefined;
  if (own.known === 'nothing')
    return 'your own address is not known, so it is not protected; name it under protected in the configuration';
  const old = env['TMUX'] === undefined && env['STY'] === undefined ? '' : ' (from when tmux or screen was started)';
  return `your own address ${own.address} is protected${old}`;
}

function addressIn(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return addressOf((env['SSH_CONNECTION'] ?? env['SSH_CLIENT'] ?? '').split(' ')[0] ?? '');
}

/** A link-local address carries the name of the interface. */
function addressOf(text: string): string | undefined {
  return parseRange(text.replace(/%.*$/, ''))?.text;
}

function parentsOf(proc: string, pid: number): number[] {
  const parents: number[] = [];
  let at = pid;
  while (parents.length < MOST_PARENTS) {
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(textOf(join(proc, String(at), 'status'))) ?? [];
    at = Number(parent ?? 0);
    if (at <= 0) return parents;
    parents.push(at);
  }
  return parents;
}

function environmentOf(proc: string, pid: number): Record<string, string> {
  const entries = textOf(join(proc, String(pid), 'environ')).split('\0');
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const at = entry.indexOf('=');
      return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
    }),
  );
}

function fromLogin(proc: string, pid: number, sessions: string): OwnAddress {
  const id = textOf(join(proc, String(pid), 'sessionid')).trim();
  if (!/^\d{1,10}$/.test(id) || id === NO_SESSION) return { known: 'nothing' };
  const session = textOf(join(sessions, id));
  const valueOf = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(session)?.[1];
  // With UseDNS the host is a name, which is no address.
  const address = addressOf(valueOf('REMOTE_HOST') ?? '');
  if (address !== undefined) return { known: 'address', address, from: 'login' };
  return valueOf('REMOTE') === '0' ? { known: 'local' } : { known: 'nothing' };
}

/** Other users' processes do not show their variables; what cannot be read says nothing. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
