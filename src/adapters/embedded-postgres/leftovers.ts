import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FirebreakError } from '../../domain/errors';

/** Orphaned back ends notice a killed postmaster within milliseconds; the rest is for a busy machine. */
const ORPHANS_END_WITHIN_MS = 3_000;

/**
 * Clears what a killed server left, so that the next one starts: waits for its orphans, then removes `postmaster.pid`.
 *
 * PostgreSQL judges that file by the process id alone and refuses to start when the id was given to
 * another process meanwhile, which is common in containers. Every PostgreSQL process works in its
 * cluster's directory, so looking for such processes is the better question.
 *
 * @throws FirebreakError `DATABASE_UNREACHABLE` when a server goes on working in the cluster.
 */
export async function clearLeftovers(cluster: string): Promise<void> {
  const giveUpAt = Date.now() + ORPHANS_END_WITHIN_MS;
  for (;;) {
    const workers = await processesIn(cluster);
    if (workers.length === 0) break;
    if (Date.now() > giveUpAt) {
      throw new FirebreakError(
        'DATABASE_UNREACHABLE',
        `Another PostgreSQL works in ${cluster} (process ${workers.join(', ')}). Stop it, or choose another data directory.`,
      );
    }
    await sleep(50);
  }
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}

/** Ids of the processes whose working directory is `directory`, as far as we may see them. */
export function processesIn(directory: string): Promise<readonly number[]> {
  return processesWhere(async (id) => (await readlink(`/proc/${id}/cwd`)) === directory);
}

/** Ids of the processes on whose command line `path` is. */
export function processesGiven(path: string): Promise<readonly number[]> {
  return processesWhere(async (id) => (await readFile(`/proc/${id}/cmdline`, 'utf8')).includes(path));
}

async function processesWhere(isSo: (id: string) => Promise<boolean>): Promise<readonly number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(ids.map((id) => isSo(id).catch(() => false)));
  return ids.filter((_, index) => found[index]).map(Number);
}

/** Whether the postmaster `pid` has written that it accepts connections (the eighth line; what `pg_ctl --wait` reads). */
export async function acceptsConnections(cluster: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
