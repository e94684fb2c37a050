import type { Assessment } from '../../../src/domain/assessment';
import type { SealedBag } from '../../../src/domain/evidence';
import { onRecord } from '../../../src/domain/fact';
import { hashOf } from '../../../src/domain/hash';
import { ENDINGS } from '../../../src/domain/ending';
import { actionId, incidentId } from '../../../src/domain/ids';
import type { Delivery } from '../../../src/domain/notice';
import { type ActionResult, NO_OUTCOMES, type ResponsePlan } from '../../../src/domain/plan';
import type { WrittenOverview, WrittenReport } from '../../../src/domain/report';
import type { SecurityReading } from '../../../src/domain/security-state';
import * as words from '../../../src/domain/words';
import { blockAction, DOCUMENT, INCIDENT, order, OTHER_INCIDENT, useDatabase } from './world';

const AT = '2026-11-20T03:01:00.000Z';
const BAD_TEXT = 'a\u0000b\ud800c';
const database = useDatabase();

describe('incidents (B11, TBL-092)', () => {
  const incidents = () => database().postgres.incidents;

  it('B11 a declared incident is found with its document, and declaring it again changes nothing', async () => {
    await incidents().declare(order(), DOCUMENT, 'stolen key');
    await incidents().update(INCIDENT, { phase: 'containing' });
    await incidents().declare(order(), DOCUMENT, 'another title');
    expect(await incidents().find(INCIDENT)).toEqual({
      order: order(),
      title: 'stolen key',
      phase: 'containing',
      abnormal: 'none',
      outcome: null,
      assessment: null,
      planHash: null,
      securityState: null,
      needsHuman: false,
      workflowId: INCIDENT,
      runId: null,
      responseEndedAt: null,
      deadlineMet: null,
      closedAt: null,
      ended: null,
      closingSeal: null,
      bag: null,
      supplements: [],
      report: null,
      overview: null,
      acknowledgedBy: [],
      questions: [],
    });
    expect(await incidents().document(INCIDENT)).toEqual(DOCUMENT);
    expect(await incidents().find(OTHER_INCIDENT)).toBeUndefined();
  });

  it('B11 an id stands for one order, and an order for one document', async () => {
    await incidents().declare(order(), DOCUMENT, 'stolen key');
    const changed = order(INCIDENT, { mode: 'isolate' });
    await expect(incidents().declare(changed, DOCUMENT, 'x')).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await expect(incidents().declare(order(OTHER_INCIDENT), Buffer.from('{}'), 'x')).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  it('B11 every field that may change comes back as it was written', async () => {
    await incidents().declare(order(), DOCUMENT, 'stolen key');
    const patch = {
      phase: 'closed',
      abnormal: 'emergency',
      outcome: 'contained-by-force',
      assessment: { reasons: [BAD_TEXT], confidence: 0.1 } as unknown as Assessment,
      planHash: 'f'.repeat(64),
      securityState: 'worse',
      needsHuman: true,
      runId: 'run-1',
      responseEndedAt: AT,
      deadlineMet: false,
      ended: 'released',
      closedAt: AT,
      bag: { path: '/x', bytes: 2 ** 52 } as SealedBag,
      supplements: [{ path: '/x.2' } as SealedBag],
      report: { revision: 1 } as WrittenReport,
      overview: { group: INCIDENT } as WrittenOverview,
      acknowledgedBy: ['alice', 'bob "the" {builder}', 'c,d'],
      questions: [{ kind: 'forced-isolation' as const, until: AT, host: order().hosts[0]! }],
    } as const;
    await incidents().update(INCIDENT, patch);
    expect(await incidents().find(INCIDENT)).toMatchObject(patch);
    await incidents().update(INCIDENT, { outcome: null, closedAt: null });
    expect(await incidents().find(INCIDENT)).toMatchObject({ ...patch, outcome: null, closedAt: null });
    await incidents().update(INCIDENT, {});
    await expect(incidents().update(OTHER_INCIDENT, { phase: 'closed' })).rejects.toMatchObject({
      code: 'UNKNOWN_INCIDENT',
    });
  });

  it('B11 the tables know the same words as the domain', async () => {
    await incidents().declare(order(), DOCUMENT, 'stolen key');
    for (const phase of words.PHASES) await incidents().update(INCIDENT, { phase });
    for (const abnormal of words.ABNORMAL_STAGES) await incidents().update(INCIDENT, { abnormal });
    for (const outcome of words.OUTCOMES) await incidents().update(INCIDENT, { outcome });
    for (const ended of ENDINGS) await incidents().update(INCIDENT, { ended });
    for (const securityState of words.SECURITY_STATES) await incidents().update(INCIDENT, { securityState });
    let n = 2000;
    for (const type of words.INCIDENT_TYPES) {
      for (const severity of words.SEVERITIES) {
        for (const mode of words.RESPONSE_MODES) {
          const id = incidentId(`INC-20261120-${String((n += 1)).replace(/[01]/g, 'Z')}`);
          if (await incidents().find(id)) continue;
          await incidents().declare(order(id, { type, severity, mode }), DOCUMENT, 'x');
        }
      }
    }
  });

  it('U1 open incidents of the type on one of the hosts, newest first', async () => {
    const ids = ['2222', '3333', '4444', '5555'].map((end) => incidentId(`INC-20261120-${end}`));
    const at = (minute: number) => `2026-11-20T03:0${minute}:00.000Z`;
    await incidents().declare(order(ids[0], { hosts: ['web-1', 'db-1'], declaredAt: at(1) }), DOCUMENT, 'x');
    await incidents().declare(order(ids[1], { hosts: ['db-1'], declaredAt: at(2) }), DOCUMENT, 'x');
    await incidents().declare(order(ids[2], { hosts: ['db-1'], type: 'ddos', declaredAt: at(3) }), DOCUMENT, 'x');
    await incidents().declare(order(ids[3], { hosts: ['db-1'], declaredAt: at(4) }), DOCUMENT, 'x');
    await incidents().update(ids[3]!, { closedAt: AT });
    const found = async (hosts: string[]) =>
      (await incidents().openOn('intrusion', hosts)).map((row) => row.order.incident);
    expect(await found(['db-1', 'mail-1'])).toEqual([ids[1], ids[0]]);
    expect(await found(['web-1'])).toEqual([ids[0]]);
    expect(await found([])).toEqual([]);
    const listed = async (filter: { open?: boolean; limit: number }) =>
      (await incidents().list(filter)).map((row) => row.order.incident);
    expect(await listed({ limit: 3 })).toEqual([ids[3], ids[2], ids[1]]);
    expect(await listed({ open: true, limit: 9 })).toEqual([ids[2], ids[1], ids[0]]);
    expect(await listed({ open: false, limit: 9 })).toEqual([ids[3]]);
  });

  it('B10 a document or plan changed in the database is not handed out', async () => {
    await incidents().declare(order(), DOCUMENT, 'x');
    await expect(database().admin(`UPDATE incident_documents SET bytes = 'x'`)).rejects.toMatchObject({
      code: '23514',
    });
    await database().admin(`ALTER TABLE incident_documents DROP CONSTRAINT incident_documents_check;
      UPDATE incident_documents SET bytes = 'x'`);
    await expect(incidents().document(INCIDENT)).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
  });
});

describe('plans', () => {
  function plan(detail: string): ResponsePlan {
    const body = {
      incident: INCIDENT,
      type: 'intrusion',
      severity: 'critical',
      mode: 'block',
      actions: [blockAction(['192.0.2.1'])],
      refused: [{ target: BAD_TEXT, reason: 'not-an-address', detail: onRecord(detail) }],
      drift: [],
      deviations: [],
    } as const;
    return { ...body, planHash: hashOf(body) };
  }

  it('B4 a plan is stored by its hash, whatever it holds, and comes back the same', async () => {
    await database().postgres.incidents.declare(order(), DOCUMENT, 'x');
    const [one, two] = [plan('one'), plan('two')];
    for (const each of [one, two, one]) await database().postgres.plans.save(each, `seal of ${each.planHash}`);
    expect(await database().postgres.plans.load(INCIDENT, two.planHash)).toMatchObject({ plan: two });
    await expect(database().postgres.plans.load(INCIDENT, 'f'.repeat(64))).rejects.toMatchObject({
      code: 'WRONG_STATE',
    });
    await expect(database().postgres.plans.save({ ...one, severity: 'high' }, 'seal')).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
    });
    await database().admin(`UPDATE response_plans SET plan = replace(plan::text, '192.0.2.1', '192.0.2.9')::json`);
    await expect(database().postgres.plans.load(INCIDENT, one.planHash)).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
    });
  });
});

describe('responses (B11, TBL-093)', () => {
  const responses = () => database().postgres.responses;
  const BLOCK = actionId(INCIDENT, 'block-sources', 'web-1');
  const LOCK = actionId(INCIDENT, 'disable-account', 'web-1', 'mallory');

  function result(action = BLOCK, changes: Partial<ActionResult> = {}): ActionResult {
    return {
      action,
      kind: 'block-sources',
      host: 'web-1',
      counts: { ...NO_OUTCOMES, applied: 3 },
      exceptions: [],
      verified: true,
      rung: 'nftables',
      replayed: false,
      startedAt: AT,
      endedAt: AT,
      notes: [],
      ...changes,
    };
  }
  const row = {
    action: BLOCK,
    incident: INCIDENT,
    host: 'web-1',
    kind: 'block-sources',
    execution: 'run-1/1',
    at: AT,
  } as const;

  beforeEach(() => database().postgres.incidents.declare(order(), DOCUMENT, 'x'));

  it('B10 one row per action, attempt and outcome; a retried activity is harmless', async () => {
    const failed = { ...row, attempt: 1, state: 'failed', errorCode: 'HOST_TIMEOUT', detail: BAD_TEXT } as const;
    const done = {
      ...row,
      attempt: 2,
      state: 'succeeded',
      result: result(BLOCK, { notes: [onRecord(BAD_TEXT)] }),
    } as const;
    const undone = {
      ...row,
      attempt: 2,
      state: 'undone',
      result: result(BLOCK, { notes: [onRecord('undo')] }),
    } as const;
    for (const each of [failed, failed, done, done, undone, undone]) await responses().record(each);
    const rows = await database().admin('SELECT attempt, state FROM emergency_responses ORDER BY attempt, state');
    expect(rows).toEqual([
      { attempt: 1, state: 'failed' },
      { attempt: 2, state: 'succeeded' },
      { attempt: 2, state: 'undone' },
    ]);
    expect(await responses().results(INCIDENT)).toEqual([done.result]);
  });

  it('B11 attempts of a second try take the place of none: the history is whole, and nobody may change it', async () => {
    const [early, late] = [AT, '2026-11-20T03:05:00.000Z'];
    const first = { ...row, attempt: 1, state: 'failed', errorCode: 'HOST_TIMEOUT', at: early } as const;
    const again = { ...first, execution: 'run-2/1', errorCode: 'VERIFY_FAILED', at: late } as const;
    const missing = result(BLOCK, { counts: { ...NO_OUTCOMES, missing: 3 } });
    // The first try counted further than the second; the second one is the later all the same.
    await responses().record({ ...row, attempt: 3, state: 'succeeded', result: result() });
    await responses().record(first);
    await responses().record({ ...again, result: missing });
    const rows = await database().admin(
      `SELECT execution, attempt, error_code FROM emergency_responses WHERE state = 'failed' ORDER BY occurred_at`,
    );
    expect(rows).toEqual([
      { execution: 'run-1/1', attempt: 1, error_code: 'HOST_TIMEOUT' },
      { execution: 'run-2/1', attempt: 1, error_code: 'VERIFY_FAILED' },
    ]);
    expect(await responses().results(INCIDENT)).toEqual([missing]);
    await expect(
      database().postgres.pool.query(`UPDATE emergency_responses SET error_code = NULL`),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('B11 the last undo of each act is known, also one that failed', async () => {
    const failed = {
      ...row,
      kind: 'undo',
      attempt: 1,
      state: 'failed',
      errorCode: 'HOST_TIMEOUT',
      detail: 'no answer',
    } as const;
    await responses().record({ ...row, attempt: 1, state: 'succeeded', result: result() });
    expect(await responses().undos(INCIDENT)).toEqual([]);
    await responses().record(failed);
    expect(await responses().undos(INCIDENT)).toEqual([
      { action: BLOCK, host: 'web-1', at: AT, done: false, readBack: false, code: 'HOST_TIMEOUT', detail: 'no answer' },
    ]);
    await responses().record({ ...row, attempt: 2, state: 'undone', result: result() });
    expect(await responses().undos(INCIDENT)).toEqual([
      { action: BLOCK, host: 'web-1', at: AT, done: true, readBack: true },
    ]);
  });

  it('B11 results are the latest per action, in the order of the acts', async () => {
    const early = result(LOCK, { startedAt: '2026-11-20T03:00:30.000Z' });
    const partly = result(BLOCK, { counts: { ...NO_OUTCOMES, applied: 1, missing: 2 } });
    await responses().record({ ...row, attempt: 1, state: 'failed', result: partly });
    await responses().record({ ...row, action: LOCK, attempt: 1, state: 'succeeded', result: early });
    expect(await responses().results(INCIDENT)).toEqual([early, partly]);
    await responses().record({
      ...row,
      attempt: 2,
      state: 'succeeded',
      result: result(),
      at: '2026-11-20T03:01:01.000Z',
    });
    expect(await responses().results(INCIDENT)).toEqual([early, result()]);
    expect(await responses().results(OTHER_INCIDENT)).toEqual([]);
  });

  it('B11 a response to an incident that was never declared is refused', async () => {
    const action = actionId(OTHER_INCIDENT, 'block-sources', 'web-1');
    await expect(
      responses().record({ ...row, action, incident: OTHER_INCIDENT, attempt: 1, state: 'succeeded' }),
    ).rejects.toMatchObject({ code: 'UNKNOWN_INCIDENT' });
  });

  it('N3 a late success replaces a failure, a late failure does not replace a success', async () => {
    const delivery: Delivery = {
      id: `${INCIDENT}:start:alice:voice`,
      incident: INCIDENT,
      kind: 'start',
      person: 'alice',
      channel: 'voice',
      state: 'failed',
      attempts: 1,
      possibleDouble: true,
      at: AT,
    };
    const failure: Delivery = { ...delivery, reason: 'NOT_PICKED_UP' };
    const success: Delivery = {
      ...delivery,
      state: 'delivered',
      attempts: 2,
      providerId: 'CA1',
      possibleDouble: false,
    };
    const attempt: Delivery = { ...failure, state: 'pending' };
    await responses().recordDelivery(attempt);
    expect(await responses().deliveries(INCIDENT)).toEqual([attempt]);
    await responses().recordDelivery(failure);
    expect(await responses().deliveries(INCIDENT)).toEqual([failure]);
    await responses().recordDelivery(success);
    await responses().recordDelivery({ ...failure, attempts: 3 });
    expect(await responses().deliveries(INCIDENT)).toEqual([{ ...success, possibleDouble: true }]);
    for (const channel of words.CHANNELS) {
      await responses().recordDelivery({
        ...delivery,
        id: channel,
        incident: OTHER_INCIDENT,
        channel,
        state: 'skipped',
      });
    }
  });

  it('P1 timeline entries are kept by key, in order of time', async () => {
    const entry = (words: string, at: string) =>
      ({ at, phase: 'containing', fact: { fact: 'recorded', words: onRecord(words) }, kind: 'act' }) as const;
    await responses().recordTimeline(INCIDENT, 'b', entry('second', '2026-11-20T03:02:00.000Z'));
    await responses().recordTimeline(INCIDENT, 'a', entry(BAD_TEXT, AT));
    await responses().recordTimeline(INCIDENT, 'a', entry(BAD_TEXT, AT));
    expect((await responses().timeline(INCIDENT)).map(({ fact }) => fact)).toEqual([
      { fact: 'recorded', words: BAD_TEXT },
      { fact: 'recorded', words: 'second' },
    ]);
  });

  it('P1 a timeline entry that an earlier version stored as a sentence is read as its quotation', async () => {
    const at = '2026-11-20T03:03:00.000Z';
    const stored = { at, phase: 'containing', text: 'access control failed on web-2', kind: 'failure' };
    await responses().recordTimeline(OTHER_INCIDENT, 'earlier', stored as never);
    expect(await responses().timeline(OTHER_INCIDENT)).toEqual([
      {
        at,
        phase: 'containing',
        kind: 'failure',
        fact: { fact: 'recorded', words: 'access control failed on web-2' },
      },
    ]);
  });

  it('B13 readings: the first before and the last after, per host', async () => {
    const reading = (host: string, at: string): SecurityReading => ({
      host,
      at,
      droppedPackets: null,
      attackerSessions: 1,
      failedLoginsPerMinute: 0.5,
      unexpectedListeners: ['tcp/4444'],
      drift: 0,
      load: 0.1,
    });
    const [t1, t2] = ['2026-11-20T03:00:01.000Z', '2026-11-20T03:09:00.000Z'];
    for (const stage of ['before', 'after', 'watch'] as const) {
      for (const at of [t2, t1, t1]) await responses().recordReading(INCIDENT, stage, reading('web-1', at));
    }
    await responses().recordReading(INCIDENT, 'before', reading('db-1', t2));
    expect(await responses().readings(INCIDENT)).toEqual({
      before: [reading('db-1', t2), reading('web-1', t1)],
      after: [reading('web-1', t2)],
    });
    expect(await responses().latestReadings(INCIDENT)).toEqual([reading('db-1', t2), reading('web-1', t2)]);
  });
});

it('B11 the four tables carry their numbers', async () => {
  const rows = await database().admin<{ name: string; comment: string }>(
    `SELECT relname AS name, obj_description(oid) AS comment FROM pg_class
     WHERE obj_description(oid) LIKE 'TBL-%' ORDER BY comment`,
  );
  expect(rows.map(({ name, comment }) => `${comment.slice(0, 7)} ${name}`)).toEqual([
    'TBL-092 security_incidents',
    'TBL-093 emergency_responses',
    'TBL-094 access_controls',
    'TBL-095 security_logs',
  ]);
});
