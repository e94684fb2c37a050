import { setTimeout as sleep } from 'node:timers/promises';
import { NodeSSH, type Config } from 'node-ssh';
import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import { hostWords } from '../host-script/reply';
import { fingerprintOf, hostKeyFromBlob, signatureAlgorithms, type HostKey } from './host-key';
import { ignoreErrors } from './listen';
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
  /** Pause before the next try: half of it fixed, half random, so that many workers do not come at once. */
  readonly pauseMs: number;
}

export const DEFAULT_TIMING: ConnectTiming = { tcpMs: 4_000, handshakeMs: 8_000, totalMs: 25_000, pauseMs: 400 };

const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVE_MISSES = 3;

type HostKeyAlgorithm = Extract<
  NonNullable<NonNullable<Config['algorithms']>['serverHostKey']>,
  readonly unknown[]
>[number];

interface SshLibraryError extends Error {
  readonly level?: string;
}

function keyRefusal(host: Host, pinned: HostKey | undefined, seen: HostKey): FirebreakError {
  const where = `${host.name} (${host.address})`;
  if (pinned === undefined)
    return new FirebreakError('HOST_KEY_UNKNOWN', `${where} shows ${fingerprintOf(seen)} (${seen.type}).`);
  return new FirebreakError(
    'HOST_KEY_CHANGED',
    `${where} shows ${fingerprintOf(seen)} (${seen.type}), pinned is ${fingerprintOf(pinned)} (${pinned.type}).`,
  );
}

function handshakeFailure(host: Host, port: number, thrown: unknown): FirebreakError {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SshLibraryError;
  // The message may be the other side's own: why it disconnects.
  const where = `${host.user}@${host.address} port ${port}: ${hostWords(error.message)}`;
  if (error.level === 'client-authentication') return new FirebreakError('HOST_AUTH_REFUSED', where, { cause: error });
  if (error.level === 'client-timeout') return new FirebreakError('HOST_TIMEOUT', where, { cause: error });
  if (error.message.startsWith('Cannot parse privateKey')) {
    return new FirebreakError('CONFIG_INVALID', `${host.identityFile} is not a private key without passphrase.`, {
      cause: error,
    });
  }
  return new FirebreakError('HOST_UNREACHABLE', where, { cause: error });
}

async function tryOnce(
  host: Host,
  port: number,
  pinned: HostKey | undefined,
  privateKey: string,
  timing: ConnectTiming,
  signal: AbortSignal,
): Promise<SshConnection> {
  const socket = await connectTcp(host.address, port, timing.tcpMs, signal);
  let seen: HostKey | undefined;
  const config: Config = {
    sock: socket,
    username: host.user,
    privateKey,
    readyTimeout: timing.handshakeMs,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_MISSES,
    agentForward: false,
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
  try {
    await ssh.connect(config);
    return new SshConnection(ssh, socket);
  } catch (thrown) {
    ignoreErrors(socket);
    socket.destroy();
    if (signal.aborted) throw abortReason(signal);
    if (seen !== undefined && !(pinned !== undefined && seen.blob.equals(pinned.blob)))
      throw keyRefusal(host, pinned, seen);
    throw handshakeFailure(host, port, thrown);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Connects with the pinned key only. An sshd under flood drops connections at random (MaxStartups), so tries follow each
 * other with jitter, on the alternate port in turn, until the time is over; a wrong key or a refused login ends them at once.
 *
 * @throws FirebreakError HOST_UNREACHABLE, HOST_TIMEOUT, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH_REFUSED,
 *   CONFIG_INVALID (no usable private key); the signal's reason when it is aborted
 */
export async function connectHost(
  host: Host,
  pinned: HostKey | undefined,
  privateKey: string,
  timing: ConnectTiming,
  signal: AbortSignal,
): Promise<SshConnection> {
  const ports = host.alternatePort === undefined ? [host.port] : [host.port, host.alternatePort];
  const until = Date.now() + timing.totalMs;
  for (let attempt = 0; ; attempt += 1) {
    const port = ports[attempt % ports.length] ?? host.port;
    const left = Math.max(1, until - Date.now());
    const bounded = { ...timing, tcpMs: Math.min(timing.tcpMs, left), handshakeMs: Math.min(timing.handshakeMs, left) };
    try {
      return await tryOnce(host, port, pinned, privateKey, bounded, signal);
    } catch (thrown) {
      const again =
        thrown instanceof FirebreakError && (thrown.code === 'HOST_UNREACHABLE' || thrown.code === 'HOST_TIMEOUT');
      const pause = attempt + 1 < ports.length ? 0 : timing.pauseMs * (0.5 + Math.random() / 2);
      if (!again || signal.aborted || Date.now() + pause >= until) throw thrown;
      await sleep(pause, undefined, { signal }).catch(async () => Promise.reject(abortReason(signal)));
    }
  }
}
