import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_PLATFORM, cacheDirectory } from '../src/supervision/cache-directory';
import { withExclusiveLock } from '../src/supervision/exclusive-lock';
import type { ServiceLog } from '../src/supervision/service-log';
import { buildGoProgram } from './server-build';

/** Temporal's server and its UI as programs of their own, as the images of docker-compose.yml have them; the CLI's server knows no TLS. */
export interface ServerPrograms {
  readonly server: string;
  readonly ui: string;
}

/** Of `go.temporal.io/server`, the same as in `go.mod`. */
const SERVER_VERSION = 'v1.29.1';

/**
 * Builds both with Go, once. About a minute after the CLI, with which they share all but a few packages; minutes without.
 *
 * @throws when Go is missing or too old, or with the compiler's words.
 */
export async function findServerPrograms({ log }: { readonly log: ServiceLog }): Promise<ServerPrograms> {
  const folder = await cacheDirectory('temporal-server', `${SERVER_VERSION}-${CACHE_PLATFORM}`);
  const find = async (name: string, source: string): Promise<string> => {
    const path = join(folder, name);
    if (!existsSync(path)) await rename(await buildGoProgram({ name, package: source }, { folder, log }), path);
    return path;
  };
  return withExclusiveLock(join(folder, 'lock'), async () => ({
    server: await find('temporal-server', 'go.temporal.io/server/cmd/server'),
    ui: await find('temporal-ui-server', 'github.com/temporalio/ui-server/v2/cmd/server'),
  }));
}
