import { join } from 'node:path';
import type { ServiceLog } from '../src/supervision/service-log';
import { toolFolder } from './tool-folder';
import { DOWNLOADS, childEnvironment } from '../src/supervision/child-environment';
import { run } from '../src/supervision/child-process';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const OLDEST_GO = [1, 25] as const;

/** What a way of getting the CLI needs to know. */
export interface ObtainOptions {
  /** Writable; where the result is left. */
  readonly folder: string;
  /** With its `v`. */
  readonly version: string;
  readonly log: ServiceLog;
}

/**
 * Builds the CLI with Go from the versions and checksums fixed in `go.mod` and `go.sum`.
 * Two cores need 2–4 minutes, 1 GB of Go's own caches, and give a program of about 210 MB.
 *
 * @returns the path of the program, under a temporary name in `folder`.
 * @throws when Go is missing or too old, or with the compiler's words.
 */
export async function buildTemporalCli({ folder, version, log }: ObtainOptions): Promise<string> {
  const sources = toolFolder();
  if (sources === undefined) throw new Error('the sources with go.mod are not here');
  const env = childEnvironment(DOWNLOADS, { CGO_ENABLED: '0' });
  const go = await goVersion(sources, env);
  log.info(
    { version, go, folder },
    'building the Temporal CLI with Go; this happens once and takes 2 to 4 minutes on two cores',
  );
  const startedAt = Date.now();
  const made = join(folder, `temporal.building-${process.pid}`);
  const stamp = `-s -w -X github.com/temporalio/cli/temporalcli.Version=${version.slice(1)}`;
  await run('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags', stamp, '-o', made, PACKAGE], {
    cwd: sources,
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  log.info({ path: made, seconds: Math.round((Date.now() - startedAt) / 1000) }, 'built the Temporal CLI');
  return made;
}

/** Asked in the folder of `go.mod`, where a Go that may fetch newer toolchains answers with the one it would use. */
async function goVersion(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const needed = `Go ${OLDEST_GO.join('.')} or newer is needed`;
  const { stdout } = await run('go', ['env', 'GOVERSION'], { cwd, env }).catch((cause: unknown) => {
    throw new Error(`${needed}, but there is no usable "go" on PATH`, { cause });
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST_GO;
  if (Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor)) {
    throw new Error(`${needed}, but this is ${stdout.trim()}`);
  }
  return stdout.trim();
}
