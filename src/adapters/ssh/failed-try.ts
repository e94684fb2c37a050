import type { Cause } from '../../domain/cause';
import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import { hostWords } from '../host-script/reply';

/**
 * How one try to connect ended.
 * - `refused`: at once, by a filter, a closed port or an sshd that hangs up before it says who it is.
 * - `crowded`: sshd has too many logins open and drops some at random (MaxStartups). The next try may succeed.
 * - `login-refused`: sshd said something when it had seen the key and hung up, as it does when PAM refuses the account.
 * - `login-dropped`: the connection ended during the login, without a word. A loaded host does that, and so does a forged reset.
 * - `silent`: no answer to TCP.
 * - `slow`: the server answers TCP and does not get on.
 * - `final`: another try cannot end in another way.
 */
type TryEnd = 'refused' | 'crowded' | 'login-refused' | 'login-dropped' | 'silent' | 'slow' | 'final';

export interface FailedTry {
  readonly end: TryEnd;
  readonly error: FirebreakError;
  /** The try had less time than the timing gives it, so that its time-out tells nothing. */
  readonly cutShort: boolean;
}

/** What the other side said of itself before the connection ended. */
export interface Said {
  /** The first bytes, before anything is encrypted. */
  readonly head: string;
  /** The last banner (RFC 4252 §5.4) before the key was offered: it greets everybody. */
  readonly banner: string;
  /** The last banner after that: PAM's words are in it. */
  readonly refusal: string;
  /** Keys were exchanged: the server is sshd, and what follows is the login. */
  readonly agreed: boolean;
}

const QUICK_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENETUNREACH', 'EACCES', 'EPERM']);

/** An ICMP answer comes at once; the kernel's own "no route" comes after seconds without an answer to ARP. */
const QUICK_MS = 1_000;

/** Of a TCP connection that was not made. @param elapsedMs how long it was tried */
export function tcpEnd(error: FirebreakError, elapsedMs: number): TryEnd {
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string') return 'silent';
  if (QUICK_CODES.has(code)) return 'refused';
  return code === 'EHOSTUNREACH' && elapsedMs < QUICK_MS ? 'refused' : 'silent';
}

interface SshLibraryError extends Error {
  readonly level?: string;
  /** Of SSH_MSG_DISCONNECT: the server's reason (RFC 4253 §11.1). */
  readonly code?: unknown;
}

/** Reasons of a server that ends a connection whoever logs in: it is too busy, or it stops. */
const DISCONNECTS_ANYBODY: ReadonlySet<number> = new Set([
  7, // SERVICE_NOT_AVAILABLE
  10, // CONNECTION_LOST
  12, // TOO_MANY_CONNECTIONS
]);

/** The server itself says that it ends this login, by a banner after the key or by a reason to disconnect. */
function saysNo({ code }: SshLibraryError, { refusal }: Said): boolean {
  return refusal.trim() !== '' || (typeof code === 'number' && !DISCONNECTS_ANYBODY.has(code));
}

/** Of a connection that ended before the login was through. */
export function loginEnd(
  host: Host,
  port: number,
  thrown: unknown,
  said: Said,
): { readonly end: TryEnd; readonly error: FirebreakError } {
  const cause = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SshLibraryError;
  const where = `${host.user}@${host.address} port ${port}`;
  // The message may be the other side's own: why it disconnects.
  const reason = hostWords(cause.message);
  const banner = [said.refusal, said.banner].find((text) => text.trim() !== '');
  const words = hostWords(banner ?? (said.head.startsWith('SSH-') ? '' : said.head));
  const spoken = words === '' ? {} : { says: words };
  const failed: Cause = { cause: 'not-connected', where, words: reason, ...spoken };
  if (cause.level === 'client-authentication')
    return {
      end: 'final',
      error: new FirebreakError('HOST_AUTH_REFUSED', failed, { cause }),
    };
  if (cause.message.startsWith('Cannot parse privateKey'))
    return {
      end: 'final',
      error: new FirebreakError(
        'CONFIG_INVALID',
        { cause: 'own-key-unusable', file: host.identityFile, why: 'passphrase' },
        {
          cause,
        },
      ),
    };
  if (cause.level === 'client-timeout')
    return { end: 'slow', error: new FirebreakError('HOST_TIMEOUT', failed, { cause }) };
  if (said.agreed && saysNo(cause, said)) {
    const words = typeof cause.code === 'number' ? { words: reason } : {};
    return {
      end: 'login-refused',
      error: new FirebreakError('HOST_AUTH_REFUSED', { cause: 'login-closed', where, ...words, ...spoken }, { cause }),
    };
  }
  if (said.agreed)
    return {
      end: 'login-dropped',
      error: new FirebreakError('HOST_UNREACHABLE', { cause: 'login-dropped', where, ...spoken }, { cause }),
    };
  return {
    end: said.head.includes('MaxStartups') ? 'crowded' : 'refused',
    error: new FirebreakError('HOST_UNREACHABLE', failed, { cause }),
  };
}

const TELLS: Readonly<Record<TryEnd, number>> = {
  final: 7,
  'login-refused': 6,
  'login-dropped': 5,
  crowded: 4,
  slow: 3,
  refused: 2,
  silent: 1,
};

/** The try that tells most of several: a time-out that was cut short tells nothing, and the last is no better than the first. */
export function moreTelling(before: FailedTry | undefined, now: FailedTry): FailedTry {
  const weight = ({ end, cutShort }: FailedTry): number =>
    cutShort && (end === 'slow' || end === 'silent') ? 0 : TELLS[end];
  return before !== undefined && weight(before) >= weight(now) ? before : now;
}
