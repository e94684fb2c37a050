import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { passwordFile } from './cluster';
import { processesIn } from './leftovers';
import { type Account, canEnter } from './service-account';

/** Only root needs it, and only root writes below `/var/lib`: nobody can put a directory of theirs in the way. */
const SHELTER = '/var/lib/firebreak/postgres';

/** A temporary cluster's sibling file, holding the data directory it stands in for. */
const OWNER_SUFFIX = '.temporary.for';

/**
 * `dataDir/cluster` where the account can go there, else a directory in the shelter that belongs to this data directory alone.
 * On the way there, temporary clusters are removed whose data directory is gone: their owners were killed.
 */
export async function clusterPlace(
  dataDir: string,
  account: Account | undefined,
  persistent: boolean,
): Promise<string> {
  if (await canEnter(account, dataDir)) return join(dataDir, 'cluster');
  await mkdir(SHELTER, { recursive: true, mode: 0o755 });
  await removeAbandoned();
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  if (persistent) return join(SHELTER, name);
  await writeFile(join(SHELTER, `${name}${OWNER_SUFFIX}`), dataDir);
  return join(SHELTER, `${name}.temporary`);
}

/** Removes a cluster with its password and the note about its owner. */
export async function removeCluster(cluster: string): Promise<void> {
  await rm(cluster, { recursive: true, force: true });
  await Promise.all([passwordFile(cluster), `${cluster}.for`].map((path) => rm(path, { force: true })));
}

async function removeAbandoned(): Promise<void> {
  const notes = (await readdir(SHELTER)).filter((name) => name.endsWith(OWNER_SUFFIX));
  for (const note of notes) {
    const owner = await readFile(join(SHELTER, note), 'utf8').catch(() => '/');
    const cluster = join(SHELTER, note.slice(0, -'.for'.length));
    const abandoned = (await isGone(owner)) && (await processesIn(cluster)).length === 0;
    if (abandoned) await removeCluster(cluster);
  }
}

function isGone(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  );
}
