import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../../src/domain/queues';
import { connectTemporal } from '../../../temporal/connect';
import { startTemporal, type TemporalServer } from '../../../temporal/dev-server';
import { DYNAMIC_CONFIG } from '../../../temporal/dynamic-config';
import { ensureNamespace, inspectNamespace } from '../../../temporal/namespace';
import { keptLog, quiet } from './support/quiet-log';
import { survivors } from './support/processes';

const searchAttributes = SEARCH_ATTRIBUTES;

let directory: string;
let server: TemporalServer;
let connection: Connection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-temporal-'));
  server = await startTemporal({ log: quiet, dataDir: directory, searchAttributes });
  connection = await Connection.connect({ address: server.address });
});

afterAll(async () => {
  await connection.close();
  await server.stop();
  expect(await survivors([server.pid])).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

test('O1 the namespace and its search attributes are there when the start returns', async () => {
  const state = await inspectNamespace(connection, { namespace: server.namespace, searchAttributes });
  expect(state).toEqual({ exists: true, missing: [], mistyped: [] });
});

test('the web UI answers', async () => {
  const reply = await fetch(`${server.uiUrl}/namespaces/${server.namespace}/workflows`);
  expect(reply.status).toBe(200);
  expect(await reply.text()).toContain('<html');
});

test('the server knows every dynamic setting we give', async () => {
  expect(DYNAMIC_CONFIG).toHaveProperty(['matching.useNewMatcher'], true);
  const client = new Client({ connection, namespace: server.namespace });
  await client.workflow.start('nobodyServesThis', {
    taskQueue: 'priority',
    workflowId: 'priority',
    priority: { priorityKey: 1 },
  });
  const description = await client.workflow.getHandle('priority').describe();
  expect(description.priority?.priorityKey).toBe(1);
});

test('workflows and search attributes survive kill -9 and restart on the same port', async () => {
  const client = new Client({ connection, namespace: server.namespace });
  const severity = { Severity: ['critical'] };
  await client.workflow.start('nobodyServesThis', { taskQueue: 'q', workflowId: 'kept', searchAttributes: severity });
  const pid = server.pid;
  await server.kill();
  await server.restart();
  expect(server.pid).not.toBe(pid);

  const after = await Connection.connect({ address: server.address });
  const description = await new Client({ connection: after, namespace: server.namespace }).workflow
    .getHandle('kept')
    .describe();
  await after.close();
  expect(description.status.name).toBe('RUNNING');
  expect(description.searchAttributes).toMatchObject(severity);
});

test('set-up makes a missing namespace with its search attributes, and says nothing when run again', async () => {
  const wanted = { namespace: 'second', searchAttributes };
  const [first, second] = [keptLog(), keptLog()];
  await ensureNamespace(connection, { ...wanted, retentionDays: 3, log: first });
  await ensureNamespace(connection, { ...wanted, retentionDays: 3, log: second });
  expect(first.messages).toEqual(['registering the namespace', 'registering search attributes']);
  expect(second.messages).toEqual([]);
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'second' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3 * 86_400);
});

test('set-up refuses a search attribute of another type', async () => {
  const wanted = { namespace: server.namespace, searchAttributes: { ...searchAttributes, Severity: 'Int' } as const };
  await expect(ensureNamespace(connection, { ...wanted, retentionDays: 1, log: quiet })).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: expect.stringContaining('Severity') as string,
  });
});

describe('a server that is there already', () => {
  test('is used and nothing is started', async () => {
    const wire = { address: server.address };
    const endpoint = await connectTemporal({ log: quiet, dataDir: join(directory, 'unused'), searchAttributes, wire });
    expect(endpoint).toMatchObject({ address: server.address, namespace: 'firebreak', uiUrl: undefined });
    expect(endpoint).not.toHaveProperty('pid');
    await endpoint.stop();
    expect(await survivors([server.pid], 0)).toEqual([server.pid]);
  });

  test('names the address when nobody answers there', async () => {
    const wire = { address: '127.0.0.1:1' };
    const connecting = connectTemporal({ log: quiet, dataDir: directory, searchAttributes, wire });
    await expect(connecting).rejects.toMatchObject({
      code: 'TEMPORAL_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1') as string,
    });
  });
});

test('a server that ends at once is reported with its last words', async () => {
  const starting = startTemporal({
    log: quiet,
    dataDir: join(directory, 'odd'),
    searchAttributes: { Odd: 'Odd' as 'Int' },
  });
  await expect(starting).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: expect.stringMatching(/ended while starting \(exit 1\)[^]*Odd/) as string,
  });
});

test('a port that is taken is reported, not mistaken for a server of ours', async () => {
  const port = Number(server.address.split(':')[1]);
  const starting = startTemporal({ log: quiet, dataDir: join(directory, 'other'), port, searchAttributes });
  await expect(starting).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`) as string,
  });
});
