import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { passwordFile } from './cluster';
import { processesGiven, processesIn } from './leftovers';
import { type Account, canEnter } from './service-account';

/** Only root needs it, and only root writes below `/var/lib`: nobody can put a directory of theirs in the way. */
const SHELTER = '/var/lib/firebreak/postgres';

/** A temporary cluster's sibling file, holding the data directory it stands in for. */
const OWNER_SUFFIX = '.temporary.for';

/**
 * `dataDir/cluster` where the account can go there, else a directory in the shelter that belongs to this data directory alone.
 * On the way there, abandoned temporary clusters are removed.
 */
export async function clusterPlace(
  dataDir: string,
  account: Account | undefined,
  persistent: boolean,
): Promise<string> {
  if (await canEnter(account, dataDir)) return join(dataDir, 'cluster');
  await removeAbandonedClusters(0);
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  if (persistent) {
    await mkdir(SHELTER, { recursive: true, mode: 0o755 });
    return join(SHELTER, name);
  }
  await noteOwner(join(SHELTER, `${name}${OWNER_SUFFIX}`), dataDir);
  return join(SHELTER, `${name}.temporary`);
}

/** Removes a cluster with its password, what an interrupted `initdb` left of it, and the note about its owner, which goes last. */
export async function removeCluster(cluster: string): Promise<void> {
  const beside = [`${cluster}.partial`, `${cluster}.partial.passwd`, `${cluster}.pw`, passwordFile(cluster)];
  await Promise.all([cluster, ...beside].map((path) => rm(path, { recursive: true, force: true })));
  await rm(`${cluster}.for`, { force: true });
  // Root's machine is left as it was found; what others keep in there keeps the directories.
  if (dirname(cluster) === SHELTER)
    for (const directory of [SHELTER, dirname(SHELTER)]) await rmdir(directory).catch(() => undefined);
}

/**
 * Removes the temporary clusters whose data directory is gone: their owners were killed.
 *
 * @param patienceMs - how long a server that still works in one is waited for: PostgreSQL ends with its owner, but not at once.
 * @returns those that are still there, each with the reason.
 */
export async function removeAbandonedClusters(patienceMs: number): Promise<readonly string[]> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const busy: string[] = [];
    for (const cluster of await abandonedClusters()) {
      const processes = await processesUsing(cluster);
      if (processes.length === 0) await removeCluster(cluster);
      else busy.push(`database ${cluster}: in use by the processes ${processes.join(', ')}`);
    }
    if (busy.length === 0 || Date.now() >= giveUpAt) return busy;
    await sleep(50);
  }
}

/** The directory may go with the last cluster between the two steps: then once more. */
async function noteOwner(note: string, dataDir: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(SHELTER, { recursive: true, mode: 0o755 });
    try {
      await writeFile(note, dataDir);
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw cause;
    }
  }
}

async function abandonedClusters(): Promise<readonly string[]> {
  const names = await readdir(SHELTER).catch(() => []);
  const abandoned: string[] = [];
  for (const note of names.filter((name) => name.endsWith(OWNER_SUFFIX))) {
    const owner = await readFile(join(SHELTER, note), 'utf8').catch(() => '/');
    if (await isGone(owner)) abandoned.push(join(SHELTER, note.slice(0, -'.for'.length)));
  }
  return abandoned;
}

/** A server works in its cluster; `initdb`, which outlives who called it, was given the path of the partial one. */
async function processesUsing(cluster: string): Promise<readonly number[]> {
  return [...new Set([...(await processesIn(cluster)), ...(await processesGiven(cluster))])];
}

function isGone(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  );
}
