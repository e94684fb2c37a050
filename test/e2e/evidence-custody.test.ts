import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { IncidentId } from '../../src/domain/ids';
import { evidenceUse } from '../../src/domain/order';
import { TASK_QUEUES } from '../../src/domain/queues';
import { jsonOf } from '../support/run-cli';
import type { Person } from '../support/whole-world';
import { WholeWorld } from '../support/whole-world';

/** What people do with sealed evidence, by the compiled command, a worker and real tables (E7). */
let world: WholeWorld;
let keeper: Person;
let incident: IncidentId;
const SOURCE = '198.51.100.201';
const block = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];

beforeAll(async () => {
  const config = { 'evidence.keepDays': 0 };
  world = await WholeWorld.up({ hosts: [{ name: 'web-1', role: 'host' }], config });
  keeper = await world.enrol('keeper', ['admin']);
  [incident] = (await world.declare([...block, '--host', 'web-1', '--source', SOURCE])) as [IncidentId];
  await world.ended(incident);
}, 300_000);

afterAll(() => world?.down(), 60_000);

interface Ordered {
  readonly bags: readonly { readonly bag: string; readonly result: string; readonly detail: Record<string, unknown> }[];
}
interface Verified {
  readonly verdict: string;
  readonly disposed?: { readonly by: string };
  readonly supplements: readonly { readonly verdict: string; readonly disposed?: object }[];
}
interface Custody {
  readonly events: readonly {
    readonly event: string;
    readonly stage: string;
    readonly actor: string;
    readonly proven: boolean;
  }[];
}
const why = (reason: string) => ['--reason', reason, '--json'];
const evidence = (verb: string, ...more: readonly string[]) => ['evidence', verb, incident, ...more];
const verified = async () => jsonOf<Verified>(await world.cli(evidence('verify', '--json')));
const folder = (id: string) => join(world.world.directory, 'forensics', id);

test('E7 a supplement is ordered while the incident is open; the close makes its own behind it', async () => {
  const ordered = await world.order(evidence('supplement', ...why('logs before they rotate')));
  expect({ code: ordered.code, said: ordered.stderr }).toMatchObject({ code: 0 });
  expect(jsonOf<Ordered>(ordered)).toMatchObject({
    incident,
    bags: [{ bag: `${incident}.2`, result: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
  });
  expect((await world.order(['release', incident])).code).toBe(0);
  const { row } = await world.closed(incident);
  expect(row.supplements).toHaveLength(2);
  expect(await verified()).toMatchObject({
    verdict: 'SIGNED',
    supplements: [{ verdict: 'SIGNED' }, { verdict: 'SIGNED' }],
  });
});

test('E7 a supplement and a transfer are ordered when the incident is closed; the hash is that of the export', async () => {
  expect((await world.order(evidence('supplement', ...why('the week after')))).code).toBe(0);
  const to = join(world.world.directory, 'police.tar');
  const exported = await world.cli(evidence('export', '--to', to, ...why('police')));
  const transferred = await world.order(evidence('transfer', '--to', 'K. Tanaka, police', ...why('case 42')));
  expect({ code: transferred.code, said: transferred.stderr }).toMatchObject({ code: 0 });
  const { bags } = jsonOf<Ordered>(transferred);
  expect(bags.map(({ bag, result }) => `${bag} ${result}`)).toEqual(
    ['', '.2', '.3', '.4'].map((number) => `${incident}${number} SIGNED`),
  );
  expect(bags[0]?.detail['sha256']).toBe(jsonOf<{ sha256: string }>(exported).sha256);
  const { events } = jsonOf<Custody>(await world.cli(evidence('custody', '--json')));
  expect(events.map(({ event, proven }) => `${event} ${String(proven)}`)).toEqual(
    expect.arrayContaining(['exported false', 'collected true', 'transferred true', 'seal true', 'verified false']),
  );
});

test('B15 what is not in order is refused before or by the worker, and nothing is deleted', async () => {
  const dispose = evidence('dispose', ...why('rule 7'));
  const notAdmin = await world.order(dispose);
  expect({ code: notAdmin.code, said: notAdmin.stdout }).toEqual({
    code: 3,
    said: expect.stringContaining('OPERATOR_NOT_ALLOWED') as string,
  });
  const wrongCode = ['--operator', 'keeper', '--identity', keeper.identity, '--otp', '000000'];
  expect((await world.cli([...dispose, ...wrongCode])).code).toBe(3);
  expect((await world.order(evidence('transfer', '--to', ' ', ...why('x')))).code).toBe(2);
  expect((await world.order(['evidence', 'supplement', 'INC-20200101-2222', ...why('x')])).code).toBe(2);
  expect(existsSync(join(folder(incident), 'data'))).toBe(true);
});

test('B15 whoever reaches Temporal and starts the order’s workflow without a grant does nothing', async () => {
  const client = await world.world.firebreak.operations.temporal();
  const run = client.workflow.execute('evidenceOrder', {
    workflowId: evidenceUse('00000000-0000-4000-8000-000000000000'),
    taskQueue: TASK_QUEUES.flow,
    args: [
      {
        grantId: '00000000-0000-4000-8000-000000000000',
        order: { action: 'evidence-dispose', incident, reason: 'mine' },
      },
    ],
  });
  await expect(run).rejects.toMatchObject({ cause: { cause: { type: 'GRANT_UNKNOWN' } } });
  await expect(
    client.workflow.execute('evidenceOrder', { workflowId: 'x', taskQueue: TASK_QUEUES.flow, args: [null] }),
  ).rejects.toMatchObject({ cause: { type: 'BAD_INPUT' } });
  expect(existsSync(join(folder(incident), 'data'))).toBe(true);
});

test('E7 an admin disposes of the evidence of a closed incident: the bytes are gone, the proof verifies', async () => {
  const open = (await world.declare([...block, '--host', 'web-1', '--source', '198.51.100.202', '--new']))[0]!;
  await world.ended(open);
  const early = await world.order(['evidence', 'dispose', open, ...why('rule 7')], keeper);
  expect({ code: early.code, said: early.stdout }).toEqual({
    code: 2,
    said: expect.stringContaining('is open') as string,
  });
  const disposed = await world.order(evidence('dispose', ...why('rule 7')), keeper);
  expect({ code: disposed.code, said: disposed.stderr }).toMatchObject({ code: 0 });
  expect(jsonOf<Ordered>(disposed).bags).toHaveLength(4);
  expect(existsSync(join(folder(incident), 'data'))).toBe(false);
  expect(await verified()).toMatchObject({
    ...{ verdict: 'SIGNED', disposed: { by: 'keeper', reason: 'rule 7' } },
    supplements: [{ verdict: 'SIGNED', disposed: {} }, {}, {}, { verdict: 'SIGNED' }],
  });
  const to = join(world.world.directory, 'late.tar');
  const late = await world.cli(evidence('export', '--to', to, ...why('police')));
  expect({ code: late.code, said: late.stdout }).toEqual({
    code: 2,
    said: expect.stringContaining('disposed') as string,
  });
  expect((await world.order(['release', open])).code).toBe(0);
  await world.closed(open);
});
