import type { PlanSummary } from '../../activities';
import type { Progress } from '../../workflows/messages';
import { activitiesOf } from '../support/event-log';
import { sampleResult } from '../support/incident-samples';
import { failure } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();

/** The activities of a response without the record of its progress, in the order of their scheduling. */
async function boxes(changes: Parameters<ReturnType<typeof world>['respond']>[0]): Promise<readonly string[]> {
  const order = await world().respond({ hosts: ['web-1'], ...changes });
  await world().responseOf(order);
  const log = await world().responseLog(order);
  const acts = log.filter((event) => event.kind === 'ActivityTaskScheduled' && event.name !== 'recordProgress');
  return acts.map((event) => {
    const act = (event.input as { actionId?: string }).actionId?.split(':')[1];
    return act === undefined ? (event.name ?? '') : `${event.name ?? ''} ${act}`;
  });
}

const BEFORE = ['authorise', 'openBag', 'assessIncident', 'captureVolatile', 'decidePlan'];
const AFTER = ['collectLogs', 'sealBag', 'performAction heighten-monitoring', 'writeReport'];

test('B2 isolate: the boxes of the chart in their order, evidence of the state before the acts change it', async () => {
  expect(await boxes({ mode: 'isolate' })).toEqual([
    ...BEFORE,
    'stageForcedIsolation',
    'takeReading',
    'performAction emergency-access',
    'performAction block-sources',
    'performAction disable-account',
    'performAction isolate-host',
    'takeReading',
    ...AFTER,
  ]);
});

test('B2 block: sources are blocked, nothing more', async () => {
  expect(await boxes({ mode: 'block' })).toEqual([
    ...BEFORE,
    'stageForcedIsolation',
    'takeReading',
    'performAction block-sources',
    'takeReading',
    ...AFTER,
  ]);
});

test('B4 monitor: watched and preserved, no act of containment, no isolation staged', async () => {
  expect(await boxes({ mode: 'monitor' })).toEqual([...BEFORE, 'takeReading', ...AFTER]);
});

test('O2 what is recorded stands in words at the bar of its record', async () => {
  const order = await world().respond({ hosts: ['web-1'], mode: 'block' });
  await world().responseOf(order);
  const log = await world().responseLog(order);
  const records = log.filter((event) => event.kind === 'ActivityTaskScheduled' && event.name === 'recordProgress');
  const words = records.map(({ summary }) => summary).join('\n');
  expect(words).toMatch(/^record: .*control access/m);
  expect(words).toMatch(/^record: .*response ended: contained/m);
});

test('U1 a drill only checks: every act is asked for as a check, nothing is staged, no watch is left', async () => {
  const order = await world().respond({ hosts: ['web-1'], drill: true });
  await world().result(order.incident);
  const acts = world().callsOf(order, 'performAction');
  expect(acts.length).toBeGreaterThan(0);
  // The signed order makes them checks; no caller says so.
  expect(acts.every((call) => call.input.drill === undefined)).toBe(true);
  expect(world().callsOf(order, 'stageForcedIsolation')).toEqual([]);
  expect(await world().exists(`${order.incident}:watch`)).toBe(false);
});

test('B2 hosts are served side by side: the first act of each is scheduled in the same moment', async () => {
  const order = await world().respond({ hosts: ['web-1', 'web-2', 'web-3'], mode: 'block' });
  await world().responseOf(order);
  const log = await world().responseLog(order);
  const firsts = log.filter(
    (event) => event.kind === 'ActivityTaskScheduled' && event.summary?.endsWith(': block-sources'),
  );
  expect(firsts).toHaveLength(3);
  expect(new Set(firsts.map((event) => event.attributes.workflowTaskCompletedEventId?.toString())).size).toBe(1);
});

test('B13 progress: the incident knows every box, when it began and ended, and what was done', async () => {
  const order = await world().respond({ hosts: ['web-1'] });
  const result = await world().responseOf(order);
  const progress = await world().incident(order).query<Progress>('progress');
  expect(progress.results).toEqual(result.results);
  expect(progress.steps.map((step) => step.name)).toEqual([
    'classify and assess',
    'urgent notification',
    'capture volatile state',
    'decide the policy',
    'control access',
    'collect and preserve logs',
    'seal the evidence',
    'heighten monitoring',
    'write the completion report',
  ]);
  expect(progress.steps.every((step) => step.state === 'done' && step.endedAt !== undefined)).toBe(true);
  expect(await world().incident(order).query<PlanSummary>('plan')).toMatchObject({ planHash: 'a'.repeat(64) });
});

test('B10 L1 what tables and ledger missed is appended before the bag is sealed, and the report says so', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      performAction: (input) => ({
        result: sampleResult({ id: input.actionId, kind: 'block-sources', host: 'web-1' }),
        unrecorded: ['sealed by a worker'],
      }),
    },
  );
  await world().responseOf(order);
  const names = activitiesOf(await world().responseLog(order));
  expect(names.indexOf('recordLate')).toBeGreaterThan(-1);
  expect(names.indexOf('recordLate')).toBeLessThan(names.indexOf('sealBag'));
  expect(world().callsOf(order, 'writeReport')[0]?.input).toMatchObject({ lateLedger: true });
});

test('L1 unreachable tables hold neither containment nor the report up for longer than its own bound', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      recordProgress: () => {
        throw failure('DATABASE_UNREACHABLE');
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.outcome).toBe('contained');
  expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeLessThan(60_000);
  expect(world().callsOf(order, 'sealBag').length).toBe(1);
});
