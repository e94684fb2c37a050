import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a browser shows of a page once its scripts have run. */
export async function shownBy(url: string): Promise<string> {
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
