import { constants } from 'node:os';
import { DOWNLOADS, childEnvironment } from '../../src/supervision/child-environment';
import { spawn } from '../../src/supervision/child-process';
import { LabError } from './lab-error';
import { sendSignal } from './processes';

export interface CommandOptions {
  /** Written to standard input, which is then closed. Default: nothing. */
  readonly stdin?: string;
  /** Limit in milliseconds, after which the command and what it started are killed. Default: none. */
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface CommandResult {
  /** Exit status; 128 + signal number when a signal ended the command. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, in a process group of its own so that Ctrl-C on our terminal does not reach it.
 *
 * @throws LabError `LAB_COMMAND_FAILED` when the program cannot be started, `LAB_COMMAND_TIMEOUT` after `timeoutMs`.
 */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, env: options.env ?? childEnvironment(DOWNLOADS) });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
          }, options.timeoutMs);

    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program may end without reading its input; its exit status tells more than EPIPE would.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new LabError('LAB_COMMAND_FAILED', `${command} cannot be started: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (timedOut) {
        reject(new LabError('LAB_COMMAND_TIMEOUT', `${command} was not done within ${options.timeoutMs ?? 0} ms.`));
        return;
      }
      resolve({
        code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      });
    });
  });
}

/**
 * Runs a program that is expected to succeed and gives its standard output.
 *
 * @throws as {@link tryCommand}; LabError `LAB_COMMAND_FAILED` with the end of its standard error for any exit status but 0.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryCommand(command, args, options);
  if (result.code !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-8).join('\n');
    throw new LabError('LAB_COMMAND_FAILED', `\`${command} ${args.join(' ')}\` ended with ${result.code}: ${said}`);
  }
  return result.stdout;
}
