import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowIdReusePolicy } from '@temporalio/client';
import { totpFromUri } from '../../src/composition/totp';
import type { IncidentId } from '../../src/domain/ids';
import { incidentId } from '../../src/domain/ids';
import type { IncidentOrder } from '../../src/domain/incident';
import { TASK_QUEUES } from '../../src/domain/queues';
import { expectNotInHistory, forgeEnrolments } from '../support/enrolment-runs';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** Somebody who has the network, a stolen laptop or the Temporal UI, but not both factors; and a drill, which must harm nobody. */
let world: WholeWorld;
let before: string;
let source: string;
const onWeb = '--incident-type intrusion --severity-level high --response-mode block --host web-1'.split(' ');

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: [{ name: 'web-1', role: 'host' }] });
  source = world.world.lab.attacker.addresses4(1)[0] ?? '';
  before = await world.fingerprint('web-1');
});

afterAll(() => world?.down());

const temporal = () => world.world.firebreak.operations.temporal();

async function untouched(): Promise<void> {
  expect(await world.fingerprint('web-1')).toBe(before);
  expect(await world.journal('web-1')).toEqual([]);
}

/** Waits for the alert about something that was done without authority. */
async function alertAbout(incident: string, words: RegExp): Promise<void> {
  const giveUp = Date.now() + 40_000;
  const found = () =>
    world.world.receivers.slack
      .messages()
      .some(({ shown, text }) => `${text} ${shown}`.includes(incident) && words.test(`${text} ${shown}`));
  while (!found() && Date.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 300));
  expect(found()).toBe(true);
}

function orderOf(incident: string, more: Partial<IncidentOrder> = {}): IncidentOrder {
  return {
    incident: incidentId(incident),
    type: 'intrusion',
    severity: 'critical',
    mode: 'isolate',
    trigger: 'operator',
    operator: 'oncall',
    drill: false,
    documentSha256: '0'.repeat(64),
    hosts: ['web-1'],
    limits: {},
    declaredAt: new Date().toISOString(),
    ...more,
  };
}

describe('B15 both factors or nothing', () => {
  test('B15 a wrong code: refused, alerted, on record, nothing on the host; five lock the operator', async () => {
    const person = await world.enrol('mallory', ['respond']);
    const args = ['--operator', person.name, '--identity', person.identity, '--json'];
    const run = await world.cli(['respond', ...onWeb, '--source', source, '--wait', ...args, '--otp', '000000']);
    const { incidentId: id, outcome } = jsonOf<{ incidentId: IncidentId; outcome: string }>(run);
    expect({ code: run.code, outcome }).toEqual({ code: 3, outcome: 'refused' });
    expect((await world.cli(['status', id])).stdout).toMatch(
      /start refused: The TOTP code is wrong\. “1 of 5 misses\.” Wait for/,
    );
    await alertAbout(id, /OTP_INVALID/);
    expect(await world.auditActions(id)).toContainEqual('start.refused:event:OTP_INVALID');
    await untouched();
    const ack = await world.order(['ack', id, '--json']);
    expect(ack.stdout).toContain('INCIDENT_CLOSED');
  });

  test('B15 a code works once; a short code leaves no incident behind', async () => {
    const person = world.someone();
    const code = await person.code();
    const both = ['--operator', person.name, '--identity', person.identity, '--json', '--otp'];
    const short = await world.cli(['respond', ...onWeb, '--drill', ...both, '12345']);
    expect({ code: short.code, said: short.stdout.includes('OTP_INVALID') }).toEqual({ code: 3, said: true });
    const first = await world.cli(['respond', ...onWeb, '--drill', ...both, code]);
    expect(first.code).toBe(0);
    const second = await world.cli(['respond', ...onWeb, '--new', '--drill', '--wait', ...both, code]);
    expect(second.code).toBe(3);
    const { incidentId: id } = jsonOf<{ incidentId: IncidentId }>(second);
    expect(await world.auditActions(id)).toContainEqual('start.refused:event:OTP_REUSED');
  });

  test('B15 a key that is not enrolled, and an approver who may not respond', async () => {
    const person = world.someone();
    const other = await world.enrol('auditor', ['approve']);
    const stolen = { name: person.name, identity: other.identity, code: person.code };
    for (const [who, code] of [
      [stolen, 'SIGNATURE_INVALID'],
      [other, 'OPERATOR_NOT_ALLOWED'],
    ] as const) {
      const run = await world.order(['respond', ...onWeb, '--source', source, '--new', '--wait', '--json'], who);
      expect(run.code).toBe(3);
      const { incidentId: id } = jsonOf<{ incidentId: IncidentId }>(run);
      expect(await world.auditActions(id)).toContainEqual(`start.refused:event:${code}`);
    }
    await untouched();
  });

  test('B15 operator add: not twice by bootstrap, by an admin with both factors, never by somebody else', async () => {
    const admin = await world.enrol('boss', ['admin']);
    const person = world.someone();
    const add = ['operator', 'add', 'newcomer', '--key', `${world.world.stolenKey}.pub`, '--json'];
    const bootstrap = await world.cli([...add, '--bootstrap', '--role', 'admin']);
    expect({ code: bootstrap.code, said: bootstrap.stdout.includes('OPERATOR_NOT_ALLOWED') }).toEqual({
      code: 3,
      said: true,
    });
    expect((await world.order(add, person)).code).toBe(3);
    const privateKey = await world.cli([...add.slice(0, 3), '--key', world.world.stolenKey, '--bootstrap']);
    expect(privateKey.code).toBe(2);
    const added = await world.order(add, admin);
    expect(added.code).toBe(0);
    const { otpauth } = jsonOf<{ otpauth: string }>(added);
    const events = await world.world.firebreak.operations.ledger.events({ limit: 50 });
    const adding = events.filter(({ action }) => action === 'operator.add').slice(-2);
    expect(adding.map(({ actor, subject, stage }) => [actor, subject, stage])).toEqual([
      ['boss', 'newcomer', 'intent'],
      ['boss', 'newcomer', 'result'],
    ]);
    // Whoever reads Temporal's history learns neither the URI nor the secret in it.
    const client = await temporal();
    await expectNotInHistory(client, new URL(otpauth).searchParams.get('secret') ?? '');
    const newcomer = {
      name: 'newcomer',
      identity: world.world.stolenKey,
      code: () => Promise.resolve(totpFromUri(otpauth)),
    };
    const run = await world.order(['respond', ...onWeb, '--new', '--drill', '--wait', '--json'], newcomer);
    const done = jsonOf(run);
    expect(done['drill']).toBe(true);
    expect(done['outcome']).not.toBe('refused');

    const remove = ['operator', 'remove', 'newcomer', '--reason', 'left the team', '--json'];
    expect((await world.order(remove, person)).code).toBe(3);
    expect((await world.order(remove, admin)).code).toBe(0);
    const after = await world.order(['respond', ...onWeb, '--new', '--drill', '--wait', '--json'], newcomer);
    expect({ code: after.code, said: after.stdout }).toEqual({
      code: 2,
      said: expect.stringContaining('unknown operator') as string,
    });
  });

  test('H4 the first operator is enrolled by no one who reaches Temporal without the workers’ key', async () => {
    const client = await temporal();
    for (const result of await forgeEnrolments(client)) await expect(result).rejects.toThrow();
    const { code, stdout } = await world.cli(['operator', 'list', '--json']);
    expect({ code, eve: stdout.includes('eve') }).toEqual({ code: 0, eve: false });
  });
});

describe('B15 around the command', () => {
  test('B15 an incident started in Temporal without a grant does nothing but alert', async () => {
    const id = 'INC-20261121-EV7X';
    const client = await temporal();
    const handle = await client.workflow.start('incident', {
      workflowId: id,
      taskQueue: TASK_QUEUES.flow,
      args: [{ order: orderOf(id), grantId: '00000000-0000-4000-8000-000000000000', title: 'around the CLI' }],
    });
    expect(await handle.result()).toBe('refused');
    await alertAbout(id, /UNKNOWN_INCIDENT/);
    await untouched();
  });

  test('B15 a forged start in the name of a running incident neither closes nor changes it', async () => {
    const [id] = await world.declare([...onWeb, '--source', source, '--new']);
    if (id === undefined) throw new Error('not declared');
    await world.ended(id);
    const client = await temporal();
    const handle = await client.workflow.start('incident', {
      workflowId: 'not-the-incident',
      taskQueue: TASK_QUEUES.flow,
      args: [{ order: orderOf(id), grantId: '00000000-0000-4000-8000-000000000000', title: 'forged' }],
    });
    await handle.result().catch(() => undefined);
    const { row } = await world.status(id);
    expect(row).toMatchObject({ closedAt: null, outcome: 'contained' });
    const update = await client.workflow
      .getHandle(id)
      .executeUpdate('release', { args: [{ grantId: 'none', operator: 'oncall', reason: 'let us in' }] })
      .then(
        () => 'done',
        (thrown: Error) => `${thrown.message} ${thrown.cause instanceof Error ? thrown.cause.message : ''}`,
      );
    expect(update).toMatch(/GRANT_UNKNOWN|no grant/);
    await alertAbout(id, /(release without authority|権限のない指示：対策の解除).*GRANT_UNKNOWN/);
    expect((await world.status(id)).controls.length).toBeGreaterThan(0);
    expect(await world.on('web-1', 'nft list ruleset')).toContain(source);
    const release = await world.order(['release', id, '--wait', '--json']);
    expect(jsonOf(release)).toMatchObject({ activeControls: 0 });
    expect(await world.fingerprint('web-1')).toBe(before);
  });

  test('B15 a forged continuation that says “released” undoes nothing', async () => {
    const [id] = await world.declare([...onWeb, '--source', source, '--new']);
    if (id === undefined) throw new Error('not declared');
    const { row, plan } = await world.ended(id);
    const client = await temporal();
    const progress = await client.workflow.getHandle(id).query<Record<string, unknown>>('progress');
    const orders = { classifiedAs: null, decision: null, acknowledgedBy: [], takenOverBy: null, escalated: false };
    const result = { outcome: 'contained', plan: { planHash: plan?.planHash, steps: [] }, results: [], nextSteps: [] };
    const ended = { how: 'release', by: 'oncall' };
    const handle = await client.workflow.start('incident', {
      workflowId: 'no-continuation',
      taskQueue: TASK_QUEUES.flow,
      args: [
        { order: row.order, grantId: 'x', title: 'x', resumed: { progress, result, orders: { ...orders, ended } } },
      ],
      workflowExecutionTimeout: '30s',
    });
    await handle.result().catch(() => undefined);
    expect(await world.on('web-1', 'nft list ruleset')).toContain(source);
    expect((await world.status(id)).controls.length).toBeGreaterThan(0);
    await world.order(['release', id, '--wait']);
    expect(await world.fingerprint('web-1')).toBe(before);
  });

  test('B15 the response itself, started in Temporal for a refused incident, touches no host', async () => {
    const person = await world.enrol('eve', ['respond']);
    const refused = await world.cli([
      'respond',
      ...onWeb,
      '--source',
      source,
      '--new',
      '--wait',
      '--json',
      '--operator',
      person.name,
      '--identity',
      person.identity,
      '--otp',
      '000000',
    ]);
    const { incidentId: id } = jsonOf<{ incidentId: IncidentId }>(refused);
    const { row } = await world.status(id);
    const journal = await world.journal('web-1');
    const client = await temporal();
    const handle = await client.workflow.start('response', {
      workflowId: `${id}:response-1`,
      taskQueue: TASK_QUEUES.flow,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      args: [
        {
          order: row.order,
          title: row.title,
          deadlineAt: new Date(Date.now() + 60_000).toISOString(),
          limits: {},
          before: null,
          attempt: 1,
          orders: {
            classifiedAs: null,
            decision: null,
            acknowledgedBy: [],
            takenOverBy: null,
            escalated: false,
            ended: null,
          },
        },
      ],
      workflowExecutionTimeout: '45s',
    });
    await handle.result().catch(() => undefined);
    expect(await world.journal('web-1')).toEqual(journal);
    expect(await world.fingerprint('web-1')).toBe(before);
  });
});

describe('U1 drills and compound incidents', () => {
  test('B16 U1 a drill rehearses: every message is marked, the hosts say what would come of it, nothing is changed', async () => {
    const slack = world.world.receivers.slack.messages().length;
    const mail = world.world.receivers.smtp.messages().length;
    const everything = '--incident-type intrusion --severity-level critical --response-mode isolate --host web-1';
    const how = ['--source', source, '--account', 'deploy', '--new', '--drill', '--wait', '--json'];
    const run = await world.order(['respond', ...everything.split(' '), ...how]);
    const status = jsonOf<{
      incidentId: IncidentId;
      outcome: string;
      activeControls: number;
      results: { kind: string; counts: Record<string, number> }[];
    }>(run);
    expect({ code: run.code, outcome: status.outcome }).toEqual({ code: 0, outcome: 'rehearsed' });
    // What each act would have come to, by what the host itself says.
    const foreseen = status.results.map(({ kind, counts }) => [kind, counts['applied'], counts['already']]);
    expect(Object.fromEntries(foreseen.map(([kind, ...counts]) => [kind, counts]))).toMatchObject({
      'block-sources': [1, 0],
      'disable-account': [1, 0],
    });
    // The inventory says that web-1 must stay up.
    expect(foreseen.some(([kind]) => kind === 'isolate-host')).toBe(false);
    expect(status.activeControls).toBe(0);
    expect(await world.fingerprint('web-1')).toBe(before);
    await world.until(status.incidentId, ({ deliveries }) =>
      deliveries.some(({ kind, state }) => kind === 'completion' && state === 'delivered'),
    );
    const of = <M extends object>(messages: readonly M[], from: number) =>
      messages
        .slice(from)
        .map((one) => JSON.stringify(one, (_key, value: unknown) => (value instanceof Map ? [...value] : value)))
        .filter((text) => text.includes(status.incidentId));
    const seen = [
      ...of(world.world.receivers.slack.messages(), slack),
      ...of(world.world.receivers.smtp.messages(), mail),
    ];
    expect(seen.length).toBeGreaterThan(2);
    for (const text of seen) expect(text).toMatch(/DRILL|訓練/);
  });

  test('B9 a compound incident: both complete, the urgent one is first, and there is one joint overview', async () => {
    const ids = await world.declare([
      '--incident-type',
      'ddos',
      '--incident-type',
      'intrusion',
      '--severity-level',
      'high',
      '--response-mode',
      'block',
      '--host',
      'web-1',
      '--source',
      source,
      '--new',
    ]);
    expect(ids).toHaveLength(2);
    const ended = await Promise.all(ids.map((id) => world.ended(id)));
    expect(ended.map(({ row }) => [row.order.type, row.outcome])).toEqual([
      ['intrusion', 'contained'],
      ['ddos', 'contained'],
    ]);
    const group = ended[0]?.row.order.group ?? '';
    expect(group).toBe([...ids].sort()[0]);
    // C4: releasing one leaves the other's hold.
    const [intrusion, ddos] = ids;
    expect((await world.order(['release', intrusion ?? '', '--wait'])).code).toBe(0);
    expect(await world.on('web-1', 'nft list ruleset')).toContain(source);
    expect((await world.order(['release', ddos ?? '', '--wait'])).code).toBe(0);
    expect(await world.fingerprint('web-1')).toBe(before);
    const { readdir } = await import('node:fs/promises');
    const written = await readdir(`${world.world.directory}/reports`, { recursive: true });
    expect(written.filter((name) => /overview/.test(name)).length).toBeGreaterThan(0);
  });
});

describe('U3, L1 exit codes and ledger, with everything running', () => {
  test('U3 nothing but refused targets is no question of authority: the response ran, and people must act', async () => {
    const targets = ['--source', '0.0.0.0/0', '--source', '127.0.0.1'];
    const run = await world.order(['respond', ...onWeb, ...targets, '--new', '--drill', '--wait', '--json']);
    const status = jsonOf<{ incidentId: string; outcome: string; responseEndedAt: string | null }>(run);
    expect({ code: run.code, outcome: status.outcome }).toEqual({ code: 4, outcome: 'refused' });
    expect(status.responseEndedAt).not.toBeNull();
    expect((await world.cli(['status', status.incidentId])).code).toBe(4);
  });

  test('L1 host add is in the ledger before the host is in the inventory, and without the ledger it is not done', async () => {
    const { address, port } = world.host('web-1');
    const file = join(world.world.directory, 'firebreak.yaml');
    const add = ['host', 'add', 'web-9', '--address', address, '--port', String(port), '--management', '192.0.2.9'];
    const seen = await world.cli([...add, '--fingerprint', 'SHA256:other']);
    const fingerprint = /shows (SHA256:\S+)/.exec(seen.stderr)?.[1] ?? '';
    const inventory = await readFile(file, 'utf8');
    const away = await world.cli([...add, '--fingerprint', fingerprint, '--json'], {
      env: { DATABASE_URL: 'postgres://firebreak@127.0.0.1:1/firebreak' },
    });
    expect({ code: away.code, ledger: away.stdout.includes('LEDGER_UNREACHABLE') }).toEqual({ code: 5, ledger: true });
    expect(await readFile(file, 'utf8')).toBe(inventory);
    expect((await world.cli([...add, '--fingerprint', fingerprint])).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('web-9');
    const events = await world.world.firebreak.operations.ledger.events({ limit: 50 });
    const adding = events.filter(({ subject }) => subject === 'web-9');
    expect(adding.map(({ action, stage, result }) => [action, stage, result])).toEqual([
      ['config.host-add', 'intent', undefined],
      ['config.host-add', 'result', 'done'],
    ]);
  });
});
