import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether the process exists and is more than a zombie that nobody has collected yet. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}

/** Waits up to `limitMs` until none of the processes is alive; gives those that still are. */
export async function survivors(pids: readonly number[], limitMs = 5_000): Promise<readonly number[]> {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    const alive = await Promise.all(pids.map(isAlive));
    const left = pids.filter((_, index) => alive[index]);
    if (left.length === 0 || Date.now() > giveUpAt) return left;
    await sleep(50);
  }
}

/** Ids of the living processes whose command line contains the text. */
export async function processesMentioning(text: string): Promise<readonly number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    ids.map(async (id) => {
      const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      return id !== process.pid && command.includes(text) ? id : undefined;
    }),
  );
  return found.filter((id) => id !== undefined);
}

/** Ids of the direct children of a process, whichever of its threads started them. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const texts = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return texts.join(' ').trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Ids of every living process below a process: its children, theirs and so on. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const children = await childrenOf(pid);
  const below = await Promise.all(children.map(descendantsOf));
  return [...children, ...below.flat()];
}
