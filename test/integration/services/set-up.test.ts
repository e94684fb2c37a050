import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../../src/domain/queues';
import { currentBuildId } from '../../../temporal/build-id';
import { startTemporal, type TemporalServer } from '../../../temporal/dev-server';
import { inspectNamespace } from '../../../temporal/namespace';
import { openDirectory } from './support/open-directory';
import { quiet } from './support/quiet-log';

const run = promisify(execFile);
const root = join(__dirname, '../../..');

let directory: string;
let server: TemporalServer;

beforeAll(async () => {
  directory = await openDirectory('set-up');
  server = await startTemporal({ log: quiet, dataDir: directory, searchAttributes: {} });
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function setUp(job: string, env: NodeJS.ProcessEnv = {}, more: readonly string[] = []): Promise<unknown> {
  const hook = join(__dirname, 'support', 'typescript-hook.cjs');
  return run(process.execPath, ['--require', hook, join(root, 'temporal/set-up.ts'), job, ...more], {
    env: { ...process.env, TEMPORAL_ADDRESS: server.address, ...env },
  });
}

test('O3 the set-up job makes the namespace ready, from its own process', async () => {
  await setUp('namespace', { TEMPORAL_NAMESPACE: 'production' });
  const connection = await Connection.connect({ address: server.address });
  const wanted = { namespace: 'production', searchAttributes: SEARCH_ATTRIBUTES };
  expect(await inspectNamespace(connection, wanted)).toEqual({ exists: true, missing: [], mistyped: [] });
  await connection.close();
});

test('U3 its exit codes: 2 for an unknown job, 5 without a server', async () => {
  await expect(setUp('nothing')).rejects.toMatchObject({ code: 2 });
  await expect(setUp('namespace', { TEMPORAL_ADDRESS: '127.0.0.1:1' })).rejects.toMatchObject({ code: 5 });
});

test('H5 the server is that of the configuration, TEMPORAL_ADDRESS wins, and plaintext to another machine is refused', async () => {
  const file = join(directory, 'set-up.yaml');
  const elsewhere = 'temporal: { address: "192.0.2.7:7233", namespace: from-file }\n';
  await writeFile(file, `temporal: { address: "${server.address}", namespace: from-file }\n`);
  await setUp('namespace', { TEMPORAL_ADDRESS: '' }, ['--config', file]);
  const connection = await Connection.connect({ address: server.address });
  const wanted = { namespace: 'from-file', searchAttributes: SEARCH_ATTRIBUTES };
  expect(await inspectNamespace(connection, wanted)).toMatchObject({ exists: true, missing: [] });
  await connection.close();
  await writeFile(file, elsewhere);
  await setUp('namespace', {}, ['--config', file]);
  await expect(setUp('namespace', { TEMPORAL_ADDRESS: '' }, ['--config', file])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('temporal.tls') as string,
  });
});

test('the build id is the one of the image, else the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(currentBuildId({})).toBe(version);
  expect(currentBuildId({ FIREBREAK_BUILD_ID: 'abc' })).toBe('abc');
});
