import { NodeSSH } from 'node-ssh';
import { FirebreakError } from '../../domain/errors';
import { ignoreErrors } from './listen';
import { fingerprintOf, formatHostKey, hostKeyFromBlob, UNKNOWN_KEY_TYPE, type HostKey } from './host-key';
import { connectTcp } from './tcp';

export interface ScannedHostKey {
  /** `ssh-ed25519 AAAA…`, ready to be pinned. */
  readonly hostKey: string;
  /** `SHA256:…`, to be compared by another way before it is pinned. */
  readonly fingerprint: string;
}

/**
 * The key a host shows, Ed25519 preferred, without logging in: the handshake is broken off as soon as the key is known.
 *
 * @param timeoutMs for TCP and for the handshake, each
 * @throws FirebreakError HOST_UNREACHABLE, HOST_TIMEOUT
 */
export async function scanHostKey(address: string, port: number, timeoutMs = 8_000): Promise<ScannedHostKey> {
  const socket = await connectTcp(address, port, timeoutMs, new AbortController().signal);
  const ssh = new NodeSSH();
  let seen: HostKey | undefined;
  const failure: unknown = await ssh
    .connect({
      sock: socket,
      username: 'firebreak',
      readyTimeout: timeoutMs,
      algorithms: { serverHostKey: { prepend: ['ssh-ed25519'], append: [], remove: [] } },
      hostVerifier: (blob: Buffer) => {
        seen = hostKeyFromBlob(blob);
        return false;
      },
    })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  ignoreErrors(socket);
  socket.destroy();
  if (seen !== undefined && seen.type !== UNKNOWN_KEY_TYPE)
    return { hostKey: formatHostKey(seen), fingerprint: fingerprintOf(seen) };
  const code =
    (failure as { level?: string } | undefined)?.level === 'client-timeout' ? 'HOST_TIMEOUT' : 'HOST_UNREACHABLE';
  throw new FirebreakError(code, { cause: 'no-host-key', where: `${address} port ${port}` }, { cause: failure });
}
