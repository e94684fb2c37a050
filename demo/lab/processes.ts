import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names one process for good: process ids are given out again, start times of one id are not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since the machine booted. */
  readonly startTime: string;
}

const POLL_MS = 10;

/** The running process `pid`, or undefined when there is none (one that only waits to be reaped counts as gone). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return state === 'Z' || startTime === undefined ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/**
 * Sends SIGKILL to all processes that `list` names, and asks again until it names none: processes may fork meanwhile.
 *
 * @returns the process ids that are still listed after `patienceMs`.
 */
export async function killUntilNone(
  list: () => readonly number[] | Promise<readonly number[]>,
  patienceMs = 10_000,
): Promise<readonly number[]> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const pids = (await list()).filter((pid) => pid !== process.pid && identify(pid) !== undefined);
    if (pids.length === 0 || Date.now() > giveUpAt) return pids;
    for (const pid of pids) sendSignal(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

/** Sends a signal to a process, or with a negative id to its process group; one that has ended meanwhile is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Asks `done` every few milliseconds; false when it has not come true after `patienceMs`. */
export async function waitUntil(
  done: () => boolean | Promise<boolean>,
  patienceMs: number,
  pollMs = POLL_MS,
): Promise<boolean> {
  const giveUpAt = Date.now() + patienceMs;
  while (!(await done())) {
    if (Date.now() > giveUpAt) return false;
    await sleep(pollMs);
  }
  return true;
}
