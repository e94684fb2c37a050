import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncidentOrder } from '../../src/domain/incident';
import { SEARCH_ATTRIBUTES } from '../../src/domain/queues';
import type { TemporalServer } from '../../temporal/dev-server';
import { startTemporal } from '../../temporal/dev-server';
import type { Progress } from '../../workflows/messages';
import { workflowIds } from '../../workflows/messages';
import { eventOf } from '../support/event-log';
import { sampleAssessment, sampleBag, samplePlan, sampleResult } from '../support/incident-samples';
import { failure } from '../support/mock-activities';
import { breakableBundle } from '../support/workflow-bundles';
import { WorkflowWorld, quiet } from '../support/workflow-world';

// In real time on the real server, with the incident's patience shortened: where tasks fail, or a cancel meets the end of what it
// cancels, the test server skips no time.
/** Events from which on the server calls a history long; 4,096 by default. */
const LONG_HISTORY = 400;

let dataDir: string;
let server: TemporalServer;
let world: WorkflowWorld;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-stuck-'));
  const settings = { 'limit.historyCount.suggestContinueAsNew': LONG_HISTORY };
  server = await startTemporal({ log: quiet, dataDir, searchAttributes: SEARCH_ATTRIBUTES, settings });
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

test('B15 “closed” does not lock people out, and done acts that nobody did are done', async () => {
  const order = await world.declare(
    { hosts: ['web-1'], limits: { accessControlMs: 4_000 } },
    {
      decidePlan: () => {
        const plan = samplePlan(order);
        const steps = plan.steps.map((step) =>
          step.kind === 'isolate-host' ? { ...step, approval: 'required' as const } : step,
        );
        return { ...plan, steps };
      },
    },
  );
  await world.start(order);
  await world.until('approval is asked for', () => world.told(order).includes('approval-needed'));
  await world.until('the rest is done', () => world.callsOf(order, 'performAction').length >= 3);
  const forged = {
    attempt: 1,
    progress: {
      incident: order.incident,
      phase: 'closed',
      abnormal: 'none',
      outcome: null,
      needsHuman: false,
      deadlineAt: order.declaredAt,
      securityState: 'safe',
      steps: [],
    },
    carried: {
      assessment: sampleAssessment(order),
      plan: samplePlan(order, { steps: [], hosts: [] }),
      results: samplePlan(order).steps.map((step) => sampleResult(step)),
      failures: [],
      abnormal: 'none',
      failedHosts: ['web-1'],
      uncontained: [],
      readingsBefore: [],
      preserved: { volatile: ['web-1'], logs: ['web-1'] },
      bag: sampleBag(order.incident),
      report: null,
      nextSteps: [],
    },
  };
  await world.incident(order).signal('progress', forged);
  expect((await world.incident(order).query<Progress>('progress')).phase).not.toBe('closed');
  await world.give(order, 'acknowledge');
  const response = world.env.client.workflow.getHandle(workflowIds.response(order.incident, 1));
  await world.incident(order).signal('progress', forged);
  await response.terminate('by the forger');
  await world.until('the second try has reported', () => world.callsOf(order, 'writeReport').length > 0);
  const second = world.callsOf(order).filter((call) => call.workflowId === workflowIds.response(order.incident, 2));
  const acts = second
    .filter((call) => call.name === 'performAction')
    .map((call) => String(call.input.actionId).split(':')[1]);
  expect(acts).toContain('heighten-monitoring');
  // Logs that the first try had collected before it died need no second time.
  expect(world.callsOf(order, 'collectLogs').length).toBeGreaterThan(0);
  expect(second.map((call) => call.name)).toContain('sealBag');
  expect(second.map((call) => call.name)).not.toContain('forceIsolation');
  // What is on record is not done again (B6).
  expect(acts).not.toContain('block-sources');
});

const inForce = (order: IncidentOrder) => () =>
  samplePlan(order).steps.map(({ id, kind, host }) => ({
    actionId: id,
    kind,
    host,
    expiresAt: '2099-01-01T00:00:00Z',
  }));

test('B5 a release that meets drift leaves the incident open; ordered again when it is settled, it undoes the rest', async () => {
  let settledByHand = false;
  const order = await world.declare(
    { hosts: ['web-1'], mode: 'block' },
    {
      listUndo: (input) => (input.incident === order.incident ? inForce(order)() : []),
      undoAction: (input) => {
        if (!settledByHand && input.actionId.includes(':block-sources:')) throw failure('DRIFT');
        const [, kind = '', host = ''] = input.actionId.split(':');
        return {
          result: sampleResult({ id: input.actionId, kind: kind as 'block-sources', host }),
          unrecorded: [],
          recorded: true,
        };
      },
    },
  );
  await world.start(order);
  await world.responseOf(order);
  await world.until('the watch has begun', () => world.exists(workflowIds.watch(order.incident)));
  await world.give(order, 'release', 'bob');
  await world.until('people are told', () => world.told(order).some((key) => key.startsWith('manual-undo-')));
  expect((await world.incident(order).describe()).status.name).toBe('RUNNING');
  settledByHand = true;
  await world.give(order, 'release', 'carol');
  expect(await world.result(order.incident)).toBe('contained');
});

test('DESIGN 3 an incident with a long history goes on in a new run, and can still be released', async () => {
  const order = await world.declare({ hosts: ['web-1'], mode: 'block' }, { listUndo: () => inForce(order)() });
  await world.start(order);
  await world.responseOf(order);
  await world.until('the watch has begun', () => world.exists(workflowIds.watch(order.incident)));
  const first = (await world.incident(order).describe()).runId;
  const current = async () => (await world.incident(order).describe()).runId;
  for (let sent = 0; sent < LONG_HISTORY && (await current()) === first; sent += 20)
    await Promise.all(Array.from({ length: 20 }, () => world.incident(order).signal('progress', { attempt: 9 })));
  await world.until('there is a new run', async () => (await current()) !== first);
  await world.give(order, 'release', 'bob');
  expect(await world.result(order.incident)).toBe('contained');
  const [started] = await world.log(order.incident);
  expect(started?.input).toMatchObject({ resumed: { result: { outcome: 'contained' } } });
  expect(world.callsOf(order, 'undoAction').length).toBeGreaterThan(0);
});
