import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `linux-x64` and the like: cached tools of several machines may share one directory. */
export const CACHE_PLATFORM = `${process.platform}-${process.arch}`;

/**
 * Where built and downloaded tools are kept, outside the source tree: `FIREBREAK_CACHE_DIR`, else
 * `XDG_CACHE_HOME/firebreak`, else `/var/cache/firebreak` for root (whose home other accounts cannot
 * enter) and `~/.cache/firebreak` for anybody else. An empty variable counts as unset.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env.FIREBREAK_CACHE_DIR) return env.FIREBREAK_CACHE_DIR;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'firebreak');
  return process.getuid?.() === 0 ? '/var/cache/firebreak' : join(homedir(), '.cache', 'firebreak');
}

/**
 * Makes (if needed) a directory below the cache root and gives its path.
 *
 * @throws the file system's error when the cache root cannot be written.
 */
export async function cacheDirectory(...names: readonly string[]): Promise<string> {
  const path = join(cacheRoot(), ...names);
  await mkdir(path, { recursive: true });
  return path;
}
