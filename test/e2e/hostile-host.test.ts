import { inEnglish } from '../../src/domain/fact-words';
import { HOSTILE_DISK_MIB, makeHostile } from '../../demo/lab/hostility';
import type { LabHostSpec } from '../../demo/lab/types';
import { RESPONDER_PORT } from '../../demo/lab/types';
import type { IncidentStatus } from '../../src/operations/status';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** Three hosts of one incident behind a gateway; an attacker owns the third and has prepared everything that the lab knows. */
const HONEST = ['app-1', 'db-1'] as const;
const HOSTILE = 'evil-1';
const HOSTS: readonly LabHostSpec[] = [
  { name: 'gw-1', role: 'gateway' },
  ...HONEST.map((name) => ({ name, role: 'host' as const })),
  { name: HOSTILE, role: 'host', diskMiB: HOSTILE_DISK_MIB },
];
const SOURCES = 20;

let world: WholeWorld;
let sources: string[];
let status: IncidentStatus;
let pidsBefore: number[];
/** What the processes of the world told while it ran. */
const told: string[] = [];
const workerPids = (): number[] => world.world.stack.workers.map(({ pid }) => pid);

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: HOSTS, operators: 3, log: (line) => told.push(line) });
  sources = world.world.lab.attacker.addresses4(SOURCES);
  await makeHostile(world.host(HOSTILE));
  pidsBefore = workerPids();
  const named = [...HONEST, HOSTILE].flatMap((name) => ['--host', name, '--account', `${name}/deploy`]);
  const [id] = await world.declare([
    ...['--incident-type', 'intrusion', '--severity-level', 'critical', '--response-mode', 'isolate'],
    ...named,
    ...sources.flatMap((address) => ['--source', address]),
  ]);
  if (id === undefined) throw new Error('not declared');
  status = await world.ended(id, 1_500_000);
}, 1_800_000);

afterAll(() => world?.down(), 120_000);

const actsOn = (host: string) => status.results.filter((result) => result.host === host);
async function reaching(name: string): Promise<string[]> {
  const { reached } = await world.world.lab.attacker.probe({
    sources,
    target: world.host(name).serviceAddress,
    targetPort: RESPONDER_PORT,
  });
  return reached;
}

describe('a hostile host in an incident of three (CRITICAL)', () => {
  test.each(HONEST)('%s is contained as planned, in its kernel, by verified acts', async (name) => {
    const acts = actsOn(name);
    expect(acts.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['block-sources', 'isolate-host', 'disable-account']),
    );
    expect(acts.filter(({ verified, counts }) => !verified || counts.failed > 0)).toEqual([]);
    expect(acts.filter(({ kind }) => kind === 'forced-isolation')).toEqual([]);
    const kernel = await world.on(name, 'nft list ruleset');
    expect(sources.filter((source) => !kernel.includes(source))).toEqual([]);
    expect(kernel).toContain('table inet firebreak_iso');
    expect(await world.on(name, 'getent shadow deploy | cut -d: -f2 | cut -c1')).toBe('!');
    expect(await reaching(name)).toEqual([]);
  });

  test('the hostile one is cut off by its gateway, and people are told', async () => {
    const forced = actsOn(HOSTILE).filter(({ kind }) => kind === 'forced-isolation');
    expect(forced).toEqual([expect.objectContaining({ rung: 'gateway' })]);
    expect(await reaching(HOSTILE)).toEqual([]);
    expect(status.row).toMatchObject({ needsHuman: true, outcome: 'contained-by-force' });
    const kinds = new Set(status.deliveries.filter(({ state }) => state === 'delivered').map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['control-failed', 'manual-response']));
    expect(world.world.receivers.smtp.messages().some(({ text }) => text.includes(HOSTILE))).toBe(true);
  });

  test('no worker was started again', () => {
    expect(workerPids()).toEqual(pidsBefore);
    expect(told.filter((line) => line.includes('a worker ended'))).toEqual([]);
  });

  test('the deadline is met, the bag is sealed and verifies, the ledger too', async () => {
    const { incident } = status.row.order;
    expect(status.row.deadlineMet).toBe(true);
    expect(jsonOf(await world.cli(['evidence', 'verify', incident, '--json']))).toMatchObject({
      verdict: 'SIGNED',
      faults: [],
    });
    expect(jsonOf(await world.cli(['audit', 'verify', '--json']))).toMatchObject({ faults: [] });
  });

  test('the report and the status say plainly which host it is and what holds it', async () => {
    const { incident } = status.row.order;
    const words = status.timeline.map(({ fact }) => inEnglish(fact)).join('\n');
    expect(words).toMatch(new RegExp(`access control failed on ${HOSTILE}: `));
    for (const name of HONEST) expect(words).not.toContain(`access control failed on ${name}`);
    const report = await world.reportJson(incident);
    expect(report).toContain('forced-isolation');
    expect(report).toContain(HOSTILE);
    // Neither an escape nor a direction mark of the host's answers comes through.
    expect(JSON.stringify(JSON.parse(report))).not.toMatch(/\\u001b|\\u009b|\u202e|\u009b/i);
    const run = await world.cli(['status', incident]);
    expect(run.stdout).toContain(HOSTILE);
    expect(run.stdout).not.toMatch(/[\u001b\u009b\u202e]/);
  });
});
