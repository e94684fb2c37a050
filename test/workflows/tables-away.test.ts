import { DEADLINE_MS, TIME_SHARES } from '../../src/domain/numbers';
import type { Progress } from '../../workflows/messages';
import type { IncidentOrder } from '../../src/domain/incident';
import { sampleAssessment, sampleBag, samplePlan, sampleResult } from '../support/incident-samples';
import { failure, hanging } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();
const BLOCK_ONLY = { hosts: ['web-1'], mode: 'block' } as const;
const SECOND = 1_000;

/** Fails as while PostgreSQL is away, asked every five seconds; 20 times is longer than any share before containment. */
function awayFor<I, T>(times: number, answer: (input: I) => T): (input: I) => T {
  let asked = 0;
  return (input) => {
    asked += 1;
    if (asked <= times) throw failure('DATABASE_UNREACHABLE', '', 5 * SECOND);
    return answer(input);
  };
}

async function boxes(order: IncidentOrder): Promise<readonly string[]> {
  const { steps } = await world().incident(order).query<Progress>('progress');
  return steps.map(({ name, state }) => `${name}: ${state}`);
}

describe('B7 B8 the tables are away for longer than a share', () => {
  test('assessment: people are called, volatile state is captured, and the run contains as soon as it can', async () => {
    const order = await world().declare(BLOCK_ONLY, { assessIncident: awayFor(20, () => sampleAssessment(order)) });
    await world().start(order);
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'contained', abnormal: 'manual', deadlineMet: true, nextSteps: [] });
    expect(result.results.map(({ kind }) => kind)).toContain('block-sources');
    expect(world().told(order)).toContain('manual-classify');
    const names = await boxes(order);
    expect(names.slice(0, 5)).toEqual([
      'classify and assess: failed',
      'urgent notification: done',
      'capture volatile state: done',
      'assess again: done',
      'decide the policy: done',
    ]);
  });

  test('plan: it is decided again, in time for everything that follows', async () => {
    const order = await world().declare(BLOCK_ONLY, { decidePlan: awayFor(20, () => samplePlan(order)) });
    await world().start(order);
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'contained', abnormal: 'manual', deadlineMet: true, nextSteps: [] });
    expect(await boxes(order)).toEqual(
      expect.arrayContaining(['decide the policy: failed', 'decide the policy again: done', 'control access: done']),
    );
    const [told] = world()
      .callsOf(order, 'resolveRecipients')
      .map(
        ({ input }) => input.notice as { readonly key: string; readonly facts: readonly { readonly fact: string }[] },
      )
      .filter(({ key }) => key === 'manual-plan');
    expect(told?.facts.map(({ fact }) => fact)).toEqual(['no-plan', 'containment-up-to-people', 'tried-on']);
  });

  test('both, one after the other, for ever: the reserve is one, and containment is up to people', async () => {
    const order = await world().declare(BLOCK_ONLY, {
      assessIncident: awayFor(40, () => sampleAssessment(order)),
      decidePlan: () => {
        throw hanging(5 * SECOND);
      },
    });
    await world().start(order);
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'manual', abnormal: 'manual', deadlineMet: true });
    expect(result.nextSteps).toContainEqual({ fact: 'do-contain', why: 'no-plan' });
    const { steps } = await world().incident(order).query<Progress>('progress');
    const logs = steps.find(({ name }) => name === 'collect and preserve logs');
    const { classify, humanClassification } = TIME_SHARES;
    expect(Date.parse(logs?.startedAt ?? '') - Date.parse(order.declaredAt)).toBeLessThan(
      classify + humanClassification + 15 * SECOND,
    );
    expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeLessThan(DEADLINE_MS);
  });

  test('an act, a collection and the seal: tried on in their shares, a host is not cut off for an outage of ours', async () => {
    const order = await world().respond(BLOCK_ONLY, {
      performAction: awayFor(8, (input) => ({
        result: sampleResult({ id: input.actionId, kind: 'block-sources', host: 'web-1' }),
        unrecorded: [],
        recorded: true,
      })),
      sealBag: awayFor(9, ({ incident }) => sampleBag(incident)),
      collectLogs: awayFor(9, ({ host }) => ({
        host,
        artefacts: 3,
        absences: 0,
        bytes: 1_000,
        lines: 100,
        truncated: [],
        rung: 1,
      })),
    });
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'contained', abnormal: 'none', deadlineMet: true });
    expect(world().callsOf(order, 'forceIsolation')).toEqual([]);
    expect(world().callsOf(order, 'collectAlternative')).toEqual([]);
    expect(world().callsOf(order, 'collectLogs')).toHaveLength(10);
    expect(result.bag).not.toBeNull();
  });

  test('whoever takes over is not kept waiting', async () => {
    const order = await world().respond(BLOCK_ONLY, {
      decidePlan: () => {
        throw failure('DATABASE_UNREACHABLE', '', 5 * SECOND);
      },
    });
    await world().until('people are called', () => world().told(order).includes('manual-plan'), '5 s');
    await world().give(order, 'take-over', 'carol');
    const result = await world().responseOf(order);
    expect(result.outcome).toBe('manual');
    expect(await boxes(order)).toContain('decide the policy again: skipped');
    expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeLessThan(4 * 60 * SECOND);
  });

  test('what no time mends is not waited for', async () => {
    const order = await world().respond(BLOCK_ONLY, {
      decidePlan: () => {
        throw failure('UNKNOWN_INCIDENT');
      },
    });
    const result = await world().responseOf(order);
    expect(result.nextSteps).toContainEqual({ fact: 'do-contain', why: 'no-plan' });
    expect((await boxes(order)).join()).not.toContain('again');
  });
});
