import type { Progress } from '../../workflows/messages';
import { failure, tryOf } from '../support/mock-activities';
import { sampleResult } from '../support/incident-samples';
import { breakableBundle } from '../support/workflow-bundles';
import { useWorld } from '../support/use-world';

const world = useWorld({ bundle: breakableBundle });

const BOXES = [
  'classifyIncident',
  'urgentNotification',
  'captureVolatile',
  'decidePolicy',
  'prepareHosts',
  'controlAccess',
  'preserveLogs',
  'sealEvidence',
  'tightenMonitoring',
  'completeResponse',
];
const INNER = ['forceIsolation', 'compareState', 'recordLate'];

describe.each(BOXES)('B6 a TypeError in %s', (box) => {
  test('once: a second try with the results so far, no act and no evidence twice', async () => {
    const order = await world().declare({ hosts: ['web-1'] });
    await world().start(order, { title: `break-once:${box}.` });
    const result = await world().responseOf(order, 2);
    expect(result).toMatchObject({ outcome: 'contained', abnormal: 'none', failures: [] });
    for (const name of ['captureVolatile', 'collectLogs', 'sealBag', 'writeReport', 'decidePlan'] as const)
      expect([name, world().callsOf(order, name).length]).toEqual([name, 1]);
    const acts = world()
      .callsOf(order, 'performAction')
      .map((call) => call.input.actionId);
    expect(acts.length).toBe(new Set(acts).size);
    expect(acts).toHaveLength(5);
    expect(world().callsOf(order, 'assessIncident')).toHaveLength(1);
  });

  test('twice: the stages of B8 in their order, each told; what is there is sealed and reported', async () => {
    const order = await world().declare({ hosts: ['web-1'] });
    await world().start(order, { title: `break:${box}.` });
    await expect(world().responseOf(order, 2)).rejects.toMatchObject({ cause: { type: 'UNEXPECTED' } });
    await world().until('a report is written', () => world().callsOf(order, 'writeReport').length > 0);
    const stages = (): readonly string[] =>
      world()
        .callsOf(order, 'recordProgress')
        .flatMap((call) => call.input.notes as { key: string }[])
        .map((note) => note.key)
        .filter((key) => key.startsWith('abnormal:'));
    await world().until('all stages are recorded', () => stages().length >= 4);
    expect(stages()).toEqual(['abnormal:partial', 'abnormal:manual', 'abnormal:escalated', 'abnormal:emergency']);
    await world().until(
      'all stages are told',
      () =>
        world()
          .told(order)
          .filter((key) => key.endsWith('-twice-failed')).length === 4,
    );
    expect(world().callsOf(order, 'sealBag')).toHaveLength(1);
    expect(world().callsOf(order, 'writeReport')[0]?.input).toMatchObject({ outcome: 'manual', abnormal: 'emergency' });
    const progress = () => world().incident(order).query<Progress>('progress');
    await world().until('the end is known', async () => (await progress()).outcome === 'manual');
    expect(await progress()).toMatchObject({ needsHuman: true, abnormal: 'emergency' });
  });
});

test.each(INNER)('B6 a TypeError once inside of a box, in %s, is answered by the second try', async (box) => {
  const order = await world().declare(
    { hosts: ['web-1'], mode: 'block' },
    {
      collectLogs: () => {
        throw failure('LOGS_UNAVAILABLE');
      },
      performAction: (input) => {
        if (box === 'forceIsolation') throw failure('HOST_UNREACHABLE');
        const [, kind = '', host = ''] = input.actionId.split(':');
        return {
          result: sampleResult({ id: input.actionId, kind: kind as 'block-sources', host }),
          unrecorded: [],
          recorded: true,
        };
      },
    },
  );
  await world().start(order, { title: `break-once:${box}.` });
  const result = await world().responseOf(order, 2);
  expect(result.outcome).toBe(box === 'forceIsolation' ? 'contained-by-force' : 'contained');
  expect(result.bag).not.toBeNull();
});

test('B6 B8 an unforeseen failure that stays: on the second try the box takes its fallback and the rest goes on', async () => {
  const order = await world().declare({ hosts: ['web-1'], mode: 'block' }, { performAction: () => undefined });
  await world().start(order);
  const result = await world().responseOf(order, 2);
  expect(result).toMatchObject({ outcome: 'contained-by-force', failedHosts: ['web-1'] });
  expect(result.bag).not.toBeNull();
  expect(result.report).not.toBeNull();
});

test('B6 one host’s unforeseen failure waits for the other hosts: their acts are carried over, not done again', async () => {
  const order = await world().declare(
    { hosts: ['web-1', 'db-1'], mode: 'block' },
    {
      performAction: async (input) => {
        const [, kind = '', host = ''] = input.actionId.split(':');
        if (host === 'web-1' && tryOf() === 1) throw failure('UNEXPECTED');
        if (host === 'db-1') await new Promise((resolve) => setTimeout(resolve, 500));
        return {
          result: sampleResult({ id: input.actionId, kind: kind as 'block-sources', host }),
          unrecorded: [],
          recorded: true,
        };
      },
    },
  );
  await world().start(order);
  expect(await world().responseOf(order, 2)).toMatchObject({ outcome: 'contained' });
  const blocks = world()
    .callsOf(order, 'performAction')
    .map((call) => String(call.input.actionId))
    .filter((id) => id.endsWith(':block-sources:db-1'));
  expect(blocks).toHaveLength(1);
});

test('B7 the second try has the same absolute deadline', async () => {
  const order = await world().declare({ hosts: ['web-1'] }, {});
  await world().start(order, { title: 'break-once:sealEvidence.' });
  await world().responseOf(order, 2);
  const inputs = await Promise.all(
    ([1, 2] as const).map(async (attempt) => (await world().responseLog(order, attempt))[0]?.input),
  );
  const deadlines = inputs.map((input) => (input as { deadlineAt: string }).deadlineAt);
  expect(deadlines[0]).toBe(deadlines[1]);
  expect(Date.parse(deadlines[0] ?? '') - Date.parse(order.declaredAt)).toBe(30 * 60_000);
});

test('B8 a bag that cannot be sealed does not cost the report of a response that failed twice', async () => {
  const order = await world().declare(
    { hosts: ['web-1'] },
    {
      sealBag: () => {
        throw failure('EVIDENCE_BROKEN');
      },
    },
  );
  await world().start(order, { title: 'break:prepareHosts.' });
  await world()
    .responseOf(order, 2)
    .catch(() => undefined);
  await world().until('a report is written', () => world().callsOf(order, 'writeReport').length > 0);
  expect(world().callsOf(order, 'writeReport')[0]?.input.failures).toContainEqual(
    expect.objectContaining({ fact: 'bag-not-sealed' }),
  );
});
