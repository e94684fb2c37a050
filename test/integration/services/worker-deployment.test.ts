import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { checkWorkerVersion } from '../../../src/operations/worker-version';
import { startTemporal, type TemporalServer } from '../../../temporal/dev-server';
import { describeDeployment, makeVersionCurrent } from '../../../temporal/worker-deployment';
import { quiet } from './support/quiet-log';

const deploymentName = 'responders';
const taskQueue = 'versioned';

let directory: string;
let server: TemporalServer;
let connection: Connection;
let native: NativeConnection;
let code: string;
const running: Promise<void>[] = [];
const workers: Worker[] = [];

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  directory = await mkdtemp(join(tmpdir(), 'firebreak-deployment-'));
  [server, { code }] = await Promise.all([
    startTemporal({ log: quiet, dataDir: directory, searchAttributes: {} }),
    bundleWorkflowCode({ workflowsPath: join(__dirname, 'support', 'echo.workflow.ts'), logger }),
  ]);
  connection = await Connection.connect({ address: server.address });
  native = await NativeConnection.connect({ address: server.address });
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await native.close();
  await connection.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What the server shows of pollers comes a moment after them. */
async function until(look: () => Promise<string>, wanted: string): Promise<void> {
  for (let tries = 0; tries < 50 && (await look()) !== wanted; tries += 1) await sleep(200);
  expect(await look()).toBe(wanted);
}

async function runWorker(buildId: string): Promise<void> {
  const worker = await Worker.create({
    connection: native,
    namespace: server.namespace,
    taskQueue,
    workflowBundle: { code },
    // `doctor` looks at the activity pollers, which every queue has.
    activities: { nothing: () => Promise.resolve() },
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  });
  workers.push(worker);
  running.push(worker.run());
}

test('a build without workers cannot become current', async () => {
  const wanted = { namespace: server.namespace, deploymentName: 'nobody', buildId: '1', withinMs: 500 };
  await expect(makeVersionCurrent(connection, wanted)).rejects.toMatchObject({ code: 'NO_WORKER' });
  expect(await describeDeployment(connection, wanted)).toBeUndefined();
});

test('O4 doctor says that no worker was ever seen', async () => {
  const client = new Client({ connection, namespace: server.namespace });
  const wanted = { namespace: server.namespace, deploymentName: 'nobody', queues: [taskQueue] };
  await expect(checkWorkerVersion(client, wanted)).rejects.toThrow('no worker of nobody was ever seen');
});

test('a versioned worker gets work once its version is current, and the next version takes over', async () => {
  const client = new Client({ connection, namespace: server.namespace });
  const { namespace } = server;
  await runWorker('1');
  const waiting = await client.workflow.start('echo', { taskQueue, workflowId: 'waiting', args: ['hello'] });
  await sleep(500);
  expect((await waiting.describe()).status.name).toBe('RUNNING');

  const version = (queues = [taskQueue]) => checkWorkerVersion(client, { namespace, deploymentName, queues });
  await expect(version()).rejects.toThrow(
    /no version is current, so workers \(1\) get no new work: run .*make-current/,
  );

  expect(await makeVersionCurrent(connection, { namespace, deploymentName, buildId: '1' })).toBeUndefined();
  expect(await version()).toBe('1');
  await expect(version([taskQueue, 'deserted'])).rejects.toThrow('version 1 is current, but on deserted only 1 poll');
  expect(await waiting.result()).toBe('hello');

  await runWorker('2');
  await until(version, '1; also running: 2');
  expect(await makeVersionCurrent(connection, { namespace, deploymentName, buildId: '2' })).toBe('1');
  await until(version, '2; also running: 1');
  expect(await makeVersionCurrent(connection, { namespace, deploymentName, buildId: '2' })).toBe('2');
  const state = await describeDeployment(connection, { namespace, deploymentName });
  expect(state?.currentBuildId).toBe('2');
  expect(state?.versions.map(({ buildId }) => buildId).sort()).toEqual(['1', '2']);
  expect(state?.versions.find(({ buildId }) => buildId === '2')?.status).toBe('current');
});
