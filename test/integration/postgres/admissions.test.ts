import { randomBytes, randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../activities';
import { sealedEvent } from '../../../activities/act-events';
import type { AuthoriseInput } from '../../../activities/authorise';
import type { TurnedAway } from '../../../activities/refused-start';
import { totpCode } from '../../../src/adapters/authorisation/totp';
import { createAuthorisation } from '../../../src/adapters/authorisation/create-authorisation';
import type { Postgres } from '../../../src/adapters/postgres/create-postgres';
import { canonicalJson, hashOf, sha256Hex } from '../../../src/domain/hash';
import type { ActionId, IncidentId } from '../../../src/domain/ids';
import { makeIncidentId } from '../../../src/domain/ids';
import type { IncidentOrder } from '../../../src/domain/incident';
import { OPEN_INCIDENTS } from '../../../src/domain/numbers';
import type { Order, SignedRequest } from '../../../src/domain/order';
import { respondOrder, respondUse } from '../../../src/domain/order';
import { NO_OUTCOMES, type ResponsePlan } from '../../../src/domain/plan';
import type { ActivityDeps } from '../../../src/ports/activity-deps';
import type { TestKey } from '../../unit/adapters/authorisation/keys';
import { enrolBy } from '../../support/enrol';
import { sampleResult } from '../../support/incident-samples';
import { clientOf, DETECTOR_REPORT } from './detector-report';
import { blockAction, order, together, type TestDatabase, useAuthority } from './world';

/** H8 on real rows: several workers, each with connections of its own, and real signed orders of detectors. */
const authority = useAuthority(['ed25519', 'ed25519', 'ed25519'], ['respond', 'admin']);
let keys: Readonly<Record<'alice' | 'ids-1' | 'ids-2', TestKey>>;
let database: TestDatabase;
let keyFile: string;
let workers: readonly Postgres[];
let running: Set<string>;
let serial = 0;

beforeEach(async () => {
  const { server } = authority();
  ({ database, keyFile } = authority());
  const [alice, first, second] = authority().keys as [TestKey, TestKey, TestKey];
  keys = { alice, 'ids-1': first, 'ids-2': second };
  workers = [1, 2, 3].map(() => together(server.open(database.url), database.cli));
  running = new Set();
  const { enrolment } = authorisationOf(database.postgres);
  for (const name of ['ids-1', 'ids-2'] as const)
    await enrolBy(enrolment, { name, publicKey: keys[name].publicKey, roles: ['detector'] }, 'alice');
});

function authorisationOf({ grants, operators }: Postgres) {
  return createAuthorisation({ grants, operators, keyFile });
}

const freshId = (): IncidentId => {
  serial += 1;
  return makeIncidentId(new Date('2026-11-20T03:00:00Z'), [
    0,
    Math.floor(serial / 900),
    Math.floor(serial / 30),
    serial,
  ]);
};

interface Report {
  readonly by?: 'ids-1' | 'ids-2';
  readonly document?: Readonly<Record<string, unknown>>;
  readonly change?: Partial<IncidentOrder>;
}

/** Declared and signed as the command line does. */
async function declared({ by = 'ids-1', document = {}, change = {} }: Report = {}) {
  const bytes = Buffer.from(canonicalJson({ ...DETECTOR_REPORT, ...document }));
  const changes = {
    severity: 'critical',
    operator: by,
    trigger: 'detector',
    documentSha256: sha256Hex(bytes),
  } as const;
  const declaredAt = new Date().toISOString();
  const given = order(freshId(), { ...changes, declaredAt, ...change });
  await database.cli.incidents.declare(given, bytes, 'failed logins');
  return { given, grantId: await granted(by, respondOrder(given), null) };
}

async function granted(by: keyof typeof keys, signed: Order, otp: string | null): Promise<string> {
  const nonce = randomBytes(16).toString('hex');
  const request: SignedRequest = { v: 1, order: signed, operator: by, nonce, issuedAt: new Date().toISOString() };
  const signedText = canonicalJson(request);
  const id = randomUUID();
  await database.cli.grants.deposit({ id, signedText, signature: keys[by].sign(signedText), otp });
  return id;
}

/** What the incident's workflow asks a worker first. */
async function begin({ given, grantId }: Awaited<ReturnType<typeof declared>>, worker = workers[0]!): Promise<string> {
  const { incident } = given;
  const answer = await authorise(
    incident,
    { grantId, expected: respondOrder(given), use: respondUse(incident, 'run-1') },
    worker,
  );
  if (answer === 'begun') running.add(incident);
  return answer;
}

/** What the incident's workflow asks for after that. @returns whether people are told */
async function refuse({ given, grantId }: Awaited<ReturnType<typeof declared>>): Promise<boolean> {
  const { incident, operator } = given;
  expect(await begin({ given, grantId })).toBe('TOO_MANY_OPEN');
  const input = { incident, grantId, code: 'TOO_MANY_OPEN', words: '', saidToBe: operator } as const;
  const { flow } = activitiesOf(workers[0]!);
  const workflowExecution = { workflowId: incident, runId: 'run-1' };
  const environment = new MockActivityEnvironment({ workflowExecution });
  const { tellOfBound }: TurnedAway = await environment.run(flow.recordRefusedStart, input);
  return tellOfBound;
}

function activitiesOf(worker: Postgres) {
  return createActivities({
    ...{ ...worker, ...authorisationOf(worker) },
    site: { openIncidents: OPEN_INCIDENTS },
    senders: [],
    now: () => new Date(),
  } as unknown as ActivityDeps);
}

async function authorise(incident: IncidentId, input: AuthoriseInput, worker = workers[0]!): Promise<string> {
  const { flow } = activitiesOf(worker);
  const client = clientOf(running) as never;
  const workflowExecution = { workflowId: incident, runId: 'run-1' };
  try {
    await new MockActivityEnvironment({ workflowExecution }, { client }).run(flow.authorise, input);
    return 'begun';
  } catch (thrown) {
    const { type } = thrown as { readonly type?: string };
    if (type === undefined) throw thrown;
    return type;
  }
}

const close = (incident: IncidentId) =>
  database.postgres.incidents.update(incident, { phase: 'closed', closedAt: new Date().toISOString() });
/** As the response does when it is over. */
const respondedTo = (incident: IncidentId) =>
  database.postgres.incidents.update(incident, { responseEndedAt: new Date().toISOString() });

/** A block that the incident planned, and that a worker has carried out. */
async function contained(
  { given, grantId }: Awaited<ReturnType<typeof declared>>,
  forMs = 3_600_000,
): Promise<ActionId> {
  const { incident, documentSha256 } = given;
  const { seals } = authorisationOf(database.postgres);
  const { incidents, plans, controls, responses, ledger } = database.postgres;
  const expiresAt = new Date(Date.now() + forMs).toISOString();
  const block = { ...blockAction(['198.51.100.7', '203.0.113.0/24'], incident), expiresAt };
  const plan = { incident, actions: [block], refused: [] } as unknown as ResponsePlan;
  const planHash = hashOf({ ...plan, planHash: undefined });
  await plans.save(
    { ...plan, planHash },
    await seals.seal('plan', { incident, planHash }, { grantId, documentSha256 }),
  );
  await incidents.update(incident, { planHash });
  const result = sampleResult(block, { counts: { ...NO_OUTCOMES, applied: 2 } });
  await controls.activate(
    block,
    { rung: 'nftables' },
    block.sources.map((target) => ({ target, outcome: 'applied' })),
    result.endedAt,
  );
  const { id: action, host, kind } = block;
  const ran = { execution: 'run-1/1', attempt: 1, state: 'succeeded', result, at: result.endedAt } as const;
  await responses.record({ action, incident, host, kind, ...ran });
  const event = {
    level: 'AUDIT',
    incident,
    actor: 'ids-1',
    stage: 'result',
    result: 'done',
    at: result.endedAt,
  } as const;
  const act = { key: `act:perform:${action}:1:1:result`, action: 'perform', subject: action };
  await ledger.append([await sealedEvent({ seals }, { ...event, ...act })]);
  return action;
}

const counted = (answers: readonly string[], what: string) => answers.filter((answer) => answer === what).length;
const elsewhere = (n: number): Report => ({ document: { sources: [`192.0.2.${n}`] } });

describe('H8 incidents that are open at once', () => {
  test('H8 of many starts at once over several workers as many begin as the bound says, and no more', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => declared(elsewhere(n + 1))));
    const answers = await Promise.all(all.map((one, n) => begin(one, workers[n % workers.length])));
    expect(counted(answers, 'begun')).toBe(OPEN_INCIDENTS.perDetector);
    expect(counted(answers, 'TOO_MANY_OPEN')).toBe(12 - OPEN_INCIDENTS.perDetector);
    // A retry, and a run that goes on, get the answer again although the bound is reached.
    const begun = all[answers.indexOf('begun')]!;
    expect(await begin(begun, workers[2])).toBe('begun');
    await close(begun.given.incident);
    expect(await begin(await declared(elsewhere(100)))).toBe('begun');
    expect(await begin(await declared(elsewhere(101)))).toBe('TOO_MANY_OPEN');
    // The other detector has its own.
    expect(await begin(await declared({ by: 'ids-2' }))).toBe('begun');
  }, 60_000);

  test('H8 a person’s order is counted apart: a flood of detectors keeps nobody from responding', async () => {
    const [grant, incident] = [randomUUID(), freshId()];
    const { admissions } = database.postgres;
    await database.cli.incidents.declare(order(incident), Buffer.from('{"title":"stolen key"}'), 'stolen key');
    await personsGrant(grant, incident);
    await database.admin(
      `INSERT INTO security_incidents (incident, incident_type, severity_level, response_mode, trigger, operator, drill, title,
         hosts, document_sha256, incident_order, declared_at, workflow_id)
       SELECT 'INC-20261121-' || to_char(n, 'FM0000'), 'ddos', 'medium', 'block', 'detector', 'ids-1', false, '', '{}',
         document_sha256, '{}', now(), '' FROM security_incidents, generate_series(1, 200) AS n`,
    );
    await database.admin(
      `INSERT INTO admitted_incidents (incident, operator, trigger)
       SELECT incident, 'ids-1', 'detector' FROM security_incidents WHERE incident_type = 'ddos'`,
    );
    const bounds = { each: 1, all: 1 };
    expect(await admissions.admit(incident, grant, [], bounds)).toEqual({ verdict: 'admitted' });
    const [second, other] = [randomUUID(), freshId()];
    await database.cli.incidents.declare(order(other), Buffer.from('{"title":"stolen key"}'), 'stolen key');
    await personsGrant(second, other);
    expect(await admissions.admit(other, second, [], bounds)).toEqual({ verdict: 'each', open: [incident] });
    expect(await admissions.admit(other, second, [], { each: 2, all: 1 })).toEqual({
      verdict: 'all',
      open: [incident],
    });
    // One whose workflow was ended in Temporal stays open in the tables; it must not count for ever.
    await database.admin(`UPDATE admitted_incidents SET admitted_at = admitted_at - interval '25 hours'`);
    expect(await admissions.admit(other, second, [], bounds)).toEqual({ verdict: 'admitted' });
  });

  test('H8 nothing is admitted or joined without a grant that a worker has found good and used up for it', async () => {
    const { given, grantId } = await declared();
    const { admissions } = database.postgres;
    const refused = { code: 'CONFIG_INVALID' };
    await expect(admissions.admit(given.incident, grantId, [], { each: 9, all: 9 })).rejects.toMatchObject(refused);
    await expect(admissions.join(given.incident, grantId, given.incident)).rejects.toMatchObject(refused);
    expect(await database.admin('SELECT FROM admitted_incidents')).toEqual([]);
  });

  async function personsGrant(grant: string, incident: IncidentId): Promise<void> {
    const signedText = canonicalJson({ order: { action: 'respond', trigger: 'operator' }, operator: 'alice' });
    await database.cli.grants.deposit({ id: grant, signedText, signature: 'none', otp: '123456' });
    const { pool } = database.postgres;
    await pool.query(`SELECT grant_accept($1, $2, 'seal')`, [grant, randomBytes(32).toString('hex')]);
    await pool.query('SELECT grant_use($1, $2)', [grant, `${incident}@run-1`]);
  }
});

describe('H8 places are kept for what is severe', () => {
  const trifle = (n: number): Report => ({ ...elsewhere(n), change: { severity: 'medium' } });

  test('H8 trifles leave places for a high and a critical incident; indicators count, not only what is stated', async () => {
    const answers: string[] = [];
    for (let n = 1; n <= 4; n += 1) answers.push(await begin(await declared(trifle(n))));
    expect(answers).toEqual(['begun', 'begun', 'begun', 'TOO_MANY_OPEN']);
    const indicators = [{ kind: 'failed-logins', value: 'sshd', count: 5_000 }];
    const severe = (n: number): Report => ({ ...trifle(n), document: { ...trifle(n).document, indicators } });
    expect(await begin(await declared(severe(5)))).toBe('begun');
    expect(await begin(await declared(severe(6)))).toBe('TOO_MANY_OPEN');
    expect(await begin(await declared(elsewhere(7)))).toBe('begun');
    expect(await begin(await declared(elsewhere(8)))).toBe('TOO_MANY_OPEN');
  }, 60_000);

  test('H8 that something more severe is refused is told again, and is an event of its own in a flood', async () => {
    for (let n = 1; n <= OPEN_INCIDENTS.perDetector; n += 1) await begin(await declared(elsewhere(n)));
    const told = async (report: Report) => refuse(await declared(report));
    expect([await told(trifle(10)), await told(trifle(11))]).toEqual([true, false]);
    expect([await told(elsewhere(12)), await told(elsewhere(13))]).toEqual([true, false]);
  }, 60_000);
});

describe('H8 a detector’s repeat', () => {
  test('H8 joins the open incident: counted, in its timeline and in the ledger, and nothing begins', async () => {
    const first = await declared();
    expect(await begin(first)).toBe('begun');
    const { incident } = first.given;
    const later = { title: 'failed logins, still', detectedAt: '2026-11-20T03:05:00Z', sources: ['203.0.113.9'] };
    for (const n of [1, 2, 3]) {
      const repeat = await declared({ document: later });
      expect(await begin(repeat, workers[n % 3])).toBe('INCIDENT_JOINED');
      // Asked again by a retry, it is the same repeat.
      expect(await begin(repeat)).toBe('INCIDENT_JOINED');
      expect(await database.cli.admissions.joinedTo(repeat.given.incident)).toEqual({ incident, repeats: n });
    }
    const lines = (await database.cli.responses.timeline(incident)).map(({ fact }) => fact);
    expect(lines).toEqual([{ fact: 'reported-again', by: 'ids-1', repeats: 3, last: expect.any(String) as string }]);
    const events = await database.cli.ledger.events({ incident, limit: 50 });
    const repeats = events.filter(({ action }) => action === 'incident.repeated');
    expect(repeats.map(({ actor, detail }) => [actor, detail])).toEqual([
      ['ids-1', { repeats: '1' }],
      ['ids-1', { repeats: '2' }],
      ['ids-1', { repeats: '3' }],
    ]);
    expect(await database.admin('SELECT incident FROM admitted_incidents')).toEqual([{ incident }]);
  }, 60_000);

  test('H8 of the same report many times at once over several workers one begins, all others join it', async () => {
    const all = await Promise.all(Array.from({ length: 9 }, () => declared()));
    // Their workflows run whether or not a worker has answered yet.
    for (const { given } of all) running.add(given.incident);
    const answers = await Promise.all(all.map((one, n) => begin(one, workers[n % workers.length])));
    expect([counted(answers, 'begun'), counted(answers, 'INCIDENT_JOINED')]).toEqual([1, 8]);
    const { incident } = all[answers.indexOf('begun')]!.given;
    const [{ repeats } = { repeats: '' }] = await database.admin<{ repeats: string }>(
      'SELECT count(*) AS repeats FROM incident_repeats WHERE joined = $1',
      [incident],
    );
    expect(repeats).toBe('8');
  }, 60_000);

  test('H8 a repeat joins although the bound is reached', async () => {
    for (let n = 1; n <= OPEN_INCIDENTS.perDetector; n += 1)
      expect(await begin(await declared(elsewhere(n)))).toBe('begun');
    expect(await begin(await declared(elsewhere(1)))).toBe('INCIDENT_JOINED');
    expect(await begin(await declared(elsewhere(99)))).toBe('TOO_MANY_OPEN');
  }, 60_000);

  test.each<[string, Report]>([
    ['another address', { document: { sources: ['198.51.100.8'] } }],
    ['a wider prefix', { document: { sources: ['203.0.112.0/23'] } }],
    ['another host', { document: { hosts: ['web-1', 'db-1'] }, change: { hosts: ['web-1', 'db-1'] } }],
    ['another account', { document: { accounts: [{ name: 'root' }] } }],
    ['another detector', { by: 'ids-2' }],
    ['a mode that goes further', { change: { mode: 'isolate' } }],
    [
      'more of the same, which makes it severe',
      { document: { indicators: [{ kind: 'failed-logins', value: 'sshd', count: 5_000 }] } },
    ],
    ['another type', { change: { type: 'malware' } }],
    ['no drill', { change: { drill: true } }],
  ])('H8 with %s is no repeat: it begins an incident of its own', async (_what, report) => {
    const medium = { ...report, change: { severity: 'medium', ...report.change } } as const;
    expect(await begin(await declared({ change: { severity: 'medium' } }))).toBe('begun');
    expect(await begin(await declared(medium))).toBe('begun');
  });

  test('H8 it joins an incident whose response is over only while that one’s controls hold', async () => {
    const first = await declared();
    expect(await begin(first)).toBe('begun');
    const act = await contained(first);
    await respondedTo(first.given.incident);
    expect(await begin(await declared())).toBe('INCIDENT_JOINED');
    await database.postgres.controls.release(first.given.incident, act, new Date().toISOString(), ['198.51.100.7']);
    expect(await begin(await declared())).toBe('begun');
  });

  test('H8 nothing joins an incident whose controls have expired', async () => {
    const first = await declared();
    expect(await begin(first)).toBe('begun');
    await contained(first, -1_000);
    await respondedTo(first.given.incident);
    expect(await begin(await declared())).toBe('begun');
  });

  test('H8 nothing joins an incident that contains nothing and whose response, or its time, is over', async () => {
    const first = await declared();
    expect(await begin(first)).toBe('begun');
    await respondedTo(first.given.incident);
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    const second = await declared({ change: { declaredAt: hourAgo } });
    expect(await begin(second)).toBe('begun');
    expect(await begin(await declared())).toBe('begun');
  });

  test('H8 nothing joins an incident that people have taken over before it contained anything', async () => {
    const first = await declared();
    expect(await begin(first)).toBe('begun');
    expect(await begin(await declared())).toBe('INCIDENT_JOINED');
    const { incident } = first.given;
    const expected: Order = { action: 'take-over', incident, reason: 'mine' };
    const grantId = await granted('alice', expected, totpCode(authority().secret, Date.now()));
    expect(await authorise(incident, { grantId, expected, use: 'take-over:1' })).toBe('begun');
    expect(await begin(await declared())).toBe('begun');
  });

  test('H8 nothing joins what is closed, or whose workflow somebody has ended in Temporal', async () => {
    const first = await declared();
    expect(await begin(first)).toBe('begun');
    running.delete(first.given.incident);
    const second = await declared();
    expect(await begin(second)).toBe('begun');
    await close(second.given.incident);
    expect(await begin(await declared())).toBe('begun');
  });
});

test('H8 that a bound is reached is told once in an hour for one identity, over all workers', async () => {
  const incidents = Array.from({ length: 6 }, freshId);
  const tell = await Promise.all(
    incidents.map((incident, n) => workers[n % 3]!.admissions.mayTellOfBound('detector ids-1', incident)),
  );
  expect(tell.filter(Boolean)).toHaveLength(1);
  const told = incidents[tell.indexOf(true)]!;
  const { admissions } = database.postgres;
  expect(await admissions.mayTellOfBound('detector ids-1', told)).toBe(true);
  expect(await admissions.mayTellOfBound('operator alice', incidents[0]!)).toBe(true);
  await database.admin(`UPDATE bound_alerts SET told_at = told_at - interval '61 minutes'`);
  expect(await admissions.mayTellOfBound('detector ids-1', freshId())).toBe(true);
});
