import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openDirectory } from './support/open-directory';
import { childrenOf, isAlive, processesMentioning, survivors } from './support/processes';

const hook = join(__dirname, 'support', 'typescript-hook.cjs');
const script = join(__dirname, 'support', 'both-servers.ts');

test('kill -9 of the process that started them leaves neither server nor any of their processes', async () => {
  const directory = await openDirectory('orphans');
  const parent = spawn(process.execPath, ['--require', hook, script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const [postgres, temporal] = JSON.parse(line) as [number, number];
  const backends = await childrenOf(postgres);
  const family = [postgres, temporal, ...backends];
  expect(backends.length).toBeGreaterThan(0);
  expect(await Promise.all(family.map(isAlive))).not.toContain(false);

  parent.kill('SIGKILL');
  await once(parent, 'exit');

  expect(await survivors(family)).toEqual([]);
  expect(await survivors(await processesMentioning(directory))).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});
