import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../src/domain/queues';
import type { TemporalServer } from '../../temporal/dev-server';
import { startTemporal } from '../../temporal/dev-server';
import { eventOf } from '../support/event-log';
import { breakableBundle } from '../support/workflow-bundles';
import { WorkflowWorld, quiet } from '../support/workflow-world';

// In real time on the real server, with the incident's patience shortened: where tasks fail, the test server skips no time.
let dataDir: string;
let server: TemporalServer;
let world: WorkflowWorld;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-stuck-'));
  server = await startTemporal({ log: quiet, dataDir, searchAttributes: SEARCH_ATTRIBUTES });
  world = await WorkflowWorld.open({ bundle: breakableBundle, server });
});
afterEach(() => world.endIncidents());
afterAll(async () => {
  await world.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('B6 a response whose workflow tasks keep failing is ended by its incident, and tried once more', async () => {
  const order = await world.declare({ hosts: ['web-1'] });
  await world.start(order, { title: 'break-once:openRun.' });
  const result = await world.responseOf(order, 2);
  expect(result).toMatchObject({ outcome: 'contained', abnormal: 'none' });
  expect(world.callsOf(order, 'endStuckRun')[0]?.input).toMatchObject({
    workflowId: `${order.incident}:response-1`,
    reason: 'the response is stuck: its workflow tasks fail',
  });
  eventOf(await world.responseLog(order), 'WorkflowExecutionTerminated', () => true);
});

test('B8 stuck on both tries: people are called, and what is there is sealed and reported', async () => {
  const order = await world.declare({ hosts: ['web-1'] });
  await world.start(order, { title: 'break:openRun.' });
  await world.until('the emergency is told', () => world.told(order).includes('emergency-twice-failed'));
  await world.until('a report is written', () => world.callsOf(order, 'writeReport').length > 0);
  expect(world.callsOf(order, 'endStuckRun')).toHaveLength(2);
  expect(world.callsOf(order, 'sealBag')).toHaveLength(1);
});

test('B7 a stuck response is ended at the deadline at the latest, and not tried again after it', async () => {
  const order = await world.declare({ hosts: ['web-1'], limits: { overallMs: 1_000 } });
  await world.start(order, { title: 'break:openRun.' });
  await world.until('the emergency is told', () => world.told(order).includes('emergency-twice-failed'));
  expect(world.callsOf(order, 'endStuckRun')).toHaveLength(1);
  expect(await world.exists(`${order.incident}:response-2`)).toBe(false);
});
