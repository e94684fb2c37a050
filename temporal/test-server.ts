import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FirebreakError } from '../src/domain/errors';
import { cacheDirectory } from '../src/supervision/cache-directory';
import { withExclusiveLock } from '../src/supervision/exclusive-lock';
import type { ServiceLog } from '../src/supervision/service-log';
import { expectListedFiles } from './program-trust';
import { toolFolder } from './tool-folder';
import { DOWNLOADS, childEnvironment } from '../src/supervision/child-environment';
import { run } from '../src/supervision/child-process';

/** Of `io.temporal:temporal-test-server`, the same as in `test-server.pom.xml`; `test-server.sha256` lists every jar that comes with it. */
const TEST_SERVER_VERSION = '1.32.1';

const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m'];

/**
 * Its only argument is a port. The serial collector and the first compiler alone make the JVM quick to start.
 *
 * The shell stays as the JVM's parent: the kernel ends the JVM with the shell, and the shell ends with
 * the test process, also when that is killed and when the SDK has started it. (The kernel watches the *thread* that starts a child,
 * and the SDK's threads come and go; so the JVM cannot be bound to the test process directly.)
 */
const WRAPPER = `#!/bin/sh
here=$(dirname "$0")
setpriv --pdeathsig KILL -- java ${JVM.join(' ')} \\
  -XX:SharedArchiveFile="$here/classes.jsa" -cp "$here/jars/*" io.temporal.testserver.TestServer "$@" &
while kill -0 "$PPID" && kill -0 $!; do sleep 1; done 2>/dev/null
kill -9 $! 2>/dev/null
`;

/** A change of the wrapper makes a new home. */
const HOME = `${TEST_SERVER_VERSION}-${createHash('sha256').update(WRAPPER).digest('hex').slice(0, 8)}`;

/** A server that has started by then has loaded the classes that the archive is for; seconds. */
const ARCHIVED_AFTER_S = 10;

/**
 * Finds the time-skipping test server, or gets it: `TEMPORAL_TEST_SERVER_PATH`, our cache, Maven (a few seconds, 33 MB, once).
 * Start it with a port; the SDK's `createTimeSkipping` takes its path too, but gives it only five seconds.
 *
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` when Java 11 or Maven is missing, or with Maven's words.
 */
export async function findTestServer({ log }: { readonly log: ServiceLog }): Promise<string> {
  const named = process.env.TEMPORAL_TEST_SERVER_PATH;
  if (named) return named;
  const parent = await cacheDirectory('temporal-test-server');
  const home = join(parent, HOME);
  const path = join(home, 'temporal-test-server');
  if (await isExecutable(path)) return path;
  return withExclusiveLock(`${home}.lock`, async () => {
    if (!(await isExecutable(path))) await fetchWithMaven(home, log);
    return path;
  });
}

async function fetchWithMaven(home: string, log: ServiceLog): Promise<void> {
  const sources = toolFolder();
  if (sources === undefined) throw missing('the folder with test-server.pom.xml is not here');
  await run('java', ['-version']).catch(() => {
    throw missing('Java 11 or newer is not installed (Debian: default-jre-headless)');
  });
  log.info({ version: TEST_SERVER_VERSION, home }, 'fetching the Temporal test server with Maven, once');
  const partial = `${home}.partial`;
  await rm(partial, { recursive: true, force: true });
  const pom = join(sources, 'test-server.pom.xml');
  await run(
    'mvn',
    [
      ...['--quiet', '--batch-mode', '--file', pom, COPY_DEPENDENCIES],
      ...['-DincludeScope=runtime', `-DoutputDirectory=${join(partial, 'jars')}`],
    ],
    { env: childEnvironment(DOWNLOADS) },
  ).catch((error: unknown) => {
    throw missing(
      `Maven failed or is not installed (Debian: maven): ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  await expectListedFiles(join(partial, 'jars'), join(sources, 'test-server.sha256')).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    throw missing(
      `what Maven fetched is not what is expected: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  await writeFile(join(partial, 'temporal-test-server'), WRAPPER, { mode: 0o755 });
  await rename(partial, home);
  await archiveClasses(home);
}

/** Loaded and checked once, the classes take a third of the time at each start. An older Java has no such archive, and needs none. */
async function archiveClasses(home: string): Promise<void> {
  const archive = join(home, 'classes.jsa');
  const jvm = [...JVM, `-XX:ArchiveClassesAtExit=${archive}.partial`];
  const anyPort = '0';
  const server = ['-cp', join(home, 'jars', '*'), 'io.temporal.testserver.TestServer', anyPort];
  // Ended by a signal, it writes the archive; `timeout` then fails, as it should.
  await run('timeout', [String(ARCHIVED_AFTER_S), 'java', ...jvm, ...server]).catch(() => undefined);
  await rename(`${archive}.partial`, archive).catch(() => undefined);
}

function missing(detail: string): FirebreakError {
  return new FirebreakError(
    'TEMPORAL_UNREACHABLE',
    `The test server for skipped time cannot be had: ${detail}. Or set TEMPORAL_TEST_SERVER_PATH.`,
  );
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
