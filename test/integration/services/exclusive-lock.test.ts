import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withExclusiveLock } from '../../../src/supervision/exclusive-lock';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-lock-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test('two holders never work at once, and a failure lets go', async () => {
  const path = join(directory, 'lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(50);
    inside--;
    throw new Error('over');
  };
  const ends = await Promise.allSettled([1, 2, 3].map(() => withExclusiveLock(path, work)));
  expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(most).toBe(1);
});

test('a killed holder lets go', async () => {
  const path = join(directory, 'lock');
  const hook = join(__dirname, 'support', 'typescript-hook.cjs');
  const lock = join(__dirname, '../../../src/supervision/exclusive-lock.ts');
  const script = `require(${JSON.stringify(lock)}).withExclusiveLock(${JSON.stringify(path)}, () => {
    console.log('held');
    return new Promise((resolve) => setTimeout(resolve, 60000));
  });`;
  const holder = spawn(process.execPath, ['--require', hook, '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  expect(await withExclusiveLock(path, () => Promise.resolve('mine'))).toBe('mine');
});

test('a lock file that cannot be made is an error', async () => {
  await expect(withExclusiveLock(join(directory, 'no', 'lock'), () => Promise.resolve())).rejects.toThrow(
    'cannot be taken',
  );
});
