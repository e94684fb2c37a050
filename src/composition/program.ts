import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the running program: the folder with `migrations`, `workflows` and the bundle. */
export const PROGRAM_ROOT = join(__dirname, '..', '..');

/** Build id of this very code, so that a changed program never continues pinned runs of another one. */
export function buildIdOf(root: string = PROGRAM_ROOT): string {
  const manifest = [join(root, 'package.json'), join(root, '..', 'package.json')].find((path) => existsSync(path));
  const version =
    manifest === undefined ? '0' : (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  const stamp = join(root, '.bundle-stamp');
  return existsSync(stamp) ? `${version}-${readFileSync(stamp, 'utf8').slice(0, 12)}` : version;
}
