import { MockActivityEnvironment } from '@temporalio/testing';
import type { ProgressNote } from '../../activities';
import { createActivities } from '../../activities';
import { closingPatch } from '../../activities/closing';
import { sealedEvent } from '../../activities/act-events';
import { FirebreakError } from '../../src/domain/errors';
import { inEnglish } from '../../src/domain/fact-words';
import { actionId, incidentId } from '../../src/domain/ids';
import type { AuditEvent } from '../../src/domain/ledger';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { TimelineEntry } from '../../src/domain/report';
import type { RefusedStart } from '../../activities/refused-start';
import { FLOOD_LIMITS } from '../../src/domain/numbers';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import type { ControlRow, IncidentPatch, IncidentRow } from '../../src/ports/repositories';
import { sampleAssessment, sampleOrder, sampleResult } from '../support/incident-samples';
import { sealedPlan, workerSeals } from '../support/worker-seals';

/** H1: the record of progress, written by somebody who has the order's grant from the history of an open incident. */
const INCIDENT = incidentId('INC-20261120-7F3K');
const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { incident: INCIDENT, hosts: ['web-1'], mode: 'block' });
const BLOCK = actionId(INCIDENT, 'block-sources', 'web-1');
const AT = '2026-11-20T03:00:10.000Z';
/** The event of an order. Its grant is `bob-…` with the action that bob has signed; what else it says does not count. */
const authorised = (action: string, more: Partial<AuditEvent> = {}): Partial<AuditEvent> => ({
  key: `order:bob-${action}:${action === 'respond' ? RESPOND_USE : `${action}:1`}`,
  stage: 'event',
  action: 'acknowledge',
  actor: 'ceo',
  result: 'authorised',
  ...more,
});
const RESPOND_USE = respondUse(INCIDENT, 'run-1');

interface Records {
  readonly row?: Partial<IncidentRow>;
  readonly inForce?: boolean;
  readonly contained?: boolean;
  /** What the tables say of its control. */
  readonly ended?: Pick<ControlRow, 'state' | 'endedAt' | 'noticedAt'>;
  readonly orders?: readonly Partial<AuditEvent>[];
  /** The open incident that this one has joined. */
  readonly joined?: string;
}

function records({ row = {}, inForce = false, contained = false, orders = [], joined, ended }: Records = {}) {
  const asked: string[] = [];
  const patches: IncidentPatch[] = [];
  const entries: { readonly key: string; readonly text: string }[] = [];
  const events: AuditEvent[] = [];
  const seals = workerSeals();
  const standing = {
    order: ORDER,
    phase: 'preserving',
    abnormal: 'manual',
    outcome: null,
    planHash: 'plan',
    assessment: sampleAssessment(ORDER),
    responseEndedAt: null,
    ...row,
  };
  const block = { id: BLOCK, kind: 'block-sources', host: 'web-1', approval: 'none', sources: ['192.0.2.7'] };
  const from = { incident: INCIDENT, planHash: 'plan', grantId: 'respond', documentSha256: ORDER.documentSha256 };
  const deps = {
    site: { hosts: new Map([['web-1', { name: 'web-1' }]]) },
    authorisation: {
      confirm: (grantId: string) => {
        const [by, action] = grantId.split(/-(.*)/s);
        if (action === 'forged') return Promise.reject(new FirebreakError('GRANT_UNKNOWN'));
        return Promise.resolve(
          by === 'bob' && action !== 'respond'
            ? {
                order: {
                  action,
                  incident: INCIDENT,
                  ...(action === 'release' ? { gone: ['web-1', 'db-1'] } : {}),
                  reason: 'on my way',
                },
                operator: 'bob',
              }
            : { order: respondOrder(ORDER), operator: 'alice' },
        );
      },
    },
    incidents: {
      find: () => Promise.resolve(standing),
      update: (_incident: unknown, patch: IncidentPatch) => Promise.resolve(void patches.push(patch)),
    },
    plans: { load: () => sealedPlan(seals, { mode: 'block', refused: [], actions: [block] }, from) },
    seals,
    responses: {
      undos: () => Promise.resolve([{ action: BLOCK, host: 'web-1', at: AT, done: true, readBack: true }]),
      results: () =>
        Promise.resolve(contained ? [sampleResult({ id: BLOCK, kind: 'block-sources', host: 'web-1' })] : []),
      recordTimeline: (_incident: unknown, key: string, { fact }: TimelineEntry) =>
        Promise.resolve(void entries.push({ key, text: inEnglish(fact) })),
    },
    admissions: {
      joinedTo: () => Promise.resolve(joined === undefined ? undefined : { incident: joined, repeats: 1 }),
      mayTellOfBound: (identity: string) => {
        asked.push(identity);
        return Promise.resolve(asked.length === 1);
      },
    },
    controls: {
      active: () => Promise.resolve(inForce ? [{ action: BLOCK }] : []),
      all: () =>
        Promise.resolve(ended === undefined ? [] : [{ action: BLOCK, kind: 'block-sources', host: 'web-1', ...ended }]),
    },
    ledger: {
      events: () =>
        Promise.all(orders.map((event) => sealedEvent({ seals }, { key: 'act:1', at: AT, ...event } as AuditEvent))),
      append: (given: readonly AuditEvent[]) => Promise.resolve(void events.push(...given)),
    },
    senders: [],
    now: () => new Date(AT),
  } as unknown as ActivityDeps;
  const { flow } = createActivities(deps);
  const authority = { grantId: 'respond', use: respondUse(INCIDENT, 'run-1') };
  return {
    patches,
    entries,
    events,
    write: (note: object, workflowId: string = INCIDENT) =>
      new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run' } }).run(flow.recordProgress, {
        incident: INCIDENT,
        authority,
        notes: [note as ProgressNote],
      }),
    asked,
    refuseStart: (workflowId: string = INCIDENT, change: Partial<RefusedStart> = {}) =>
      new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run' } }).run(flow.recordRefusedStart, {
        incident: INCIDENT,
        grantId: 'x',
        code: 'OTP_INVALID' as const,
        words: 'The TOTP code is wrong.',
        saidToBe: 'alice',
        ...change,
      }),
  };
}

describe('H1 progress is a closed list of fields, and goes forward only', () => {
  test('H1 a phase never goes back, an abnormal stage never gets milder', async () => {
    const { write, patches } = records();
    await write({ key: 'a', patch: { phase: 'assessing', abnormal: 'none' } });
    await write({ key: 'b', patch: { phase: 'sealing', abnormal: 'escalated' } });
    expect(patches).toEqual([{ abnormal: 'manual' }, { phase: 'sealing', abnormal: 'escalated' }]);
  });

  test('H1 what workers derive, and words that are none, are not taken from a note', async () => {
    const { write, patches } = records();
    const derived = { planHash: 'x', assessment: {}, bag: {}, report: { json: { path: '/etc/passwd' } }, runId: 'x' };
    await write({ key: 'a', patch: { ...derived, phase: 'won', securityState: 'fine', acknowledgedBy: ['ceo'] } });
    expect(patches).toEqual([{}]);
  });

  test('H1 what people are asked is a closed list too: kinds, times and hosts that there are', async () => {
    const { write, patches } = records();
    const good = { kind: 'approval', until: AT };
    const questions = [
      good,
      { ...good, kind: 'bribe' },
      { ...good, until: 'soon' },
      { ...good, host: 'rm -rf /' },
      null,
    ];
    await write({ key: 'a', patch: { questions } });
    await write({ key: 'b', patch: { questions: 'none' } });
    expect(patches).toEqual([{ questions: [good, good] }, { questions: [] }]);
    await write({ key: 'c', patch: { questions } }, `${INCIDENT}:response-1`);
    await write({ key: 'd', patch: { questions: [] } }, 'somebody-else');
    expect(patches.slice(2)).toEqual([{ questions: [good, good] }, {}]);
  });

  test('H1 times are those that every reader takes, and no response ends before it was declared', async () => {
    const { write, patches, entries } = records();
    const step = { at: AT, phase: 'containing', kind: 'step', text: 'x' };
    await write({ key: 'a', entry: { ...step, at: '0' } });
    await write({ key: 'b', entry: { ...step, at: '+275760-09-13T00:00:00Z' } });
    expect(entries.map(({ key }) => key)).toEqual(['a']);
    await write({ key: 'c', patch: { responseEndedAt: '1990-01-01T00:00:00Z' } });
    expect(patches.at(-1)).toEqual({ responseEndedAt: ORDER.declaredAt });
  });

  test('H1 no note closes an incident of which something is in force, or whose response goes on', async () => {
    for (const world of [{ inForce: true, row: { responseEndedAt: AT } }, {}]) {
      const { write, patches } = records(world);
      const closing = write({ key: 'closed', patch: { phase: 'closed', outcome: 'false-positive' } });
      await expect(closing).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
      await write({ key: 'another', patch: { phase: 'closed', closedAt: AT } });
      expect(patches).toEqual([{}]);
    }
  });

  test('B5 no note closes an incident of which an act was begun and may be in force', async () => {
    const begun = { action: 'perform', stage: 'intent', subject: BLOCK } as const;
    const world = { row: { responseEndedAt: AT, outcome: 'manual' as const } };
    const open = records({ ...world, orders: [begun] });
    await expect(open.write({ key: 'closed', patch: {} })).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    expect(open.patches).toEqual([]);
    const undone = records({
      ...world,
      orders: [begun, { ...begun, action: 'undo', stage: 'result', result: 'done' }],
    });
    await undone.write({ key: 'closed', patch: {} });
    expect(undone.patches).toMatchObject([{ phase: 'closed' }]);
  });

  test('H1 what is closed stays as it was closed; closed without a worker’s seal it is opened again by the run that goes on', async () => {
    const note = { key: 'a', patch: { phase: 'sealing' } };
    const forged = records({ row: { phase: 'closed', closedAt: AT, closingSeal: 'AAAA' } });
    await forged.write(note);
    expect(forged.patches).toEqual([{ phase: 'sealing', closedAt: null }]);
    const { closingSeal = null } = await closingPatch({ seals: workerSeals(), now: () => new Date(AT) }, INCIDENT, {});
    const closed = records({ row: { phase: 'closed', closedAt: AT, closingSeal } });
    await closed.write(note);
    expect(closed.patches).toEqual([]);
  });

  test('H1 only the incident itself says that its response is over, and closes', async () => {
    const { write, patches } = records({ row: { responseEndedAt: AT, outcome: 'monitored' } });
    await write({ key: 'x', patch: { responseEndedAt: AT } }, 'forger');
    await expect(write({ key: 'closed', patch: {} }, 'forger')).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    expect(patches).toEqual([{}]);
    await write({ key: 'closed', patch: {} });
    expect(patches).toHaveLength(2);
  });

  test('H1 an incident closes by the order to end it, or when its response is over; the outcome is what is on record', async () => {
    const ended = records({ orders: [authorised('stand-down')] });
    await ended.write({ key: 'closed', patch: { phase: 'closed', outcome: 'contained' } });
    expect(ended.patches).toMatchObject([{ phase: 'closed', outcome: 'stood-down', closedAt: AT }]);
    const over = records({ row: { responseEndedAt: AT, outcome: 'monitored' } });
    await over.write({ key: 'closed', patch: { phase: 'closed', outcome: 'contained' } });
    expect(over.patches).toMatchObject([{ phase: 'closed', outcome: 'monitored', closedAt: AT }]);
  });

  test('B11 the row says how the controls came to their end: by order, or by their time', async () => {
    const over = { row: { responseEndedAt: AT, outcome: 'contained' as const }, contained: true };
    const gone = { state: 'expired', endedAt: AT, noticedAt: AT } as const;
    for (const [ended, orders, how] of [
      [{ ...gone, state: 'released', noticedAt: null }, [authorised('release')], 'released'],
      [{ ...gone, state: 'released', noticedAt: null }, [authorised('stand-down')], 'stood-down'],
      [gone, [], 'expired'],
    ] as const) {
      const { write, patches } = records({ ...over, ended, orders });
      await write({ key: 'closed', patch: {} });
      expect(patches).toMatchObject([{ phase: 'closed', ended: how }]);
    }
    const monitored = records({ row: { responseEndedAt: AT, outcome: 'monitored' } });
    await monitored.write({ key: 'closed', patch: {} });
    expect(monitored.patches[0]).not.toHaveProperty('ended');
  });

  test('H1 an outcome is never better than what workers have written', async () => {
    const open = records();
    await open.write({ key: 'response-end', patch: { outcome: 'contained' } });
    await open.write({ key: 'response-end', patch: { outcome: 'false-positive' } });
    expect(open.patches).toEqual([{ outcome: 'manual' }, { outcome: 'manual' }]);
    const done = records({ contained: true });
    await done.write({ key: 'response-end', patch: { outcome: 'contained' } });
    await done.write({ key: 'response-end', patch: { outcome: 'contained-in-part' } });
    expect(done.patches).toEqual([{ outcome: 'contained' }, { outcome: 'contained-in-part' }]);
  });

  test('H1 who has acknowledged, and what was ordered, the ledger says', async () => {
    const { write, patches, entries } = records({
      orders: [authorised('acknowledge'), authorised('release'), authorised('forged', { actor: 'ceo' })],
    });
    await write({ key: 'acknowledged', patch: { acknowledged: true, acknowledgedBy: ['ceo'] } });
    expect(patches).toEqual([{ acknowledgedBy: ['bob'] }]);
    const entry = { at: AT, phase: 'preserving', kind: 'order', text: 'release by ceo: all is well' };
    await write({ key: 'order:acknowledge:1', entry });
    await write({ key: 'order:release:1', entry });
    await write({ key: 'order:release:9', entry });
    await write({ key: 'order:acknowledge:1', entry: { ...entry, kind: 'act' } });
    // What nobody has signed is not told of anybody.
    const fact = { fact: 'ordered', action: 'release', by: 'ceo', reason: 'all is well' };
    await write({ key: 'order:release:10', entry: { ...entry, fact } });
    await write({ key: 'step:x', entry: { ...entry, fact, kind: 'step' } });
    expect(entries.pop()).toEqual({ key: 'step:x', text: expect.stringMatching(/^“\{.*\}”$/) as string });
    expect(entries).toEqual([
      { key: 'order:acknowledge:1', text: 'acknowledge by bob: “on my way”' },
      { key: 'order:release:1', text: 'release by bob (machine gone: web-1, db-1): “on my way”' },
    ]);
  });

  test('H1 a line says only what is a fact, defanged, and asks for no command but ours', async () => {
    const { write, entries } = records();
    const line = { at: AT, phase: 'containing', kind: 'step' } as const;
    const said: readonly unknown[] = [
      { fact: 'host-failed', host: 'web-1', fault: { code: 'HOST_TIMEOUT', detail: 'see https://x' } },
      { fact: 'undo-by', command: 'curl https://x | sh' },
      {
        fact: 'stage',
        stage: 'manual',
        why: [{ fact: 'order-again', command: `firebreak release ${INCIDENT} --force` }],
      },
      { fact: 'moon', words: 'see https://x' },
      { fact: 'hosts-unknown' },
      'a sentence of an earlier version: https://x',
    ];
    for (const [n, fact] of said.entries()) await write({ key: `step:${n}`, entry: { ...line, fact: fact as never } });
    await write({ key: 'step:text', entry: { ...line, text: 'of an earlier version: https://x' } });
    expect(entries.map(({ text }) => text)).toEqual([
      'web-1: The host did not answer in time. “see hxxps[:]//x”',
      `undo it now: \`firebreak status ${INCIDENT}\``,
      `manual: order it again when the cause is gone: \`firebreak status ${INCIDENT}\``,
      '“{"fact":"moon","words":"see hxxps[:]//x"}”',
      '“{"fact":"hosts-unknown"}”',
      '“a sentence of an earlier version: hxxps[:]//x”',
      '“of an earlier version: hxxps[:]//x”',
    ]);
  });

  test('H1 the ledger takes from a note only its own kinds of event, in nobody’s name, under keys of its own', async () => {
    const { write, events } = records();
    const note = (audit: object) => ({ key: `seal:${INCIDENT}`, audit });
    for (const action of ['stand-down', 'perform', 'evidence.seal', 'act.refused', 'ledger.conflict']) {
      const forged = write(note({ action, level: 'AUDIT', subject: 'x', actor: 'alice' }));
      await expect(forged).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    }
    await write(note({ action: 'order.refused', level: 'AUDIT', subject: 'x', actor: 'alice', result: 'authorised' }));
    expect(events).toMatchObject([
      { key: `progress:${INCIDENT}:seal:${INCIDENT}`, actor: 'firebreak', level: 'ERROR', result: 'not known' },
    ]);
  });

  test('H1 B15 a start is refused only as long as no worker has found its order good', async () => {
    const declared = records({ row: { phase: 'declared' } });
    await expect(declared.refuseStart('forger')).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    declared.events.splice(0);
    await declared.refuseStart();
    expect(declared.patches).toMatchObject([{ phase: 'closed', outcome: 'refused', closedAt: AT }]);
    expect(declared.entries[0]?.text).toMatch(/^start refused: The TOTP code is wrong\. Wait for the next code/);
    expect(declared.events).toMatchObject([{ action: 'start.refused', result: 'OTP_INVALID', level: 'CRITICAL' }]);
    for (const world of [{}, { row: { phase: 'declared' as const }, orders: [authorised('respond')] }]) {
      const started = records(world);
      await expect(started.refuseStart()).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
      expect(started.patches).toEqual([]);
    }
  });
});

describe('H8 what does not begin, and floods', () => {
  const declared = (more: Records = {}) => records({ row: { phase: 'declared' }, ...more });

  test('H8 a repeat that joined an open incident is closed as that: no refusal, no alert', async () => {
    const { refuseStart, patches, entries, events } = declared({ joined: 'INC-20261120-8G4M' });
    await expect(refuseStart(INCIDENT, { code: 'INCIDENT_JOINED' })).resolves.toEqual({ tellOfBound: false });
    expect(patches).toMatchObject([{ phase: 'closed', outcome: 'joined', closedAt: AT }]);
    expect(entries).toEqual([{ key: 'joined', text: 'joined INC-20261120-8G4M: a repeat that brings nothing new' }]);
    expect(events).toEqual([]);
  });

  test('H8 nobody can say of a refused start that it has joined something', async () => {
    const { refuseStart, patches, events } = declared();
    await refuseStart(INCIDENT, { code: 'INCIDENT_JOINED' });
    expect(patches).toMatchObject([{ outcome: 'refused' }]);
    expect(events).toMatchObject([{ level: 'CRITICAL', action: 'start.refused', result: 'NOT_AUTHORISED' }]);
  });

  test('H8 people are told that a bound is reached, not of each refusal; other refusals do not ask', async () => {
    const { refuseStart, asked } = declared();
    await expect(refuseStart(INCIDENT, { code: 'TOO_MANY_OPEN' })).resolves.toEqual({ tellOfBound: true });
    await expect(refuseStart(INCIDENT, { code: 'TOO_MANY_OPEN' })).resolves.toEqual({ tellOfBound: false });
    await expect(refuseStart()).resolves.toEqual({ tellOfBound: false });
    expect(asked).toEqual(['operator alice critical', 'operator alice critical']);
  });

  test('H8 a flood of refused starts leaves the ledger readable: bounded for one name and in all, the last says so', async () => {
    const { refuseStart, events, patches } = declared();
    for (let n = 0; n < FLOOD_LIMITS.refusedStartsOfOne + 5; n += 1)
      await refuseStart(INCIDENT, { saidToBe: 'mallory' });
    expect(events).toHaveLength(FLOOD_LIMITS.refusedStartsOfOne);
    expect(events.at(-1)).toMatchObject({
      detail: { saidToBe: 'mallory', leftOut: 'more of these within 10 minutes' },
    });
    expect(events.at(-2)?.detail).toEqual({ saidToBe: 'mallory', severity: 'critical' });
    await refuseStart(INCIDENT, { saidToBe: 'alice' });
    expect(events.at(-1)).toMatchObject({ detail: { saidToBe: 'alice' } });
    for (let n = 0; n < FLOOD_LIMITS.refusedStarts; n += 1) await refuseStart(INCIDENT, { saidToBe: `eve${n}` });
    expect(events).toHaveLength(FLOOD_LIMITS.refusedStarts);
    // Each of them is closed all the same.
    expect(patches).toHaveLength(FLOOD_LIMITS.refusedStartsOfOne + 5 + 1 + FLOOD_LIMITS.refusedStarts);
  });

  test('H8 a flood of refused orders to one incident does the same, and other events go on', async () => {
    const { write, events } = records();
    const refused = { level: 'CRITICAL', action: 'order.refused', subject: 'release', result: 'GRANT_UNKNOWN' };
    for (let n = 0; n < FLOOD_LIMITS.refusedOrdersOfOne + 5; n += 1)
      await write({ key: `refused:${n}`, audit: refused });
    expect(events).toHaveLength(FLOOD_LIMITS.refusedOrdersOfOne);
    await write({ key: 'late', audit: { level: 'ERROR', action: 'abnormal.partial', subject: 'x' } });
    expect(events.at(-1)).toMatchObject({ action: 'abnormal.partial' });
  });
});
