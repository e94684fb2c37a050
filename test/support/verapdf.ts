import { execFile } from 'node:child_process';
import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../src/supervision/cache-directory';
import { withExclusiveLock } from '../../src/supervision/exclusive-lock';

const run = promisify(execFile);

/** Of `org.verapdf.apps:greenfield-apps`, the same as in `verapdf.pom.xml`. */
const VERAPDF_VERSION = '1.28.2';

const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The verdict on one file. */
export interface PdfVerdict {
  readonly file: string;
  readonly compliant: boolean;
  /** `6.2.11.8-1`: clause and number of each rule that failed. */
  readonly failedRules: readonly string[];
}

/**
 * Fetches veraPDF (19 MB, once, with Maven), kept in the cache outside the tree. Needs Java 11 or later.
 *
 * @returns the folder with its jars
 * @throws with the words of `mvn` when it is missing or the network is
 */
export async function fetchVeraPdf(): Promise<string> {
  const home = join(await cacheDirectory('verapdf'), VERAPDF_VERSION);
  return withExclusiveLock(`${home}.lock`, async () => {
    if (await isThere(home)) return home;
    const partial = `${home}.partial`;
    await rm(partial, { recursive: true, force: true });
    const pom = join(__dirname, 'verapdf.pom.xml');
    await run('mvn', [
      ...['--quiet', '--batch-mode', '--file', pom, COPY_DEPENDENCIES],
      ...['-DincludeScope=runtime', `-DoutputDirectory=${partial}`],
    ]);
    await rename(partial, home);
    return home;
  });
}

/**
 * Validates files against one flavour (`3b`: PDF/A-3b, `ua1`: PDF/UA-1), all in one run of the JVM.
 *
 * @throws when veraPDF says nothing about one of the files
 */
export async function validatePdfs(
  jars: string,
  flavour: '3b' | 'ua1',
  files: readonly string[],
): Promise<readonly PdfVerdict[]> {
  const output = await run(
    'java',
    [
      ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx1g', '-cp', join(jars, '*')],
      ...['org.verapdf.apps.GreenfieldCliWrapper', '--flavour', flavour, '--format', 'text', '-v', ...files],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
    // Exit code 1 says that a file does not comply: that is an answer.
  ).catch((error: unknown) => {
    if (isExit(error) && error.code === 1) return { stdout: error.stdout };
    throw error;
  });
  const verdicts = parseVerdicts(output.stdout);
  return files.map((file) => {
    const verdict = verdicts.find((candidate) => candidate.file === file);
    if (verdict === undefined) throw new Error(`veraPDF says nothing about ${file}:\n${output.stdout}`);
    return verdict;
  });
}

/** `PASS file 3b`, or `FAIL file 3b` followed by a line a rule. */
function parseVerdicts(text: string): readonly PdfVerdict[] {
  const verdicts: { file: string; compliant: boolean; failedRules: string[] }[] = [];
  for (const line of text.split('\n')) {
    const verdict = /^(PASS|FAIL) (.+) \S+$/.exec(line);
    if (verdict !== null) {
      verdicts.push({ file: verdict[2] ?? '', compliant: verdict[1] === 'PASS', failedRules: [] });
      continue;
    }
    const rule = /^\s+FAIL (\S+)/.exec(line);
    if (rule !== null) verdicts.at(-1)?.failedRules.push(rule[1] ?? '');
  }
  return verdicts;
}

function isExit(error: unknown): error is { readonly code: number; readonly stdout: string } {
  return typeof error === 'object' && error !== null && 'code' in error && 'stdout' in error;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
