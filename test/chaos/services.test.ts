import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inEnglish } from '../../src/domain/fact-words';
import type { IncidentId } from '../../src/domain/ids';
import type { Delivery } from '../../src/domain/notice';
import type { Channel } from '../../src/domain/words';
import { CHANNELS } from '../../src/domain/words';
import type { IncidentStatus } from '../../src/operations/status';
import type { TemporalServer } from '../../temporal/dev-server';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

const run = promisify(execFile);

/** Firebreak's own parts fail while it responds (B10, N3, L1): the run goes on, and nothing is done twice. */
let world: WholeWorld;
let sources: string[];
const SHORT = ['--limit', 'logs=90s', '--limit', 'alternativeLogs=30s'];

beforeAll(async () => {
  world = await WholeWorld.up({
    hosts: ['web-1', 'db-1'].map((name) => ({ name, role: 'host' as const })),
    operators: 4,
  });
  sources = world.world.lab.attacker.addresses4(20);
});

afterAll(() => world?.down());

async function declare(host = 'db-1'): Promise<IncidentId> {
  const [id] = await world.declare([
    '--incident-type',
    'intrusion',
    '--severity-level',
    'high',
    '--response-mode',
    'block',
    '--host',
    host,
    ...sources.flatMap((address) => ['--source', address]),
    '--new',
    ...SHORT,
  ]);
  if (id === undefined) throw new Error('not declared');
  declared.push(id);
  return id;
}

/** What a failed test leaves in force would be counted by the next one. */
const declared: IncidentId[] = [];
afterEach(async () => {
  for (const id of declared.splice(0))
    if ((await world.status(id)).row.closedAt === null) await world.order(['release', id, '--wait', '--json']);
});

/** One act, one row, one element: on the host, in the tables, in the kernel, in the bag (B10). */
async function doneOnce(status: IncidentStatus, host = 'db-1'): Promise<void> {
  const { incident } = status.row.order;
  const acts = (await world.journal(host))
    .filter((line) => line.startsWith(incident))
    .map((line) => line.split(' ')[0]);
  expect(acts.length).toBeGreaterThan(0);
  expect(new Set(acts).size).toBe(acts.length);
  const blocks = status.controls.filter(({ kind }) => kind === 'block-sources').map(({ target }) => target);
  expect([...blocks].sort()).toEqual([...sources].sort());
  expect(status.results.filter(({ kind }) => kind === 'block-sources')).toHaveLength(1);
  const kernel = await world.on(host, 'nft list table inet firebreak');
  for (const address of sources) expect(kernel.split(`${address} `).length).toBe(2);
  const verify = await world.cli(['evidence', 'verify', incident, '--json']);
  expect(jsonOf(verify)).toMatchObject({ verdict: 'SIGNED', faults: [] });
  expect(jsonOf(await world.cli(['audit', 'verify', '--json']))).toMatchObject({ faults: [] });
}

/** With what went wrong, for whoever reads that it was not contained. */
const cameTo = ({ row, timeline }: IncidentStatus) => ({
  outcome: row.outcome,
  deadlineMet: row.deadlineMet,
  failures:
    row.outcome === 'contained'
      ? []
      : timeline.filter(({ kind }) => kind === 'failure').map(({ fact }) => inEnglish(fact)),
});
const CONTAINED = { outcome: 'contained', deadlineMet: true, failures: [] };

/** The means by which the receivers keep each message with its id. */
const WRITTEN = ['mail', 'slack'] as const satisfies readonly Channel[];

/** How the first of the people on duty was told of the start, by each means. */
const startOf = (status: IncidentStatus, channel: Channel): Delivery | undefined =>
  status.deliveries.find((one) => one.kind === 'start' && one.person === 'sato' && one.channel === channel);

/**
 * Every message that arrived more than once and is not recorded as a possible double (B10). Each means is tried again by
 * itself and in its own time, so those whose messages can be counted are waited for.
 */
async function doubles(incident: IncidentId): Promise<string[]> {
  await world.until(incident, (seen) => WRITTEN.every((channel) => startOf(seen, channel)?.state === 'delivered'));
  const { receivers } = world.world;
  const ids = [
    ...receivers.slack.messages().map(({ channel, metadata }) => `${channel} ${JSON.stringify(metadata)}`),
    ...receivers.smtp.messages().map(({ to, messageId }) => `${to.join()} ${messageId}`),
  ].filter((id) => id.includes(incident));
  expect(ids.length).toBeGreaterThan(0);
  const { deliveries } = await world.status(incident);
  // A Message-ID has dots where the delivery has colons.
  const possible = deliveries.filter(({ possibleDouble }) => possibleDouble).map(({ id }) => dotted(id));
  return ids.filter((id, index) => ids.indexOf(id) !== index && !possible.some((known) => dotted(id).includes(known)));
}

const dotted = (id: string): string => id.replaceAll(':', '.');

async function releaseAll(incident: IncidentId): Promise<void> {
  const release = await world.order(['release', incident, '--wait', '--json']);
  expect(jsonOf(release)).toMatchObject({ activeControls: 0 });
}

type Mode = 'ok' | 'refuse' | 'hang' | 'rate-limit';
type Ways = Readonly<Record<Channel, Mode>>;

/** In every row one means is left; together each means fails in each of the three ways. */
const ONE_MEANS_LEFT: readonly Ways[] = [
  { voice: 'refuse', sms: 'hang', mail: 'ok', slack: 'rate-limit' },
  { voice: 'hang', sms: 'rate-limit', mail: 'refuse', slack: 'ok' },
  { voice: 'ok', sms: 'refuse', mail: 'rate-limit', slack: 'hang' },
  { voice: 'rate-limit', sms: 'ok', mail: 'hang', slack: 'refuse' },
];
const NO_MEANS_LEFT: Ways = { voice: 'hang', sms: 'refuse', mail: 'rate-limit', slack: 'refuse' };
const ALL_WELL: Ways = { voice: 'ok', sms: 'ok', mail: 'ok', slack: 'ok' };
/** A hanging means is being tried by then; it stays hung whatever the receiver does afterwards. */
const HANGING_HAS_BEGUN_MS = 3_000;

function behave(ways: Ways): void {
  for (const channel of CHANNELS) {
    const mode = ways[channel];
    world.world.receivers.behave(channel, mode === 'rate-limit' ? { mode, retryAfterS: 31 } : mode);
  }
}

describe('N3 channels', () => {
  afterEach(() => behave(ALL_WELL));

  test('N3 all channels dead: containment does not wait; when they are back, everybody is told, late but once', async () => {
    behave(NO_MEANS_LEFT);
    const id = await declare();
    const status = await world.ended(id);
    expect(cameTo(status)).toEqual(CONTAINED);
    expect(status.deliveries.filter(({ state }) => state === 'delivered')).toEqual([]);
    behave(ALL_WELL);
    await world.until(id, ({ deliveries }) =>
      deliveries.some((one) => one.kind === 'completion' && one.person === 'sato' && one.state === 'delivered'),
    );
    expect(await doubles(id)).toEqual([]);
    await doneOnce(await world.status(id));
    await releaseAll(id);
  });

  test('N3 whichever means are left and however the others fail: people are reached without waiting for retries, and the run ends contained', async () => {
    const runs: { readonly ways: Ways; readonly id: IncidentId }[] = [];
    for (const ways of ONE_MEANS_LEFT) {
      behave(ways);
      const id = await declare(runs.length % 2 === 0 ? 'db-1' : 'web-1');
      runs.push({ ways, id });
      const left = CHANNELS.filter((channel) => ways[channel] === 'ok');
      const failAtOnce = CHANNELS.filter((channel) => ['refuse', 'rate-limit'].includes(ways[channel]));
      const status = await world.until(
        id,
        (seen) =>
          left.every((channel) => startOf(seen, channel)?.state === 'delivered') &&
          failAtOnce.every((channel) => startOf(seen, channel) !== undefined),
        300_000,
      );
      const declared = Date.parse(status.row.order.declaredAt);
      for (const channel of left)
        expect(Date.parse(startOf(status, channel)?.at ?? '') - declared).toBeLessThan(58_000);
      await sleep(HANGING_HAS_BEGUN_MS);
    }
    behave(ALL_WELL);
    for (const { ways, id } of runs) {
      const failing = CHANNELS.filter((channel) => ways[channel] !== 'ok');
      const { row } = await world.ended(id);
      expect({ ways, row }).toMatchObject({ row: { outcome: 'contained', deadlineMet: true, needsHuman: false } });
      // Every means that could not be used was tried, in its own way, and is tried again beside the others.
      await world.until(id, (seen) => failing.every((channel) => (startOf(seen, channel)?.attempts ?? 0) > 1));
    }
    await Promise.all(runs.map(({ id }) => releaseAll(id)));
  });
});

describe('B10 our own parts', () => {
  test('B10 a worker killed with -9 in every step, the other one in the next: one response, nothing twice', async () => {
    const { workers } = world.world.stack;
    const id = await declare();
    const killedIn: string[] = [];
    const status = await world.until(
      id,
      ({ row }) => {
        if (row.responseEndedAt === null && !killedIn.includes(row.phase)) {
          workers[killedIn.length % workers.length]?.kill();
          killedIn.push(row.phase);
        }
        return row.responseEndedAt !== null;
      },
      500_000,
    );
    expect(killedIn.length).toBeGreaterThanOrEqual(4);
    expect(cameTo(status)).toEqual(CONTAINED);
    await doneOnce(status);
    expect(await doubles(id)).toEqual([]);
    await releaseAll(id);
  });

  test('B10 both workers dead while it contains, then PostgreSQL killed and restarted, then Temporal: the run ends contained', async () => {
    const { stack } = world.world;
    const id = await declare();
    await world.until(id, ({ row }) => row.phase !== 'declared');
    for (const worker of stack.workers) worker.kill();
    await world.until(
      id,
      ({ row }) => row.phase === 'containing' || row.phase === 'preserving' || row.responseEndedAt !== null,
    );
    await stack.postgres.kill();
    // L1: a person's order fails closed and says why.
    const ack = await world.order(['ack', id, '--json']);
    expect({ code: ack.code, error: jsonOf<{ error: { code: string } }>(ack).error.code }).toEqual({
      code: 5,
      error: 'DATABASE_UNREACHABLE',
    });
    await stack.postgres.restart();
    const temporal = stack.temporal as TemporalServer;
    await temporal.kill();
    await sleep(2_000);
    await temporal.restart();
    const status = await world.ended(id);
    expect(cameTo(status)).toEqual(CONTAINED);
    await doneOnce(status);
    await releaseAll(id);
  });

  test('E8 a full forensics directory: the host is contained all the same, people are told to make room, nothing is passed off as sealed', async () => {
    const forensics = join(world.world.directory, 'forensics');
    mkdirSync(forensics, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0750', 'firebreak-test', forensics]);
    try {
      const id = await declare();
      const status = await world.ended(id);
      expect(cameTo(status)).toMatchObject({ outcome: 'contained', failures: [] });
      expect(status.row).toMatchObject({ needsHuman: true, abnormal: 'manual' });
      // Where the reserve lets it be sealed, it verifies; otherwise nothing claims that it was.
      expect(await world.reportJson(id)).toMatch(/forensics directory is full/i);
      const verify = jsonOf(await world.cli(['evidence', 'verify', id, '--json']));
      expect(verify['verdict']).toBe(status.row.bag === null ? 'BROKEN' : 'SIGNED');
      await releaseAll(id);
    } finally {
      await run('umount', ['-l', forensics]);
    }
  });
});
