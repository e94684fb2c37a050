import { constants } from 'node:fs';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { FirebreakError } from '../src/domain/errors';
import { CACHE_PLATFORM, cacheDirectory } from '../src/supervision/cache-directory';
import { withExclusiveLock } from '../src/supervision/exclusive-lock';
import type { ServiceLog } from '../src/supervision/service-log';
import { buildTemporalCli } from './server-build';
import { exchangeableBy, sha256OfFile } from './program-trust';
import { downloadTemporalCli } from './server-download';
import { run } from '../src/supervision/child-process';

/** Release of `github.com/temporalio/cli`, the same as in `go.mod`. Its server is 1.29.1, its UI 2.42.1. */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';

/** Worker deployment versions, which our workers use, are on by default from this server on. */
const OLDEST_SERVER = [1, 29] as const;

export type TemporalCliOrigin = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'go-build';

/** A Temporal CLI that can run `server start-dev`. */
export interface TemporalCli {
  readonly path: string;
  readonly origin: TemporalCliOrigin;
}

/**
 * Finds the Temporal CLI, or gets one: `TEMPORAL_CLI_PATH`, `temporal` on PATH (when recent enough, and nobody else could have put it
 * there), our cache, a build with Go from the hashes in `go.sum` (2–4 minutes, once), the SDK's own download (≤ 30 s, fails at once
 * without network). The download comes last: its hash is known to nobody but its server. `FIREBREAK_TEMPORAL_CLI_SHA256` pins any of them.
 *
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` listing the ways open to the user when none works, or when the pinned hash does not fit.
 */
export async function findTemporalCli({ log }: { readonly log: ServiceLog }): Promise<TemporalCli> {
  const found = await findAnyCli(log);
  const pinned = process.env.FIREBREAK_TEMPORAL_CLI_SHA256;
  if (pinned) {
    const sha256 = await sha256OfFile(found.path);
    if (sha256 !== pinned.toLowerCase()) {
      throw new FirebreakError(
        'TEMPORAL_UNREACHABLE',
        `${found.path} has the SHA-256 ${sha256}, but FIREBREAK_TEMPORAL_CLI_SHA256 is ${pinned}.`,
      );
    }
  }
  log.info({ ...found, pinned: Boolean(pinned) }, 'the Temporal CLI that is run');
  return found;
}

async function findAnyCli(log: ServiceLog): Promise<TemporalCli> {
  const named = process.env.TEMPORAL_CLI_PATH;
  if (named) {
    if (isAbsolute(named) && (await isExecutable(named))) return { path: named, origin: 'TEMPORAL_CLI_PATH' };
    throw new FirebreakError(
      'TEMPORAL_UNREACHABLE',
      `TEMPORAL_CLI_PATH=${named} is not the absolute path of a program.`,
    );
  }
  const onPath = await recentCliOnPath(log);
  if (onPath) return { path: onPath, origin: 'PATH' };

  const folder = await cacheDirectory('temporal-cli', `${TEMPORAL_CLI_VERSION}-${CACHE_PLATFORM}`);
  const path = join(folder, 'temporal');
  if (await isExecutable(path)) return { path, origin: 'cache' };
  log.info(
    { folder },
    'the Temporal CLI is not in the cache: getting it, or waiting for another process that is at it',
  );
  return withExclusiveLock(join(folder, 'lock'), async () => {
    if (await isExecutable(path)) return { path, origin: 'cache' };
    await removeInterrupted(folder);
    return obtain(folder, path, log);
  });
}

async function obtain(folder: string, path: string, log: ServiceLog): Promise<TemporalCli> {
  const failures: string[] = [];
  for (const [origin, get] of [
    ['go-build', buildTemporalCli],
    ['download', downloadTemporalCli],
  ] as const) {
    const made = await get({ folder, version: TEMPORAL_CLI_VERSION, log }).catch((error: unknown) => {
      failures.push(`${origin}: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (made === undefined) continue;
    if (origin === 'download') {
      log.warn(
        { path, sha256: await sha256OfFile(made) },
        'the downloaded Temporal CLI was checked against no known hash; pin it with FIREBREAK_TEMPORAL_CLI_SHA256',
      );
    }
    await rename(made, path);
    return { path, origin };
  }
  throw new FirebreakError(
    'TEMPORAL_UNREACHABLE',
    [
      'There is no Temporal server and none could be obtained. Any one of these helps:',
      '- set TEMPORAL_ADDRESS to a running server;',
      `- put the temporal CLI ${TEMPORAL_CLI_VERSION} on PATH, or set TEMPORAL_CLI_PATH to it;`,
      '- allow HTTPS to temporal.download;',
      '- install Go 1.25 or newer, so that it can be built from the Go module proxy.',
      `What was tried: ${failures.join('; ')}`,
    ].join('\n'),
  );
}

/** What a killed predecessor left half-made; we hold the lock. */
async function removeInterrupted(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== 'lock');
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function recentCliOnPath(log: ServiceLog): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, 'temporal');
    if (!(await isExecutable(path))) continue;
    const risk = await exchangeableBy(path);
    if (risk !== undefined) {
      log.warn(
        { path, risk },
        'not used: somebody else could have put it there; TEMPORAL_CLI_PATH takes it all the same',
      );
      continue;
    }
    const said = await run(path, ['--version'], { timeout: 10_000 }).catch(() => undefined);
    const [, major, minor] = /\(Server (\d+)\.(\d+)\./.exec(said?.stdout ?? '') ?? [];
    const [oldestMajor, oldestMinor] = OLDEST_SERVER;
    const recent = Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
    if (recent) return path;
    log.warn({ path, said: said?.stdout.trim() }, `not used: its server is older than ${OLDEST_SERVER.join('.')}`);
    return undefined;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
