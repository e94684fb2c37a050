import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the worker deployment all our workers register under. */
export const DEPLOYMENT_NAME = 'firebreak';

/**
 * Build id of this code: `FIREBREAK_BUILD_ID` (set in the container image), else the package's version.
 * Workers register under it, and set-up makes the same one current.
 */
export function currentBuildId(env: NodeJS.ProcessEnv = process.env): string {
  if (env.FIREBREAK_BUILD_ID) return env.FIREBREAK_BUILD_ID;
  const places = [join(__dirname, '..'), join(__dirname, '..', '..')].map((folder) => join(folder, 'package.json'));
  const manifest = places.find((path) => existsSync(path));
  if (manifest === undefined) throw new Error('package.json is missing; set FIREBREAK_BUILD_ID.');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
