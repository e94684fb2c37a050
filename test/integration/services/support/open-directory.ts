import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a temporary directory that PostgreSQL's account may enter, so that the cluster lies inside and goes with it. */
export async function openDirectory(name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `firebreak-${name}-`));
  await chmod(path, 0o755);
  return path;
}
