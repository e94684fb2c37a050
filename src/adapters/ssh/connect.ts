import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { NodeSSH, type Config } from 'node-ssh';
import type { AuthenticationType } from 'ssh2';
import { type ErrorCode, FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import type { ConnectionBackoff } from './connection-backoff';
import { loginEnd, moreTelling, tcpEnd, type FailedTry, type Said } from './failed-try';
import { fingerprintOf, hostKeyFromBlob, signatureAlgorithms, type HostKey } from './host-key';
import { ignoreErrors, listen } from './listen';
import { SshConnection } from './ssh-connection';
import { abortReason, connectTcp } from './tcp';

/** How patiently a connection is made; milliseconds. */
export interface ConnectTiming {
  /** For one TCP connection. */
  readonly tcpMs: number;
  /** For handshake and authentication of one try. */
  readonly handshakeMs: number;
  /** For all tries together. */
  readonly totalMs: number;
  /** Pause before the second try; it doubles up to the longest. Half of it is random, so that many workers do not come at once. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export const DEFAULT_TIMING: ConnectTiming = {
  tcpMs: 4_000,
  handshakeMs: 8_000,
  totalMs: 25_000,
  pauseMs: 400,
  longestPauseMs: 1_000,
};

/** What the caller still does with a connection for which a rest was waited. */
const AFTER_REST_MS = 15_000;

/** So many logins that sshd ends with words of its own tell that the account is refused; one may have died of something else. */
const REFUSED_LOGINS = 2;

/** What is true of one port alone: another server may listen there. The port that the inventory names first speaks for the host. */
const OF_ONE_PORT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['HOST_KEY_CHANGED', 'HOST_AUTH_REFUSED']);

/** Characters of what a host says before it lets us in. */
const MOST_SAID = 1_000;

const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVE_MISSES = 3;

type HostKeyAlgorithm = Extract<
  NonNullable<NonNullable<Config['algorithms']>['serverHostKey']>,
  readonly unknown[]
>[number];

const named = (key: HostKey): string => `${fingerprintOf(key)} (${key.type})`;

function keyRefusal(host: Host, pinned: HostKey | undefined, seen: HostKey): FirebreakError {
  const where = `${host.name} (${host.address})`;
  if (pinned === undefined)
    return new FirebreakError('HOST_KEY_UNKNOWN', { cause: 'shows-key', where, key: named(seen) });
  const keys = { key: named(seen), pinned: named(pinned) };
  return new FirebreakError('HOST_KEY_CHANGED', { cause: 'shows-key', where, ...keys });
}

/** A time-out's usual length and what is left of it. */
function bounded(ms: number, until: number): { readonly ms: number; readonly cutShort: boolean } {
  const left = Math.max(1, until - Date.now());
  return { ms: Math.min(ms, left), cutShort: left < ms };
}

/** @returns the connection, or how the try failed. @throws the signal's reason */
async function tryOnce(
  { host, pinned, privateKey, timing, signal }: ConnectRequest,
  port: number,
  until: number,
): Promise<SshConnection | FailedTry> {
  const tcp = bounded(timing.tcpMs, until);
  const startedAt = Date.now();
  let socket: Socket;
  try {
    socket = await connectTcp(host.address, port, tcp.ms, signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof FirebreakError)) throw thrown;
    return { end: tcpEnd(thrown, Date.now() - startedAt), error: thrown, cutShort: tcp.cutShort };
  }
  const handshake = bounded(timing.handshakeMs, until);
  let seen: HostKey | undefined;
  const said = { head: '', banner: '', refusal: '', agreed: false };
  const methods = loginMethods();
  const config: Config = {
    sock: socket,
    username: host.user,
    privateKey,
    readyTimeout: handshake.ms,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_MISSES,
    agentForward: false,
    authHandler: methods.next,
    hostVerifier: (blob: Buffer) => {
      seen = hostKeyFromBlob(blob);
      return pinned !== undefined && seen.blob.equals(pinned.blob);
    },
    // The pinned key's type first: a host that has several then shows the one we know.
    algorithms: {
      serverHostKey: { prepend: signatureAlgorithms(pinned) as HostKeyAlgorithm[], append: [], remove: [] },
    },
  };
  const ssh = new NodeSSH();
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  const connecting = ssh.connect(config);
  const deaf = hear(ssh, socket, said, methods.keyIsOffered);
  try {
    await connecting;
    return new SshConnection(ssh, socket);
  } catch (thrown) {
    ignoreErrors(socket);
    socket.destroy();
    if (signal.aborted) throw abortReason(signal);
    const key = seen;
    if (key !== undefined && !(pinned !== undefined && key.blob.equals(pinned.blob)))
      return { end: 'final', error: keyRefusal(host, pinned, key), cutShort: false };
    return { ...loginEnd(host, port, thrown, said), cutShort: handshake.cutShort };
  } finally {
    deaf();
    signal.removeEventListener('abort', onAbort);
  }
}

/** `none` first, as ssh asks: a banner that greets everybody comes then. What the host says after that is about the key and the account. */
function loginMethods(): { readonly next: () => AuthenticationType | false; readonly keyIsOffered: () => boolean } {
  const left: AuthenticationType[] = ['none', 'publickey'];
  return { next: () => left.shift() ?? false, keyIsOffered: () => left.length === 0 };
}

/**
 * Keeps what the host says while it lets us in or not. The library tells it in events that nobody else listens to.
 * @returns ends the listening
 */
function hear(
  ssh: NodeSSH,
  socket: Socket,
  said: { -readonly [K in keyof Said]: Said[K] },
  keyIsOffered: () => boolean,
): () => void {
  const nothing = (): void => undefined;
  const { connection } = ssh;
  const ends = [
    listen(
      socket,
      'data',
      (chunk: Buffer) => {
        if (said.head.length < MOST_SAID) said.head += chunk.subarray(0, MOST_SAID).toString('latin1');
      },
      nothing,
    ),
  ];
  if (connection !== null) {
    const onBanner = (text: unknown): void => {
      said[keyIsOffered() ? 'refusal' : 'banner'] = String(text).slice(-MOST_SAID);
    };
    ends.push(
      listen(connection, 'banner', onBanner, nothing),
      listen(connection, 'handshake', () => void (said.agreed = true), nothing),
    );
  }
  return () => {
    for (const end of ends) end();
  };
}

/** Whom to connect to, and how long and how patiently. */
interface ConnectRequest {
  readonly host: Host;
  readonly pinned: HostKey | undefined;
  readonly privateKey: string;
  readonly timing: ConnectTiming;
  /** When the caller needs the connection no more; milliseconds of the epoch. */
  readonly until: number;
  readonly backoff: ConnectionBackoff;
  /** Tries once where it would have to wait for longer than it can. */
  readonly insists: boolean;
  readonly signal: AbortSignal;
}

/**
 * Connects with the pinned key only. An sshd under flood drops connections at random (MaxStartups), so tries follow each
 * other with jitter and growing pauses, on the alternate port in turn, until the time is over. A wrong key or a refused login ends
 * them at once; on the alternate port it ends those on that port. A host that turns connections away, or drops logins, is left alone for
 * more than 30 s (ConnectionBackoff): within the caller's time that is waited for, else the error says when to come again. Who insists
 * and cannot wait tries once all the same.
 *
 * @throws FirebreakError of the try that tells most: HOST_UNREACHABLE (with `retryAfterMs` when the host turns connections away or is silent),
 *   HOST_TIMEOUT, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH_REFUSED, CONFIG_INVALID (no usable private key); the signal's reason
 *   when it is aborted
 */
export async function connectHost(request: ConnectRequest): Promise<SshConnection> {
  const { host, timing, until, backoff, insists, signal } = request;
  const ports = new Set(host.alternatePort === undefined ? [host.port] : [host.port, host.alternatePort]);
  const refusedLogins: number[] = [];
  let windowEnd = Math.min(until, Date.now() + timing.totalMs);
  let telling: FailedTry | undefined;
  let aside = '';
  for (let round = 0; ; round += 1) {
    const rest = backoff.restMs();
    if (rest > 0) {
      const canWait = Date.now() + rest + AFTER_REST_MS <= until;
      if (!canWait && (!insists || telling !== undefined)) throw leftAlone(host, backoff, telling, aside);
      if (canWait) await pauseFor(rest, signal);
      windowEnd = Math.min(until, Date.now() + timing.totalMs);
    }
    const tries: FailedTry[] = [];
    for (const port of ports) {
      const made = await tryOnce(request, port, windowEnd);
      if (made instanceof SshConnection) {
        backoff.letIn();
        return made;
      }
      if (made.end === 'login-refused') refusedLogins.push(port);
      const isRefused = refusedLogins.length >= REFUSED_LOGINS;
      const isLast = made.end === 'final' || isRefused;
      // Another server may listen on the alternate port; what it says must not keep us from the host for good.
      const ofThatPort = port !== host.port && OF_ONE_PORT.has(made.error.code) && !refusedLogins.includes(host.port);
      if (ofThatPort) {
        aside = ` Port ${port}: ${made.error.message}`;
        if (isLast) ports.delete(port);
        continue;
      }
      tries.push(made);
      telling = moreTelling(telling, made);
      if (isLast) throw telling.error;
      if (made.end === 'login-dropped') backoff.dropped();
    }
    if (tries.length > 0 && tries.every(({ end }) => end === 'refused')) backoff.refused();
    const quiet = tries.length > 0 && tries.every(({ end, cutShort }) => end === 'silent' && !cutShort);
    const comeAgainMs = quiet ? backoff.silent() : undefined;
    if (backoff.restMs() > 0) continue;
    if (comeAgainMs !== undefined) throw notAnswered(telling, aside, comeAgainMs);
    const pause = Math.min(timing.longestPauseMs, timing.pauseMs * 2 ** Math.min(round, 8)) * (0.5 + Math.random() / 2);
    if (telling === undefined || signal.aborted || Date.now() + pause >= windowEnd) throw gaveUp(host, telling, aside);
    await pauseFor(pause, signal);
  }
}

function leftAlone(
  host: Host,
  backoff: ConnectionBackoff,
  telling: FailedTry | undefined,
  aside: string,
): FirebreakError {
  const restMs = backoff.restMs();
  const words = `${telling?.error.message ?? ''}${aside}`.trim();
  return new FirebreakError(
    'HOST_UNREACHABLE',
    {
      cause: 'turned-away',
      host: host.name,
      seconds: Math.ceil(restMs / 1_000),
      ...(backoff.dropsLogins ? { drops: true } : {}),
      ...(words === '' ? {} : { words }),
    },
    { retryAfterMs: restMs, ...(telling === undefined ? {} : { cause: telling.error }) },
  );
}

/** A dead host, or one whose limit drops: who comes again later prolongs no ban. */
function notAnswered(telling: FailedTry | undefined, aside: string, comeAgainMs: number): FirebreakError {
  const said = aside === '' ? telling?.error.why : undefined;
  const words = `${telling?.error.message ?? ''}${aside}`;
  return new FirebreakError('HOST_UNREACHABLE', said ?? words, {
    retryAfterMs: comeAgainMs,
    cause: telling?.error,
  });
}

function gaveUp(host: Host, telling: FailedTry | undefined, aside: string): FirebreakError {
  const words = `${telling?.error.message ?? host.name}${aside}`;
  if (telling === undefined) return new FirebreakError('HOST_UNREACHABLE', words);
  const { error } = telling;
  return aside === '' ? error : new FirebreakError(error.code, words, { cause: error });
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(async () => Promise.reject(abortReason(signal)));
}
