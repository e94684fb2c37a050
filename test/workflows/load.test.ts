import type { SecurityReading } from '../../src/domain/security-state';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Notice } from '../../src/domain/notice';
import { sampleReading } from '../support/incident-samples';
import type { Overrides } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();

interface Look {
  readonly host: string;
  readonly stage: string;
}

/** The loads that each look at a host finds, the last one again and again. */
function loads(of: Readonly<Record<string, readonly number[]>>): Overrides & { readonly looks: Look[] } {
  const looks: Look[] = [];
  return {
    looks,
    takeReading: (input): SecurityReading => {
      const found = of[input.host] ?? [0.2];
      const before = looks.filter(({ host }) => host === input.host).length;
      looks.push({ host: input.host, stage: input.stage });
      return sampleReading(input.host, { load: found[before] ?? found.at(-1) ?? 0.2 });
    },
  };
}

const respond = async (hosts: readonly string[], { looks, ...overrides }: ReturnType<typeof loads>) => {
  const order = await world().respond({ hosts, mode: 'block' }, overrides);
  const result = await world().responseOf(order);
  return { order, result, looks };
};
/** What a notice said. */
const factsOf = (order: IncidentOrder, key: string) =>
  world()
    .callsOf(order, 'resolveRecipients')
    .map((call) => call.input.notice as Notice)
    .find((notice) => notice.key === key)?.facts;
const collected = (order: IncidentOrder) =>
  world()
    .callsOf(order)
    .filter(({ name }) => name === 'collectLogs' || name === 'takeReading')
    .map(({ name, input }) => `${name} ${String(input.host)}`);

describe('B13 a host above 90 % load', () => {
  test('is told, is collected from after the others, and is looked at again before', async () => {
    const { order, result, looks } = await respond(['web-1', 'db-1'], loads({ 'web-1': [0.97] }));
    expect(result.outcome).toBe('contained');
    expect(collected(order).slice(-3)).toEqual(['collectLogs db-1', 'takeReading web-1', 'collectLogs web-1']);
    expect(looks.filter(({ host }) => host === 'web-1').map(({ stage }) => stage)).toEqual([
      'before',
      'after',
      'watch',
    ]);
    await world().until('it is told', () => factsOf(order, 'delay-load-web-1') !== undefined);
    expect(factsOf(order, 'delay-load-web-1')).toEqual([{ fact: 'host-loaded', host: 'web-1', percent: 97 }]);
  });

  test('that is below it after containment is collected from at once', async () => {
    const { order } = await respond(['web-1', 'db-1'], loads({ 'web-1': [0.97, 0.5] }));
    expect(collected(order).slice(-2).sort()).toEqual(['collectLogs db-1', 'collectLogs web-1']);
  });

  test('only after containment is treated gently too', async () => {
    const { order } = await respond(['web-1', 'db-1'], loads({ 'web-1': [0.2, 0.95] }));
    expect(collected(order).slice(-3)).toEqual(['collectLogs db-1', 'takeReading web-1', 'collectLogs web-1']);
  });

  test('goes one at a time with others like it, and at once when it is below again', async () => {
    const hosts = ['web-1', 'web-2', 'web-3'];
    const gentle = { 'web-1': [0.97], 'web-2': [0.97, 0.97, 0.97, 0.3], 'web-3': [0.97] };
    const { order } = await respond(hosts, loads(gentle));
    expect(collected(order).filter((call) => call.startsWith('collect'))).toEqual([
      'collectLogs web-1',
      'collectLogs web-2',
      'collectLogs web-3',
    ]);
    // The second turn was that of the host below the limit alone.
    const rounds = collected(order)
      .join(' ')
      .split(/collectLogs \S+/);
    expect(rounds.slice(1, 3).every((between) => between.includes('takeReading web-3'))).toBe(true);
  });

  test('that cannot be looked at again is collected from all the same', async () => {
    const first = loads({ 'web-1': [0.97] });
    const overrides = {
      ...first,
      takeReading: (input: Parameters<NonNullable<Overrides['takeReading']>>[0]) => {
        if (input.stage === 'watch') throw new Error('no answer');
        return first.takeReading?.(input);
      },
    };
    const { order, result } = await respond(['web-1'], overrides);
    expect(world().callsOf(order, 'collectLogs')).toHaveLength(1);
    expect(result.outcome).toBe('contained');
  });
});

test('B13 a worker on a loaded machine is told of, once', async () => {
  const order = await world().respond(
    { hosts: ['web-1', 'db-1'], mode: 'block' },
    {
      collectLogs: ({ host }) => ({
        host,
        artefacts: 1,
        absences: 0,
        bytes: 1,
        lines: 1,
        truncated: [],
        rung: 1,
        worker: 'ops-1',
        workerLoad: 0.93,
      }),
    },
  );
  await world().responseOf(order);
  const key = 'delay-load-worker-ops-1';
  await world().until('it is told', () => factsOf(order, key) !== undefined);
  expect(factsOf(order, key)).toEqual([{ fact: 'worker-loaded', worker: 'ops-1', percent: 93, atOnce: 2 }]);
  expect(
    world()
      .told(order)
      .filter((told) => told === key),
  ).toHaveLength(1);
});

test('B13 the watch tells of a loaded host when it begins, not each minute', async () => {
  const seen = [0.97, 0.98, 0.3, 0.99];
  let round = 0;
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      watchRound: () => {
        const load = seen[round] ?? 0.2;
        round += 1;
        return {
          active: 1,
          expired: [],
          drift: [],
          reasserted: 0,
          readings: [sampleReading('web-1', { load })],
          unreachable: [],
        };
      },
    },
  );
  await world().responseOf(order);
  const told = () =>
    world()
      .told(order)
      .filter((key) => key.startsWith('delay-load'));
  await world().until('six rounds are over', () => round > 5, '60 s');
  await world().until('both are told', () => told().length >= 2);
  expect(told()).toEqual(['delay-load-0', 'delay-load-3']);
});
