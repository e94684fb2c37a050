import { join } from 'node:path';
import type { ServiceLog } from '../src/supervision/service-log';
import { toolFolder } from './tool-folder';
import { DOWNLOADS, childEnvironment } from '../src/supervision/child-environment';
import { run } from '../src/supervision/child-process';

const OLDEST_GO = [1, 25] as const;

/** What a way of getting the CLI needs to know. */
export interface ObtainOptions {
  /** Writable; where the result is left. */
  readonly folder: string;
  /** With its `v`. */
  readonly version: string;
  readonly log: ServiceLog;
}

/** A program that `go.mod` names as a tool. */
interface GoProgram {
  readonly name: string;
  readonly package: string;
  /** More words for the linker. */
  readonly stamp?: string;
}

/**
 * Builds the CLI with Go. Two cores need 2–4 minutes, 1 GB of Go's own caches, and give a program of about 210 MB.
 *
 * @returns the path of the program, under a temporary name in `folder`.
 * @throws when Go is missing or too old, or with the compiler's words.
 */
export function buildTemporalCli({ folder, version, log }: ObtainOptions): Promise<string> {
  const stamp = `-X github.com/temporalio/cli/temporalcli.Version=${version.slice(1)}`;
  const program = { name: 'temporal', package: 'github.com/temporalio/cli/cmd/temporal', stamp };
  log.info({ version }, 'building the Temporal CLI with Go; this happens once and takes 2 to 4 minutes on two cores');
  return buildGoProgram(program, { folder, log });
}

/**
 * Builds a program from the versions and checksums fixed in `go.mod` and `go.sum`. All programs are built with the same flags, so
 * that Go compiles what they have in common once.
 *
 * @returns the path of the program, under a temporary name in `folder`.
 * @throws when Go is missing or too old, or with the compiler's words.
 */
export async function buildGoProgram(
  { name, package: source, stamp = '' }: GoProgram,
  { folder, log }: Omit<ObtainOptions, 'version'>,
): Promise<string> {
  const sources = toolFolder();
  if (sources === undefined) throw new Error('the sources with go.mod are not here');
  const env = childEnvironment(DOWNLOADS, { CGO_ENABLED: '0' });
  const go = await goVersion(sources, env);
  const startedAt = Date.now();
  const path = join(folder, `${name}.building-${process.pid}`);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${stamp}`];
  await run('go', ['build', ...flags, '-o', path, source], { cwd: sources, env, maxBuffer: 64 * 1024 * 1024 });
  log.info({ path, go, seconds: Math.round((Date.now() - startedAt) / 1000) }, `built ${source}`);
  return path;
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
