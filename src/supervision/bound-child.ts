import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { childEnvironment } from './child-environment';
import { spawn } from './child-process';

/** What to run, and as whom. */
export interface BoundCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute; must be enterable by `account`. */
  readonly cwd: string;
  /** Receives standard output and error, appended; made with mode 0600. */
  readonly logFile: string;
  /** Default: `childEnvironment()`, which holds no secret of ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Sent by the kernel when we end; `SIGKILL` unless the program tidies up at once on a gentler one. */
  readonly deathSignal?: 'SIGKILL' | 'SIGQUIT';
  /** Run as this account instead of our own (needs root). */
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** A running child that cannot outlive this process. */
export interface BoundChild {
  readonly pid: number;
  /** Resolves once with `exit CODE` or `signal NAME`; never rejects. */
  readonly ended: Promise<string>;
  /** True until the child has ended. */
  running(): boolean;
  /** Sends a signal; does nothing when the child has ended. */
  signal(name: NodeJS.Signals): void;
}

/**
 * The parent may die between fork and the kernel's promise to kill the child with it; then nobody would.
 * So the child, already under that promise, looks once whether its parent is still the expected one.
 * No core dumps: the memory of a worker or a database holds keys, and a core would be a copy of them on disk.
 */
const CHECK_PARENT_THEN_EXEC = 'ulimit -c 0 && [ "$PPID" = "$1" ] || exit 70; shift; exec "$@"';

/**
 * Starts a child that the kernel signals when this process ends in any way, `kill -9` included
 * (PR_SET_PDEATHSIG through `setpriv` of util-linux, which then turns into the command: same pid, no supervisor left).
 * It has a session of its own, so that Ctrl-C on the terminal reaches us and not it, and does not keep our event loop alive.
 *
 * Call it on the main thread: the kernel watches the calling *thread*, and a worker thread that ends takes the child along.
 * The program must not be set-user-ID, because that clears the kernel's promise.
 *
 * @throws when `setpriv` is missing, or `cwd` or the log file cannot be opened.
 */
export async function spawnBound(what: BoundCommand): Promise<BoundChild> {
  const log = openSync(what.logFile, 'a', 0o600);
  try {
    const deathSignal = (what.deathSignal ?? 'SIGKILL').slice('SIG'.length);
    const guard = ['--pdeathsig', deathSignal, '--', 'sh', '-c', CHECK_PARENT_THEN_EXEC, 'sh', String(process.pid)];
    const child = spawn('setpriv', [...guard, what.command, ...what.args], {
      cwd: what.cwd,
      detached: true,
      stdio: ['ignore', log, log],
      env: what.env ?? childEnvironment(),
      ...what.account,
    });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `exit ${code}` : `signal ${signal}`));
    });
    await once(child, 'spawn');
    child.unref();
    return {
      pid: child.pid ?? 0,
      ended,
      running: () => child.exitCode === null && child.signalCode === null,
      signal: (name) => void child.kill(name),
    };
  } finally {
    closeSync(log);
  }
}
