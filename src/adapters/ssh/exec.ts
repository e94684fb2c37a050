import { setImmediate as nextTurn } from 'node:timers/promises';
import { FirebreakError } from '../../domain/errors';
import { printable } from '../../domain/printable';
import { HOST_EXIT } from '../host-script/host-exit';
import type { ProgramVoice } from '../host-script/program-voice';
import { hostWords } from '../host-script/reply';
import { ignoreErrors, listen } from './listen';
import type { SshChannel } from './ssh-connection';
import { abortReason } from './tcp';

/** What one command gave. */
export interface ExecOutcome {
  /** Printable, one line. */
  readonly stderr: string;
  readonly code: number;
  /** Of the program, from its mark on. */
  readonly bytes: number;
  readonly truncated: boolean;
  /** What came while no program spoke, when none did: printable, one line. */
  readonly noise?: string;
}

export interface ExecLimits {
  readonly timeoutMs: number;
  /** What comes beyond is not read: the command is ended and its code is HUNG_UP. */
  readonly maxOutputBytes: number;
  /** Whose bytes count; what comes before them is not handed on. */
  readonly voice: ProgramVoice;
  readonly signal: AbortSignal;
}

/** What a shell reports for a program whose reader has gone: 128 + SIGPIPE. */
export const HUNG_UP = 141;

const KEPT_STDERR_BYTES = 8 * 1024;
const KEPT_STDERR_CHARACTERS = 2_000;

/** Programs complain in some lines; what is beyond the first is read and forgotten, but not for ever. */
export const MAX_STDERR_BYTES = 1024 * 1024;

/** The consumer's work on so many bytes at most lies between two turns of the event loop. */
const TURN_EVERY_BYTES = 64 * 1024;

/** sudo(8) warns so before a command that it runs all the same; whatever else it says before the gate is why it does not. */
const SUDO_WARNING =
  /sudo(?:-rs)?: (?:unable to (?:resolve host|send audit message|stat|open|mkdir|initialize policy plugin cache)|setrlimit)/g;

/** Words of sudo(8), or of a shell that does not find it. */
const SUDO_REFUSAL =
  /\bsudo(?:-rs)?: |is not in the sudoers file|is not allowed to (?:execute|run sudo)|may not run sudo|sudo(?:: not found|: No such file)/;

/** Words of sshd(8) for an account whose password has aged: it lets nobody in who cannot change it at a terminal. */
const PASSWORD_AGED = /Password change required|[Pp]assword has expired|account has expired/;

function refusalOf(outcome: ExecOutcome): FirebreakError | undefined {
  const words = hostWords(outcome.stderr);
  // sudo names the gate by its path when it does not find it.
  const gate = /(?<!\/)firebreak-gate: /.test(words);
  if (!gate && (outcome.code === 1 || outcome.code === 127) && outcome.bytes === 0) {
    if (PASSWORD_AGED.test(words) && !words.includes('sudo: ')) return new FirebreakError('HOST_AUTH_REFUSED', words);
    if (SUDO_REFUSAL.test(words.replace(SUDO_WARNING, ''))) return new FirebreakError('SUDO_REFUSED', words);
  }
  if (gate && outcome.code === HOST_EXIT.orderRefused) return new FirebreakError('HOST_ORDER_REFUSED', words);
  if (gate && outcome.code === HOST_EXIT.orderUnchecked) return new FirebreakError('HOST_ORDER_UNCHECKED', words);
  const gateCodes: readonly number[] = [HOST_EXIT.scriptRefused, HOST_EXIT.gateRequest, HOST_EXIT.gateBroken];
  return gate && gateCodes.includes(outcome.code) ? new FirebreakError('HOST_SCRIPT_REFUSED', words) : undefined;
}

function isExitCode(code: unknown): code is number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 0;
}

/**
 * Feeds a started command and waits for its end. A chunk is handed on only when the one before has been taken, and SSH's
 * window keeps the host from sending more meanwhile. Nothing that the host sends or `onChunk` does can throw into the channel.
 *
 * @throws FirebreakError HOST_TIMEOUT, OUTCOME_UNKNOWN (no exit code came), HOST_AUTH_REFUSED (the password has aged), SUDO_REFUSED,
 *   HOST_SCRIPT_REFUSED, HOST_ORDER_REFUSED, HOST_ORDER_UNCHECKED, HOST_REPLY_REFUSED;
 *   what `onChunk` throws; the signal's reason when it is aborted. After any of these, and after HUNG_UP, the connection is not to
 *   be used again.
 */
export async function execOn(
  channel: SshChannel,
  input: readonly (string | Buffer)[],
  limits: ExecLimits,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<ExecOutcome> {
  return new Promise((resolve, reject) => {
    let code: unknown;
    let bytes = 0;
    let sinceTurn = 0;
    let truncated = false;
    let stderr = Buffer.alloc(0);
    let stderrBytes = 0;
    let taken: Promise<void> = Promise.resolve();
    let settled = false;

    const timer = setTimeout(
      () =>
        settle(
          new FirebreakError('HOST_TIMEOUT', {
            cause: 'no-end-after',
            seconds: Math.round(limits.timeoutMs / 100) / 10,
          }),
        ),
      limits.timeoutMs,
    );
    const onAbort = (): void => settle(abortReason(limits.signal));
    limits.signal.addEventListener('abort', onAbort, { once: true });

    function settle(result: unknown): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
      if (!isExitCode(result)) {
        close();
        return reject(result instanceof Error ? result : new Error(String(result)));
      }
      const words = printable(stderr.toString('utf8'), KEPT_STDERR_CHARACTERS);
      const noise = limits.voice.spoken ? '' : hostWords(limits.voice.noise.toString('utf8'));
      const outcome = { stderr: words, code: result, bytes, truncated, ...(noise === '' ? {} : { noise }) };
      const refusal = refusalOf(outcome);
      if (refusal === undefined) resolve(outcome);
      else reject(refusal);
    }

    /** The library writes to a socket that may be gone; then there is nothing to close. */
    function close(): void {
      try {
        channel.close();
      } catch {
        return;
      }
    }

    /** An async function, so that a consumer that throws at once is one that rejects. */
    async function hand(part: Buffer): Promise<void> {
      await onChunk(part);
      sinceTurn += part.length;
      if (sinceTurn < TURN_EVERY_BYTES) return;
      sinceTurn = 0;
      await nextTurn();
    }

    function take(chunk: Buffer): void {
      if (settled) return;
      const own = limits.voice.take(chunk);
      if (own === undefined) return;
      const room = limits.maxOutputBytes - bytes;
      const part = own.length <= room ? own : own.subarray(0, Math.max(0, room));
      if (part.length < own.length) truncated = true;
      bytes += part.length;
      if (part.length > 0) {
        channel.pause();
        taken = hand(part).then(() => void channel.resume(), settle);
      }
      if (truncated) {
        void taken.then(() => {
          settle(HUNG_UP);
          close();
        });
      }
    }

    function takeComplaint(chunk: Buffer): void {
      stderrBytes += chunk.length;
      if (stderrBytes > MAX_STDERR_BYTES) {
        return settle(
          new FirebreakError('HOST_REPLY_REFUSED', {
            cause: 'reply-too-much',
            what: 'complaints',
            most: MAX_STDERR_BYTES,
          }),
        );
      }
      if (stderr.length < KEPT_STDERR_BYTES)
        stderr = Buffer.concat([stderr, chunk.subarray(0, KEPT_STDERR_BYTES - stderr.length)]);
    }

    listen(channel, 'data', take, settle);
    listen(channel.stderr, 'data', takeComplaint, settle);
    listen(channel, 'exit', (given: unknown) => void (code = given), settle);
    ignoreErrors(channel);
    ignoreErrors(channel.stderr);
    listen(
      channel,
      'close',
      // A quick host's exit code can come in the same packet as its yes to the command, before anybody listens for `exit`: ssh2 repeats it.
      (repeated: unknown) => {
        const known = isExitCode(code) ? code : repeated;
        void taken.then(() =>
          settle(
            isExitCode(known)
              ? known
              : new FirebreakError('OUTCOME_UNKNOWN', { cause: 'reply-faulty', why: 'no-exit-code' }),
          ),
        );
      },
      settle,
    );
    if (limits.signal.aborted) return onAbort();
    for (const part of input) channel.write(part);
    channel.end();
  });
}
