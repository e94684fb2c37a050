import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObtainOptions } from './server-build';
import { DOWNLOADS, childEnvironment } from '../src/supervision/child-environment';
import { run } from '../src/supervision/child-process';

const LIMIT_MS = 30_000;

/**
 * The SDK has no call that only downloads: its test environment fetches the program and starts it, and we stop it again.
 * In a process of its own, because doing so installs the SDK's one Runtime, which a worker wants to install itself.
 */
const START_AND_STOP = `
const [testing, downloadDir, version] = process.argv.slice(1);
const executable = { type: 'cached-download', downloadDir, version };
require(testing).TestWorkflowEnvironment.createLocal({ server: { executable } }).then((server) => server.teardown());
`;

/**
 * Lets the Temporal SDK download the CLI; the program is proven to run by then.
 *
 * @returns the path of the program, under a temporary name in `folder`.
 * @throws when `@temporalio/testing` is not installed, without network (at once), or after 30 s.
 */
export async function downloadTemporalCli({ folder, version, log }: ObtainOptions): Promise<string> {
  const testing = require.resolve('@temporalio/testing');
  const downloadDir = await mkdtemp(join(folder, 'download-'));
  log.info({ version }, 'asking the Temporal SDK to download the CLI');
  try {
    await run(process.execPath, ['--eval', START_AND_STOP, testing, downloadDir, version], {
      timeout: LIMIT_MS,
      env: childEnvironment(DOWNLOADS),
    }).catch((error: unknown) => {
      throw new Error(`the SDK could not download it${reason(error)}`, { cause: error });
    });
    const [file] = await readdir(downloadDir);
    if (file === undefined) throw new Error('the SDK left no file');
    const made = join(folder, `temporal.downloaded-${process.pid}`);
    await rename(join(downloadDir, file), made);
    return made;
  } finally {
    await rm(downloadDir, { recursive: true, force: true });
  }
}

/** The line of the SDK's stack trace that says what went wrong. */
function reason(error: unknown): string {
  const stderr = (error as { readonly stderr?: string }).stderr ?? '';
  const line = stderr.split('\n').find((candidate) => /error:/i.test(candidate));
  return line === undefined ? ` within ${LIMIT_MS / 1000} s` : ` (${line.trim().slice(0, 300)})`;
}
