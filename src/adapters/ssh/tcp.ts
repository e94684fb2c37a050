import { connect, type Socket } from 'node:net';
import { FirebreakError } from '../../domain/errors';
import { ignoreErrors, listen } from './listen';

/** What the signal was aborted with; Temporal puts its cancellation there. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new FirebreakError('HOST_TIMEOUT', { cause: 'called-off' });
}

/**
 * A TCP connection, or the reason why there is none. Made here and not by the SSH library, so that a closed port and a
 * hanging server are told apart.
 *
 * @throws FirebreakError HOST_UNREACHABLE; the signal's reason when it is aborted
 */
export async function connectTcp(
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal));
    const socket = connect({ host: address, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(
      () =>
        settle(new FirebreakError('HOST_UNREACHABLE', { cause: 'no-answer-from', where: `${address} port ${port}` })),
      timeoutMs,
    );
    const onAbort = (): void => settle(abortReason(signal));
    const onError = (error: Error): void =>
      settle(
        new FirebreakError(
          'HOST_UNREACHABLE',
          { cause: 'not-connected', where: `${address} port ${port}`, words: error.message },
          { cause: error },
        ),
      );

    function settle(error?: Error): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      forget();
      if (error === undefined) return resolve(socket);
      ignoreErrors(socket);
      socket.destroy();
      reject(error);
    }

    signal.addEventListener('abort', onAbort, { once: true });
    const forget = listen(socket, 'error', onError, settle);
    listen(socket, 'connect', () => settle(), settle);
  });
}
