import { inEnglish } from '../../src/domain/fact-words';
import { DEADLINE_MS, TIME_SHARES } from '../../src/domain/numbers';
import { workflowIds } from '../../workflows/messages';
import { eventOf } from '../support/event-log';
import { sampleReading } from '../support/incident-samples';
import type { Overrides } from '../support/mock-activities';
import { failure, hanging } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Between two attempts the worker also takes a moment, in real time. */
const MOMENT = 5 * SECOND;

const world = useWorld();

function expectGaps(gaps: readonly number[], count: number, interval: number): void {
  expect(gaps).toHaveLength(count);
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(interval);
    expect(gap).toBeLessThan(interval + MOMENT);
  }
}

/** Of the acts of a plan. */
function isOfKind({ actionId }: { readonly actionId?: unknown }, kind: string): boolean {
  return String(actionId).includes(`:${kind}:`);
}

test('B6 network control: 2 retries, 10 s apart', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      performAction: () => {
        throw failure('HOST_UNREACHABLE');
      },
    },
  );
  await world().responseOf(order);
  // Cut off by force with a means of its own, it is watched more closely: an act of its own.
  for (const kind of ['block-sources', 'heighten-monitoring'])
    expectGaps(
      world().gaps(order, 'performAction', (call) => isOfKind(call.input, kind)),
      2,
      10 * SECOND,
    );
});

test('B6 log collection: 3 retries, 5 s apart, then the alternative with as many', async () => {
  const refuse = () => {
    throw failure('LOGS_UNAVAILABLE');
  };
  const order = await world().respond({ hosts: ['web-1'] }, { collectLogs: refuse, collectAlternative: refuse });
  await world().responseOf(order);
  expectGaps(world().gaps(order, 'collectLogs'), 3, 5 * SECOND);
  expectGaps(world().gaps(order, 'collectAlternative'), 3, 5 * SECOND);
});

test('B6 N2 notification: 5 retries, 30 s apart, and longer where the channel asks for it', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      resolveRecipients: () => [{ person: 'bob', name: 'Bob', channels: ['slack', 'mail'], fallback: [] }],
      deliver: (input) => {
        if (input.channel === 'slack') throw failure('CHANNEL_REFUSED');
        throw failure('CHANNEL_RATE_LIMITED', '', 45 * SECOND);
      },
    },
  );
  const notice = workflowIds.notice({ incident: order.incident, key: 'start' });
  await world().responseOf(order);
  await world().result(notice);
  const of = (channel: string) =>
    world().gaps(order, 'deliver', (call) => call.workflowId === notice && call.input.channel === channel);
  expectGaps(of('slack'), 5, 30 * SECOND);
  expectGaps(of('mail'), 5, 45 * SECOND);
});

test('B6 what cannot get better is not retried', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      performAction: () => {
        throw failure('HOST_KEY_CHANGED');
      },
    },
  );
  await world().responseOf(order);
  for (const kind of ['block-sources', 'heighten-monitoring'])
    expect(
      world()
        .callsOf(order, 'performAction')
        .filter(({ input }) => isOfKind(input, kind)),
    ).toHaveLength(1);
  expect(world().callsOf(order, 'forceIsolation')).toHaveLength(1);
});

test('B7 the longest way, every step at its limit and nobody answering, ends inside of 30 minutes by itself', async () => {
  const order = await world().respond(
    { type: 'unknown', hosts: ['web-1'] },
    {
      captureVolatile: () => {
        throw hanging(8 * SECOND);
      },
      performAction: () => {
        throw hanging(110 * SECOND);
      },
      // Two tries end 100 s after the step began, and it is late after 30 s: 70 s between them would meet the incident's own timer.
      forceIsolation: () => {
        throw hanging(52 * SECOND);
      },
      collectLogs: () => {
        throw hanging(150 * SECOND);
      },
      collectAlternative: () => {
        throw hanging(55 * SECOND);
      },
      sealBag: () => {
        throw hanging(100 * SECOND);
      },
      writeReport: () => {
        throw failure('DISK_FULL', '', 110 * SECOND);
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.deadlineMet).toBe(true);
  expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeLessThan(DEADLINE_MS);
});

describe('B13 each step says when it takes longer than planned', () => {
  const slow = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), 7 * SECOND));

  test.each<[string, Overrides]>([
    [
      'delay-classify-evidence-bag',
      {
        openBag: () => {
          throw hanging(8 * SECOND);
        },
      },
    ],
    [
      'delay-volatile-web-1',
      {
        captureVolatile: () => new Promise((resolve) => setTimeout(() => resolve({}), 12 * SECOND)),
      },
    ],
    [
      'delay-decide',
      {
        decidePlan: () => {
          throw hanging(8 * SECOND);
        },
      },
    ],
    ['delay-prepare-web-1', { takeReading: (input) => slow(sampleReading(input.host)) }],
  ])('%s', async (key, overrides) => {
    const order = await world().respond({ hosts: ['web-1'], mode: 'block', severity: 'high' }, overrides);
    await world().until(`people are told ${key}`, () => world().told(order).includes(key), '2 s');
    await world().give(order, 'take-over');
    await world().responseOf(order);
  });
});

/** Longer than the shares of some steps, which then end by themselves; shorter leaves the hand-over little of a busy machine's time. */
const TWO_MINUTES = 2 * MINUTE;
const SHORT = 45 * SECOND;

describe.each([
  ['classification', TWO_MINUTES, { type: 'unknown' as const }, {}],
  ['the plan', SHORT, {}, { decidePlan: () => hang() }],
  ['access control', SHORT, {}, { performAction: () => hang() }],
  ['forced isolation', SHORT, {}, { performAction: () => lost(), forceIsolation: () => hang() }],
  ['logs', TWO_MINUTES, {}, { collectLogs: () => hang() }],
  ['alternative logs', TWO_MINUTES, {}, { collectLogs: () => gone(), collectAlternative: () => hang() }],
  ['the seal', TWO_MINUTES, {}, { sealBag: () => hang() }],
  ['monitoring', SHORT, { mode: 'monitor' as const }, { performAction: () => hang() }],
  ['the report', TWO_MINUTES, {}, { writeReport: () => hang() }],
])('B7 the deadline passes during %s', (_step, overall, changes, overrides) => {
  test('work stops in time for the hand-over, what is done is sealed and reported, people are called', async () => {
    const order = await world().respond({ hosts: ['web-1'], ...changes, limits: { overallMs: overall } }, overrides);
    const result = await world().responseOf(order);

    const log = await world().responseLog(order);
    const started = eventOf(log, 'TimerStarted', (event) => event.summary?.startsWith('response: work stops') ?? false);
    const fired = eventOf(log, 'TimerFired', (event) => event.about === String(started.id));
    const declared = Date.parse(order.declaredAt);
    expect(fired.at - declared).toBeGreaterThanOrEqual((overall * 2) / 3 - MOMENT);
    expect(fired.at - declared).toBeLessThan(overall);
    expect(result.abnormal === 'escalated' || result.abnormal === 'emergency').toBe(true);
    expect(world().told(order)).toEqual(expect.arrayContaining(['manual-deadline', 'escalation-deadline']));
    expect(inEnglish(result.nextSteps[0]!)).toContain('the time for the response is over');
    expect(result.failures.map(inEnglish).join()).toContain('the time for the response is over');
    expect(result.deadlineMet).toBe(true);
    expect(Date.parse(result.endedAt) - declared).toBeLessThanOrEqual(overall);
  });
});

test('B7 the hand-over never takes more than its reserve, and half of it is the report’s', async () => {
  const overall = 9 * MINUTE;
  const order = await world().respond(
    { hosts: ['web-1'], limits: { overallMs: overall } },
    {
      collectLogs: () => {
        throw hanging(200 * SECOND);
      },
      sealBag: () => {
        throw hanging(50 * SECOND);
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.bag).toBeNull();
  expect(world().told(order)).toContain('delay-hand-over');
  expect(result.report).not.toBeNull();
  expect(result.deadlineMet).toBe(true);
  expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeGreaterThan(overall - TIME_SHARES.handOver);
});

/** Twice a minute another attempt, none of which comes to anything. */
function hang(): never {
  throw hanging(30 * SECOND);
}
function lost(): never {
  throw failure('HOST_AUTH_REFUSED');
}
function gone(): never {
  throw failure('EVIDENCE_BROKEN');
}
