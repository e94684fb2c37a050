import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TRIES = 6;

/**
 * What a browser shows of a page once its scripts have run. On a busy machine it may show the page before that: it is asked again.
 * @param expected what the page shows when it is complete; after the last try the page comes as it is
 */
export async function shownBy(url: string, expected: RegExp, triesLeft = TRIES): Promise<string> {
  const page = await dumped(url);
  return expected.test(page) || triesLeft <= 1 ? page : shownBy(url, expected, triesLeft - 1);
}

async function dumped(url: string): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'firebreak-browser-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
  ];
  try {
    const { stdout } = await run('chromium', [...flags, '--virtual-time-budget=10000', '--dump-dom', url], {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 100_000,
    });
    return stdout;
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}
