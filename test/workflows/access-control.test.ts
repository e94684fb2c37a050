import { ApplicationFailure } from '@temporalio/common';
import { inEnglish } from '../../src/domain/fact-words';
import { samplePlan, sampleResult } from '../support/incident-samples';
import type { LoggedEvent } from '../support/event-log';
import { eventOf } from '../support/event-log';
import { failure, hanging } from '../support/mock-activities';
import type { Overrides } from '../support/mock-activities';
import type { IncidentOrder } from '../../src/domain/incident';
import { useWorld } from '../support/use-world';

const world = useWorld();

const kindOf = (actionId: string) => actionId.split(':')[1] ?? '';
const done = (actionId: string) => {
  const [, kind = '', host = ''] = actionId.split(':');
  return {
    result: sampleResult({ id: actionId, kind: kind as 'block-sources', host }),
    unrecorded: [],
    recorded: true,
  };
};

const forcedBy =
  (rung: 'nftables' | 'gateway'): NonNullable<Overrides['forceIsolation']> =>
  (input) => {
    const { result, ...rest } = done(`${input.incident}:forced-isolation:${input.host}`);
    return { ...rest, result: { ...result, kind: 'forced-isolation', rung } };
  };

async function guarded(isolation: 'allowed' | 'approval' | 'never', overrides: Overrides): Promise<IncidentOrder> {
  const orders: IncidentOrder[] = [];
  const order = await world().declare(
    { hosts: ['web-1'], mode: 'block' },
    { decidePlan: () => samplePlan(orders[0]!, { hosts: [{ name: 'web-1', isolation }] }), ...overrides },
  );
  orders.push(order);
  await world().start(order);
  return order;
}

/** Stages of the abnormal end on record, in their order (B8). */
const stagesOf = (order: IncidentOrder) =>
  world()
    .callsOf(order, 'recordProgress')
    .flatMap((call) => call.input.notes as { key: string }[])
    .map((note) => note.key)
    .filter((key) => key.startsWith('abnormal:'));

const taskOf = (event: LoggedEvent) => String(event.attributes.workflowTaskCompletedEventId);

test('B2 control failed: forced isolation and the request for a manual response begin in the same moment', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      performAction: () => {
        throw failure('HOST_UNREACHABLE');
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result).toMatchObject({ outcome: 'contained-by-force', failedHosts: ['web-1'], uncontained: [] });
  const log = await world().responseLog(order);
  const forced = eventOf(log, 'ActivityTaskScheduled', (event) => event.name === 'forceIsolation');
  const asked = eventOf(log, 'StartChildWorkflowExecutionInitiated', (event) =>
    (event.about ?? '').endsWith(':notice:manual-control-web-1'),
  );
  const told = eventOf(log, 'StartChildWorkflowExecutionInitiated', (event) =>
    (event.about ?? '').endsWith(':notice:control-failed-web-1'),
  );
  expect([taskOf(asked), taskOf(told)]).toEqual([taskOf(forced), taskOf(forced)]);
  expect(world().callsOf(order, 'collectLogs')).toHaveLength(1);
});

test('B2 one failing host does not hold up the others', async () => {
  const order = await world().respond(
    { hosts: ['web-1', 'db-1'], mode: 'block' },
    {
      performAction: (input) => {
        if (input.actionId.endsWith(':web-1')) throw failure('HOST_UNREACHABLE');
        return done(input.actionId);
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.failedHosts).toEqual(['web-1']);
  const [first] = world()
    .callsOf(order, 'performAction')
    .filter((call) => String(call.input.actionId).endsWith(':db-1'));
  expect((first?.at ?? Infinity) - Date.parse(order.declaredAt)).toBeLessThan(10_000);
  expect(
    world()
      .callsOf(order, 'forceIsolation')
      .map((call) => call.input.host),
  ).toEqual(['web-1']);
});

test('B2 a single act that fails: the host is isolated by force at once, its other acts go on after it', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      performAction: (input) => {
        if (kindOf(input.actionId) === 'block-sources') throw failure('VERIFY_FAILED');
        return done(input.actionId);
      },
    },
  );
  await world().responseOf(order);
  const calls = world()
    .callsOf(order)
    .filter((call) => call.attempt === 1 && ['performAction', 'forceIsolation'].includes(call.name))
    .map((call) => (call.name === 'forceIsolation' ? 'FORCED' : kindOf(String(call.input.actionId))));
  expect(calls).toEqual([
    'emergency-access',
    'block-sources',
    'FORCED',
    'disable-account',
    'isolate-host',
    'heighten-monitoring',
  ]);
});

test.each([
  ['nftables', 'on the host', true],
  ['gateway', 'at its gateway', false],
] as const)('B14 cut off by force by %s (%s): watched more closely: %p', async (rung, _where, isWatched) => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      performAction: (input) => {
        if (kindOf(input.actionId) === 'block-sources') throw failure('VERIFY_FAILED');
        return done(input.actionId);
      },
      forceIsolation: forcedBy(rung),
    },
  );
  const { results } = await world().responseOf(order);
  expect(results.some(({ kind }) => kind === 'heighten-monitoring')).toBe(isWatched);
});

test('B7 forced isolation has its own reserve: a control that fails with its share nearly used up still leaves 2:00', async () => {
  let attempt = 0;
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      performAction: (input) => {
        if (kindOf(input.actionId) === 'block-sources') throw hanging(115_000);
        return done(input.actionId);
      },
      forceIsolation: (input) => {
        attempt += 1;
        if (attempt < 3) throw failure('VERIFY_FAILED', '', 40_000);
        return done(`${input.incident}:forced-isolation:${input.host}`);
      },
    },
  );
  const result = await world().responseOf(order);
  expect(attempt).toBe(3);
  expect(result).toMatchObject({ outcome: 'contained-by-force', abnormal: 'manual' });
});

test('B7 a control that hangs is ended at the end of its share, and takes the fallback', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block', limits: { accessControlMs: 25_000 } },
    {
      performAction: () => {
        throw hanging(20_000);
      },
    },
  );
  const result = await world().responseOf(order);
  expect(inEnglish(result.failures[0]!)).toContain('time share of 0:25 used up');
  expect(result.outcome).toBe('contained-by-force');
});

test('C8 emergency access that fails is recorded and told; the acts go on', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      performAction: (input) => {
        if (kindOf(input.actionId) === 'emergency-access') throw failure('VERIFY_FAILED');
        return done(input.actionId);
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.failedHosts).toEqual([]);
  expect(result.abnormal).toBe('partial');
  expect(world().told(order)).toContain('failure-emergency-access-web-1');
});

test('C7 other names of a disabled account’s uid are told of, with what to do; nothing is cut off by force for them', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      performAction: (input) => {
        const acted = done(input.actionId);
        return kindOf(input.actionId) === 'disable-account'
          ? { ...acted, result: { ...acted.result, verified: false, sameUid: ['appadmin'] } }
          : acted;
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result).toMatchObject({ abnormal: 'partial', failedHosts: [] });
  expect(world().told(order)).toEqual(expect.arrayContaining([expect.stringMatching(/^failure-same-uid-/)]));
  expect(result.failures.map(inEnglish).join()).toContain('other names of its uid still get in: appadmin');
  expect(result.nextSteps.map(inEnglish).join()).toContain('usermod -L -e 1 appadmin');
});

test('C2 an act that failed in part: what failed stands in the failures by name, with its reason', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      performAction: (input) => {
        if (kindOf(input.actionId) !== 'disable-account') return done(input.actionId);
        throw ApplicationFailure.create({
          type: 'VERIFY_FAILED',
          message: 'web-1: 1 failed',
          details: [
            {
              unrecorded: [],
              exceptions: { targets: [{ target: 'miner', outcome: 'failed', why: ['keys-in-place'] }], more: 2 },
            },
          ],
        });
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.failures.map(inEnglish).join()).toContain(
    'miner: failed (key files or a crontab are in place); 2 more',
  );
});

describe('B5 a host’s guard', () => {
  const lost = {
    performAction: () => {
      throw failure('HOST_UNREACHABLE');
    },
    forceIsolation: forcedBy('gateway'),
  };

  test('never: it is left to people, and an emergency is declared', async () => {
    const order = await guarded('never', lost);
    const result = await world().responseOf(order);
    expect(world().callsOf(order, 'forceIsolation')).toEqual([]);
    expect(world().callsOf(order, 'stageForcedIsolation')).toEqual([]);
    expect(result).toMatchObject({ abnormal: 'emergency', uncontained: ['web-1'] });
    expect(inEnglish(result.nextSteps[0]!)).toContain('Cut web-1 off by hand NOW');
  });

  test('B8 the stages come one after the other, each recorded and told', async () => {
    const order = await guarded('never', lost);
    await world().responseOf(order);
    expect(stagesOf(order)).toEqual(['abnormal:manual', 'abnormal:escalated', 'abnormal:emergency']);
    for (const key of ['manual-control-web-1', 'escalation-web-1', 'emergency-web-1'])
      expect(world().told(order)).toContain(key);
  });

  test('N4 each stage calls people whom the one before did not: the next tier, then everybody', async () => {
    const order = await guarded('never', lost);
    await world().responseOf(order);
    for (const [key, tier] of [
      ['manual-control-web-1', 1],
      ['escalation-web-1', 2],
      ['emergency-web-1', 3],
    ] as const) {
      await world().until(`people are told ${key}`, () => world().told(order).includes(key));
      const asked = world()
        .callsOf(order, 'resolveRecipients')
        .find((call) => (call.input.notice as { key: string }).key === key);
      expect([key, asked?.input.tier]).toEqual([key, tier]);
    }
  });

  test('B8 a stage that is reached twice has both causes on record', async () => {
    const order = await world().respond({ hosts: ['web-1', 'db-1'], mode: 'block' }, lost);
    await world().responseOf(order);
    expect(stagesOf(order)).toHaveLength(2);
    expect(stagesOf(order)).toEqual(['abnormal:manual', expect.stringMatching(/^abnormal:manual:.*(web|db)-1/)]);
  });

  test('approval: it waits, and is isolated when somebody else agrees', async () => {
    const order = await guarded('approval', lost);
    await world().until('approval is asked for', () => world().told(order).includes('approval-forced-web-1'), '1 s');
    await world().give(order, 'approve', 'carol', { planHash: samplePlan(order).planHash });
    const result = await world().responseOf(order);
    expect(result.outcome).toBe('contained-by-force');
  });

  test('approval: silence within half of its reserve leaves it uncontained', async () => {
    const order = await guarded('approval', lost);
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ abnormal: 'emergency', uncontained: ['web-1'] });
    const log = await world().responseLog(order);
    const waiting = eventOf(log, 'TimerStarted', (event) => event.summary?.includes('wait for approval') ?? false);
    expect(waiting.summary).toContain('at most 1:00');
  });

  test('a drill isolates nothing by force', async () => {
    const order = await world().respond({ hosts: ['web-1'], drill: true }, lost);
    await world().responseOf(order);
    expect(world().callsOf(order, 'forceIsolation')).toEqual([]);
  });
});

test('B13 the state after containment is compared with the one before; worse is told', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      takeReading: (input) => ({
        host: input.host,
        at: '',
        droppedPackets: 0,
        attackerSessions: input.stage === 'after' ? 4 : 1,
        failedLoginsPerMinute: 0,
        unexpectedListeners: [],
        drift: 0,
        load: 0,
      }),
    },
  );
  expect(await world().responseOf(order)).toMatchObject({ securityState: 'worse' });
  expect(world().told(order)).toContain('security-worse');
});

test('B13 a reading that is missing is no good news', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      takeReading: () => {
        throw failure('HOST_TIMEOUT');
      },
    },
  );
  expect(await world().responseOf(order)).toMatchObject({ securityState: 'degraded', outcome: 'contained' });
});

test('B1 a host that nobody knows: the others are contained, and people hear of it', async () => {
  const orders: IncidentOrder[] = [];
  const order = await world().declare(
    { hosts: ['web-1', 'ghost'], mode: 'block' },
    { decidePlan: () => samplePlan({ ...orders[0]!, hosts: ['web-1'] }, { refused: 1 }) },
  );
  orders.push(order);
  await world().start(order);
  const result = await world().responseOf(order);
  expect(result).toMatchObject({ outcome: 'contained-in-part', abnormal: 'partial' });
  expect(world().told(order)).toContain('failure-unknown-hosts');
  expect(result.nextSteps).toContainEqual({ fact: 'do-look-at', hosts: ['ghost'] });
});

test('B1 B8 every target refused: nothing is contained, so people must', async () => {
  const orders: IncidentOrder[] = [];
  const order = await world().declare(
    { hosts: ['web-1'], mode: 'block' },
    { decidePlan: () => samplePlan(orders[0]!, { steps: [], refused: 2 }) },
  );
  orders.push(order);
  await world().start(order);
  const result = await world().responseOf(order);
  expect(result.abnormal).toBe('manual');
  expect(world().told(order)).toContain('manual-nothing-contained');
  expect(result.nextSteps).toContainEqual({ fact: 'do-contain', why: 'all-refused' });
});

test.each([
  ['a host that nobody knows', ['web-1', 'printer-9'], ['web-1'], 'contained-in-part'],
  ['a gateway that only the plan names', ['web-1'], ['web-1', 'gw-1'], 'contained'],
  [
    'a gateway of the plan does not stand in for an unknown host',
    ['web-1', 'x-9'],
    ['web-1', 'gw-1'],
    'contained-in-part',
  ],
])('B8 the outcome with %s', async (_what, hosts, planned, outcome) => {
  const orders: IncidentOrder[] = [];
  const order = await world().declare(
    { hosts, mode: 'block' },
    {
      decidePlan: () =>
        samplePlan(
          { ...orders[0]!, hosts: ['web-1'] },
          { hosts: planned.map((name) => ({ name, isolation: 'allowed' })), refused: hosts.length - 1 },
        ),
    },
  );
  orders.push(order);
  await world().start(order);
  expect(await world().responseOf(order)).toMatchObject({ outcome });
});
