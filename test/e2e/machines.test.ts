import { createHash } from 'node:crypto';
import type { IncidentId } from '../../src/domain/ids';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** One name of the inventory, several machines: through the compiled command with everything running. */
let world: WholeWorld;
const SOURCE = '198.51.100.200';
const block = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: ['web-1', 'app-1'].map((name) => ({ name, role: 'host' as const })) });
}, 180_000);

afterAll(() => world?.down(), 60_000);

const fingerprintOf = (keyLine: string): string =>
  `SHA256:${createHash('sha256')
    .update(Buffer.from(keyLine.split(' ')[1] ?? '', 'base64'))
    .digest('base64')
    .replace(/=+$/, '')}`;

interface Changed {
  readonly machine?: { readonly held: readonly { readonly incident: string; readonly recorded?: unknown }[] };
}

/** The entry web-1 leads to this machine from now on; workers read the inventory when they start. */
async function lead(to: 'web-1' | 'app-1', key = world.host(to).hostKey): Promise<Changed> {
  await world.cli(['host', 'edit', 'web-1', '--address', world.host(to).address]);
  const repinned = await world.cli(['host', 'repin', 'web-1', '--fingerprint', fingerprintOf(key), '--json']);
  expect({ code: repinned.code, said: repinned.stderr }).toMatchObject({ code: 0 });
  await world.world.stack.restartWorkers();
  return jsonOf<Changed>(repinned);
}

async function blocked(): Promise<IncidentId> {
  const [incident] = await world.declare([...block, '--host', 'web-1', '--source', SOURCE]);
  const status = await world.ended(incident!);
  for (const { machine } of status.controls) {
    expect(machine?.hostKey).toMatch(/^SHA256:/);
    expect(machine?.id).toMatch(/^[0-9a-f]{64}$/);
  }
  expect(status.controls.map(({ target }) => target)).toContain(SOURCE);
  return incident!;
}

const holds = async (name: string, incident: IncidentId): Promise<boolean> =>
  (await world.on(name, `nft list ruleset | grep -c ${incident} || true`)) !== '0';

async function expectAllUndone(incident: IncidentId): Promise<void> {
  const { acts } = await world.closed(incident);
  expect(acts.length).toBeGreaterThan(0);
  for (const act of acts) expect(act).toMatchObject({ standing: 'undone', undo: { readBack: true } });
}

const notUndone = (incident: IncidentId) =>
  world.until(incident, ({ acts }) =>
    acts.some(({ standing, undo }) => standing === 'not-undone' && undo?.code === 'MACHINE_CHANGED'),
  );

describe('B5 a control knows the machine that it was put on', () => {
  test('B4 another machine under the name is a fault that is told, never an undo; with the right one back the release ends', async () => {
    const incident = await blocked();
    const idOf = async (name: string) => (await world.on(name, 'cat /etc/machine-id')).trim();
    expect(await lead('app-1')).toMatchObject({ machine: { held: [{ incident, recorded: {} }] } });
    await world.order(['release', incident]);
    const open = await notUndone(incident);
    expect(open.row).toMatchObject({ closedAt: null });
    expect(open.controls).toContainEqual(expect.objectContaining({ host: 'web-1', target: SOURCE, state: 'active' }));
    expect(await world.commandsOf(incident, 'undo')).toEqual([
      'firebreak host repin web-1',
      `firebreak release ${incident} --wait`,
      `firebreak release ${incident} --gone web-1 --wait`,
    ]);
    await world.until(incident, ({ deliveries, row }) => {
      return (
        row.needsHuman && deliveries.some(({ kind, state }) => kind === 'manual-response' && state === 'delivered')
      );
    });
    // The machine that holds it holds it, and the other one was not touched.
    expect(await holds('web-1', incident)).toBe(true);
    expect(await world.journal('app-1')).toEqual([]);
    const { stdout, stderr, code } = await world.cli(['host', 'remove', 'web-1']);
    expect(code).toBe(2);
    expect(`${stdout}${stderr}`).toContain(incident);
    // Neither the tables nor the reply show the machine-id itself.
    const shown = await world.cli(['status', incident, '--json']);
    for (const name of ['web-1', 'app-1']) expect(shown.stdout).not.toContain(await idOf(name));
    expect((await world.cli(['block', 'list', '--incident', incident])).stdout).toContain(SOURCE);

    expect(await lead('web-1')).toMatchObject({
      machine: { held: [{ incident, acts: expect.any(Number) as number }] },
    });
    expect((await world.order(['release', incident, '--wait'])).code).toBe(0);
    await expectAllUndone(incident);
    expect(await holds('web-1', incident)).toBe(false);
  }, 400_000);

  test('B5 a host that was re-keyed on purpose is recognised after `host repin`, and its release ends exactly', async () => {
    const before = await world.fingerprint('web-1');
    const incident = await blocked();
    const key = await world.on(
      'web-1',
      `rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh
      cat /etc/ssh/ssh_host_ed25519_key.pub`,
    );
    expect(await lead('web-1', key)).toEqual(expect.objectContaining({ host: 'web-1' }));
    expect((await world.order(['release', incident, '--wait'])).code).toBe(0);
    await expectAllUndone(incident);
    expect(await world.fingerprint('web-1')).toBe(before);
  }, 300_000);

  test('B5 a machine that is gone is given up by a signed order, on record by name', async () => {
    const incident = await blocked();
    await lead('app-1');
    const person = world.someone();
    const wrong = await world.order(['release', incident, '--gone', 'web1'], person);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('did you mean web-1?');
    const released = await world.order(['release', incident, '--gone', 'web-1', '--wait'], person);
    expect(released.code).toBe(0);
    expect(released.stdout).toContain(`the machine or its journal is gone, by ${person.name}`);
    const { acts, controls } = await world.closed(incident);
    expect(controls).toEqual([]);
    expect(acts.length).toBeGreaterThan(0);
    for (const act of acts)
      expect(act).toMatchObject({ standing: 'given-up', undo: { done: false, givenUpBy: person.name } });
    expect(await world.auditActions(incident)).toEqual(expect.arrayContaining(['give-up:result:done']));
    expect(JSON.parse(await world.reportJson(incident))).toMatchObject({ ending: { whole: false } });
    expect(await holds('web-1', incident)).toBe(true);
    expect(await world.journal('app-1')).toEqual([]);
  }, 300_000);

  test('L1 the ledger has each configuration that workers acted by, and what each act came to', async () => {
    const { stdout } = await world.cli(['audit', 'export']);
    const lines = stdout.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const configurations = events.filter(({ action }) => action === 'config.in-force').map(({ result }) => result);
    expect(configurations[0]).toBe('first');
    expect(configurations).toContain('changed: hosts');
    const detailOf = (detail: object): unknown => expect.objectContaining(detail);
    const carriedOut = { level: 'CRITICAL', result: 'done', detail: detailOf({ host: 'web-1', rung: 'nftables' }) };
    expect(events).toContainEqual(expect.objectContaining({ action: 'perform', ...carriedOut }));
    const failed = { level: 'ERROR', detail: detailOf({ error: expect.stringMatching(/web-1/) as string }) };
    expect(events).toContainEqual(expect.objectContaining({ action: 'undo', result: 'MACHINE_CHANGED', ...failed }));
  });
});
