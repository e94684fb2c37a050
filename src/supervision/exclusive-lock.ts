import { once } from 'node:events';
import { spawn } from './child-process';

/**
 * Runs `work` while holding an exclusive lock on the file `path` (made if missing, never removed), so that
 * two processes do not build or unpack the same thing at once. Waits without a limit: the other one is at work.
 *
 * `flock(1)` holds the kernel lock and lets go when its standard input ends, which also happens
 * when this process is killed: there are no stale locks to judge.
 *
 * @throws when `flock` (util-linux) is missing or the file cannot be opened; else what `work` throws.
 */
export async function withExclusiveLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(holder, 'exit');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!held) throw new Error(`The lock ${path} cannot be taken (flock ended with ${holder.exitCode}).`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
