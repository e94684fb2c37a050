import { FirebreakError } from '../../domain/errors';
import { HOST_EXIT } from '../host-script/host-exit';
import { hostWords } from '../host-script/reply';
import type { SshChannel } from './ssh-connection';
import { abortReason } from './tcp';

/** What one command gave. */
export interface ExecOutcome {
  readonly stderr: string;
  readonly code: number;
  readonly bytes: number;
  readonly truncated: boolean;
}

export interface ExecLimits {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
  /** At the limit: `drain` reads on to learn the exit code, `hang-up` ends the command. */
  readonly beyond: 'drain' | 'hang-up';
}

/** What a shell reports for a program whose reader has gone: 128 + SIGPIPE. */
export const HUNG_UP = 141;

const MAX_STDERR_BYTES = 64 * 1024;

/** Words of sudo(8) when it does not run the command; a warning of sudo before a command that ran is none of these. */
const SUDO_REFUSAL =
  /sudo: (?:a password is required|a terminal is required|.*command not found|.*must be owned by|effective uid|.*account validation|.*no valid sudoers)|is not in the sudoers file|is not allowed to (?:execute|run sudo)|may not run sudo|sudo: (?:not found|No such file)/;

function refusalOf(outcome: ExecOutcome): FirebreakError | undefined {
  const words = hostWords(outcome.stderr);
  if ((outcome.code === 1 || outcome.code === 127) && outcome.bytes === 0 && SUDO_REFUSAL.test(words)) {
    return new FirebreakError('SUDO_REFUSED', words);
  }
  const gate = words.includes('firebreak-gate: ');
  const gateCodes: readonly number[] = [HOST_EXIT.scriptRefused, HOST_EXIT.gateRequest, HOST_EXIT.gateBroken];
  return gate && gateCodes.includes(outcome.code) ? new FirebreakError('HOST_SCRIPT_REFUSED', words) : undefined;
}

/**
 * Feeds a started command and waits for its end. A chunk is handed on only when the one before has been taken, and SSH's
 * window keeps the host from sending more meanwhile.
 *
 * @throws FirebreakError HOST_TIMEOUT, OUTCOME_UNKNOWN (no exit code came), SUDO_REFUSED, HOST_SCRIPT_REFUSED; what `onChunk`
 *   throws; the signal's reason when it is aborted. After any of the first two, and after an abort, the connection is not to be used again.
 */
export function execOn(
  channel: SshChannel,
  input: readonly (string | Buffer)[],
  limits: ExecLimits,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<ExecOutcome> {
  return new Promise((resolve, reject) => {
    let code: number | null = null;
    let bytes = 0;
    let truncated = false;
    let stderr = Buffer.alloc(0);
    let taken: Promise<void> = Promise.resolve();
    let settled = false;

    const timer = setTimeout(
      () => settle(new FirebreakError('HOST_TIMEOUT', `No end after ${Math.round(limits.timeoutMs / 100) / 10} s.`)),
      limits.timeoutMs,
    );
    const onAbort = (): void => settle(abortReason(limits.signal));
    limits.signal.addEventListener('abort', onAbort, { once: true });

    function settle(result: unknown): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
      if (result instanceof Error) {
        channel.close();
        return reject(result);
      }
      const outcome = { stderr: stderr.toString('utf8'), code: result as number, bytes, truncated };
      const refusal = refusalOf(outcome);
      if (refusal === undefined) resolve(outcome);
      else reject(refusal);
    }

    function take(chunk: Buffer): void {
      if (settled) return;
      const room = limits.maxOutputBytes - bytes;
      const part = chunk.length <= room ? chunk : chunk.subarray(0, Math.max(0, room));
      if (part.length < chunk.length) truncated = true;
      bytes += part.length;
      if (part.length > 0) {
        channel.pause();
        taken = onChunk(part).then(
          () => void channel.resume(),
          (thrown: unknown) => settle(thrown instanceof Error ? thrown : new Error(String(thrown))),
        );
      }
      if (truncated && limits.beyond === 'hang-up') {
        void taken.then(() => {
          settle(HUNG_UP);
          channel.close();
        });
      }
    }

    channel.on('data', take);
    channel.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk.subarray(0, MAX_STDERR_BYTES - stderr.length)]);
    });
    channel.on('exit', (exitCode: number | null) => (code = exitCode));
    channel.on('error', () => undefined);
    // A quick host's exit code can come in the same packet as its yes to the command, before anybody listens for `exit`: ssh2 repeats it here.
    channel.on('close', (repeated?: number | null) => {
      const known = code ?? repeated ?? new FirebreakError('OUTCOME_UNKNOWN', 'The host gave no exit code.');
      void taken.then(() => settle(known));
    });
    if (limits.signal.aborted) return onAbort();
    for (const part of input) channel.write(part);
    channel.end();
  });
}
