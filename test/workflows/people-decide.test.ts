import { Context } from '@temporalio/activity';
import { inEnglish } from '../../src/domain/fact-words';
import type { PlanSummary, ProgressNote } from '../../activities';
import { APPROVAL_WAIT_MS, TIME_SHARES } from '../../src/domain/numbers';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Notice } from '../../src/domain/notice';
import { activitiesOf, eventOf } from '../support/event-log';
import { samplePlan } from '../support/incident-samples';
import type { Overrides } from '../support/mock-activities';
import { failure } from '../support/mock-activities';
import { useWorld } from '../support/use-world';
import { workflowIds } from '../../workflows/messages';

const world = useWorld();
const MINUTE = 60_000;

/** Declares with a plan in which these kinds of act need approval. */
async function withApproval(
  kinds: readonly string[],
  changes: Partial<IncidentOrder> = {},
  overrides: Overrides = {},
  plan: (order: IncidentOrder) => Partial<PlanSummary> = () => ({}),
): Promise<IncidentOrder> {
  const orders: IncidentOrder[] = [];
  const order = await world().declare(
    { hosts: ['web-1'], ...changes },
    {
      decidePlan: () => {
        const usual = samplePlan(orders[0]!);
        const steps = usual.steps.map((step) =>
          kinds.includes(step.kind) ? { ...step, approval: 'required' as const } : step,
        );
        return { ...usual, steps, ...plan(orders[0]!) };
      },
      ...overrides,
    },
  );
  orders.push(order);
  await world().start(order);
  return order;
}

const told = (order: IncidentOrder, key: string) =>
  world().until(`people are told ${key}`, () => world().told(order).includes(key));
/** What people are asked, as it was recorded last. */
const lastAsked = (order: IncidentOrder) =>
  world()
    .callsOf(order, 'recordProgress')
    .flatMap((call) => (call.input.notes as ProgressNote[]).map(({ patch }) => patch?.questions))
    .findLast((questions) => questions !== undefined);
const noticeOf = (order: IncidentOrder, key: string) => workflowIds.notice({ incident: order.incident, key });
/** Every command that a notice names. */
const commandsIn = (order: IncidentOrder, key: string): unknown[] => {
  const call = world()
    .callsOf(order, 'resolveRecipients')
    .find(({ workflowId }) => workflowId === noticeOf(order, key));
  const { facts, nextAction } = call?.input.notice as Notice;
  return [...facts.flatMap((fact) => ('command' in fact ? [fact.command] : [])), nextAction];
};
const acts = (order: IncidentOrder) =>
  world()
    .callsOf(order, 'performAction')
    .map((call) => String(call.input.actionId).split(':')[1]);

describe('B3 classification by a person', () => {
  test('nobody answers: exactly 5:00 are waited, then it is escalated; evidence was preserved meanwhile', async () => {
    const order = await world().respond({ type: 'unknown', hosts: ['web-1'], mode: 'monitor' });
    await world().responseOf(order);
    const log = await world().responseLog(order);
    const waiting = eventOf(
      log,
      'TimerStarted',
      (event) => event.summary?.includes('operator’s classification') ?? false,
    );
    const fired = eventOf(log, 'TimerFired', (event) => event.about === String(waiting.id));
    expect(fired.at - waiting.at).toBeGreaterThanOrEqual(TIME_SHARES.humanClassification);
    expect(fired.at - waiting.at).toBeLessThan(TIME_SHARES.humanClassification + 5_000);
    const captured = eventOf(log, 'ActivityTaskScheduled', (event) => event.name === 'captureVolatile');
    expect(captured.at - waiting.at).toBeLessThan(5_000);
    expect(activitiesOf(log).filter((name) => name === 'captureVolatile')).toHaveLength(1);
  });

  /** Collections from web-1, those beside the question marked as such. */
  const collections = (order: IncidentOrder) =>
    world()
      .callsOf(order, 'collectLogs')
      .map(({ at, input }) => ({ at, early: input.early === true }));

  test('logs are preserved while a person is asked, and again after containment', async () => {
    const order = await world().respond({ type: 'unknown', hosts: ['web-1'] });
    await told(order, 'classification-needed');
    await world().until('logs are collected', () => collections(order).length === 1);
    expect(collections(order)).toEqual([expect.objectContaining({ early: true })]);
    expect(world().callsOf(order, 'captureVolatile')).toHaveLength(1);
    await world().give(order, 'classify', 'bob', { type: 'malware' });
    const result = await world().responseOf(order);
    expect(collections(order).map(({ early }) => early)).toEqual([true, false]);
    expect(result.outcome).toBe('contained');
  });

  test('the answer does not wait for logs that are still being collected', async () => {
    const order = await world().respond(
      { type: 'unknown', hosts: ['web-1'] },
      {
        collectLogs: async (input) => {
          if (input.early !== true) return { host: input.host };
          const beat = setInterval(() => Context.current().heartbeat(), 500);
          return Context.current().cancelled.finally(() => clearInterval(beat));
        },
      },
    );
    await world().until('logs are being collected', () => collections(order).length === 1);
    await world().give(order, 'classify', 'bob', { type: 'malware' });
    const result = await world().responseOf(order);
    expect(result).toMatchObject({ outcome: 'contained', abnormal: 'none' });
    expect(collections(order).map(({ early }) => early)).toEqual([true, false]);
  });

  test('logs that cannot be preserved meanwhile raise nothing: the ordinary way comes after', async () => {
    const order = await world().respond(
      { type: 'unknown', hosts: ['web-1'] },
      {
        collectLogs: (input) => {
          if (input.early === true) throw failure('EVIDENCE_BROKEN');
          return { host: input.host };
        },
      },
    );
    await told(order, 'classification-needed');
    await world().until('it was tried', () => collections(order).length > 0);
    await world().give(order, 'classify', 'bob', { type: 'malware' });
    expect(await world().responseOf(order)).toMatchObject({ outcome: 'contained', abnormal: 'none' });
  });

  test('a quiet wait is no stuck run: the incident asks, the response answers and is not ended', async () => {
    const order = await world().respond({ type: 'unknown', hosts: ['web-1'], mode: 'monitor' });
    await world().responseOf(order);
    expect(world().callsOf(order, 'endStuckRun')).toEqual([]);
    const log = await world().log(order.incident);
    expect(log.some((event) => event.summary?.includes('sign of life'))).toBe(true);
  });

  test('an answer stands, is planned with, and nobody has to act any more', async () => {
    const order = await world().respond({ type: 'unknown', hosts: ['web-1'] });
    await told(order, 'classification-needed');
    // One for each type: a list of them with bars is a pipe to a shell.
    expect(commandsIn(order, 'classification-needed')).toEqual([
      ...['intrusion', 'malware', 'ddos'].map((type) => `firebreak classify ${order.incident} --as ${type}`),
      `firebreak status ${order.incident}`,
    ]);
    expect((await world().incident(order).query<{ needsHuman: boolean }>('progress')).needsHuman).toBe(true);
    await world().until('the question is on record', () => lastAsked(order)?.[0]?.kind === 'classification');
    await world().give(order, 'classify', 'bob', { type: 'malware' });
    const result = await world().responseOf(order);
    expect(result.assessment).toMatchObject({ type: 'malware', needsHuman: false });
    expect(result.assessment?.reasons.at(-1)).toEqual({
      fact: 'classified',
      type: 'malware',
      by: 'bob',
    });
    expect(world().callsOf(order, 'decidePlan')[0]?.input).toMatchObject({
      classification: { grantId: 'grant-bob-classify' },
    });
    expect((await world().incident(order).query<{ needsHuman: boolean }>('progress')).needsHuman).toBe(false);
    expect(lastAsked(order)).toEqual([]);
  });

  test('an answer that comes too late for the plan is refused, not swallowed', async () => {
    const order = await world().respond({ hosts: ['web-1'] }, { performAction: () => slowly(failure('HOST_TIMEOUT')) });
    await world().until('the plan is made', async () => (await world().incident(order).query('plan')) !== null);
    await expect(world().give(order, 'classify', 'bob', { type: 'ddos' })).rejects.toThrow();
    await world().responseOf(order);
  });

  test('limits only shorten the wait', async () => {
    const order = await world().respond({
      type: 'unknown',
      hosts: ['web-1'],
      mode: 'monitor',
      limits: { humanClassificationMs: 60 * MINUTE },
    });
    await world().responseOf(order);
    const log = await world().responseLog(order);
    const waiting = eventOf(
      log,
      'TimerStarted',
      (event) => event.summary?.includes('operator’s classification') ?? false,
    );
    expect(waiting.summary).toContain('at most 5:00');
  });
});

describe('N5 approval', () => {
  test('what needs none is done first; what is approved follows', async () => {
    const order = await withApproval(['block-sources']);
    await told(order, 'approval-needed');
    await world().until('the question is on record', () => lastAsked(order)?.[0]?.kind === 'approval');
    await world().until('the rest is done', () => acts(order).includes('isolate-host'));
    expect(acts(order)).not.toContain('block-sources');
    await world().give(order, 'approve', 'carol', { planHash: samplePlan(order).planHash });
    const result = await world().responseOf(order);
    expect(lastAsked(order)).toEqual([]);
    expect(acts(order)).toEqual([
      'emergency-access',
      'disable-account',
      'isolate-host',
      'block-sources',
      'heighten-monitoring',
    ]);
    expect(result).toMatchObject({ outcome: 'contained', abnormal: 'none' });
  });

  test('silence leaves out the acts that were asked for, all after the same 2:00, and never isolates by force', async () => {
    const order = await withApproval(['emergency-access', 'block-sources', 'disable-account', 'isolate-host'], {
      hosts: ['web-1', 'db-1'],
    });
    const result = await world().responseOf(order);
    expect(acts(order)).toEqual(['heighten-monitoring', 'heighten-monitoring']);
    expect(world().callsOf(order, 'forceIsolation')).toEqual([]);
    expect(result.failedHosts).toEqual([]);
    const log = await world().responseLog(order);
    const waits = log.filter((event) => event.kind === 'TimerStarted' && event.summary?.includes('wait for approval'));
    expect(waits).toHaveLength(2);
    const took = Date.parse(result.endedAt) - Date.parse(order.declaredAt);
    expect(took).toBeGreaterThanOrEqual(APPROVAL_WAIT_MS);
    expect(took).toBeLessThan(APPROVAL_WAIT_MS + 15_000);
  });

  test('the waiting stays inside a short share of access control', async () => {
    const order = await withApproval(['isolate-host'], { limits: { accessControlMs: 20_000 } });
    const result = await world().responseOf(order);
    expect(result.failures.map(inEnglish)).toEqual(['web-1: isolate-host: nobody approved in time']);
    expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeLessThan(20_000);
  });

  test('a rejection is a no', async () => {
    const order = await withApproval(['isolate-host']);
    await told(order, 'approval-needed');
    const plan = samplePlan(order).planHash.slice(0, 12);
    expect(commandsIn(order, 'approval-needed')).toEqual(
      ['reject', 'approve'].map((answer) => `firebreak ${answer} ${order.incident} --plan ${plan}`),
    );
    await world().give(order, 'reject', 'carol', { planHash: samplePlan(order).planHash });
    const result = await world().responseOf(order);
    expect(acts(order)).not.toContain('isolate-host');
    expect(result.failures.map(inEnglish)).toEqual(['web-1: isolate-host: not approved']);
  });

  test('nobody approves their own request: neither under the own name nor under another’s', async () => {
    const order = await withApproval(['isolate-host']);
    const planHash = samplePlan(order).planHash;
    await told(order, 'approval-needed');
    await expect(world().give(order, 'approve', 'alice', { planHash })).rejects.toMatchObject({
      cause: { type: 'OPERATOR_NOT_ALLOWED' },
    });
    const disguised = { grantId: 'grant-alice-2', operator: 'carol', reason: '', planHash };
    await expect(
      world()
        .incident(order)
        .executeUpdate('approve', { args: [disguised] }),
    ).rejects.toMatchObject({
      cause: { type: 'OPERATOR_NOT_ALLOWED' },
    });
    await world().responseOf(order);
    expect(acts(order)).not.toContain('isolate-host');
  });

  test('an approval of another plan is refused', async () => {
    const order = await withApproval(['isolate-host']);
    await told(order, 'approval-needed');
    await expect(world().give(order, 'approve', 'carol', { planHash: 'b'.repeat(64) })).rejects.toMatchObject({
      cause: { type: 'PLAN_CHANGED' },
    });
    await world().responseOf(order);
    expect(acts(order)).not.toContain('isolate-host');
  });
});

/** A failure that comes only after a moment in real time, so that something can happen before it. */
async function slowly(error: Error): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  throw error;
}
