import { SshMachineReader } from '../../../src/adapters/machine/machine-reader';
import { composeContainment } from '../../../src/composition/containment';
import { HOST_PROGRAMS } from '../../../src/composition/host-programs';
import type { BlockSources } from '../../../src/domain/plan';
import { sha256Hex } from '../../../src/domain/hash';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, SECOND } from '../isolation/support/lab-world';

describe('which machine a real host is', () => {
  let world: LabWorld;

  beforeAll(async () => {
    world = await LabWorld.up(
      ['web-1', 'db-1'].map((name) => ({ name, role: 'host' as const })),
      HOST_PROGRAMS,
    );
  }, 600_000);
  afterAll(() => world?.down());

  const look = (name: string, ...acts: ReturnType<typeof actionId>[]) =>
    new SshMachineReader(world.shell).look(world.host(name), acts, CONTEXT);

  it('each has an id of its own that stays, and that does not show its machine-id', async () => {
    const [web, db, again] = [await look('web-1'), await look('db-1'), await look('web-1')];
    expect(web.id).toMatch(/^[0-9a-f]{64}$/);
    expect(db.id).toMatch(/^[0-9a-f]{64}$/);
    expect(web.id).not.toBe(db.id);
    expect(again).toEqual(web);
    const own = await world.on('web-1', 'cat /etc/machine-id');
    for (const text of [own, `${own}\n`]) expect([text.trim(), sha256Hex(text)]).not.toContain(web.id);
  });

  it.each([
    ['none', 'rm /etc/machine-id'],
    ['one that is not set yet', 'echo uninitialized >/etc/machine-id'],
    ['an empty one', ': >/etc/machine-id'],
    ['one of zeros', 'printf %032d 0 >/etc/machine-id'],
    ['one that is too long', 'printf %040d 1 >/etc/machine-id'],
    ['a huge one', 'head -c 50000000 /dev/zero >/etc/machine-id'],
  ])('a host with %s has no id', async (_what, script) => {
    await world.on('web-1', `cp -a /etc/machine-id /root/kept; rm -f /var/lib/dbus/machine-id; ${script}`);
    try {
      expect(await look('web-1')).toMatchObject({ id: null });
    } finally {
      await world.on('web-1', 'rm -f /etc/machine-id; mv /root/kept /etc/machine-id');
    }
  });

  it('has a journal of the acts that were carried out there, undone or not, and of no others', async () => {
    const { containment, forced } = composeContainment(world.shell, () => new Date());
    const block = (incident: typeof FIRST): BlockSources => ({
      id: actionId(incident, 'block-sources', 'web-1'),
      kind: 'block-sources',
      host: 'web-1',
      direction: 'in',
      sources: ['198.51.100.7'],
      protect: [],
      approval: 'none',
      expiresAt: inAnHour(),
    });
    const [first, second] = [block(FIRST), block(SECOND)];
    const staged = actionId(FIRST, 'forced-isolation', 'web-1');
    const order = { management: world.management, expiresAt: inAnHour() };
    await containment.perform(world.host('web-1'), first, CONTEXT);
    await forced.stage(world.host('web-1'), staged, order, CONTEXT);
    expect((await look('web-1', first.id, second.id, staged)).journals).toEqual(new Set([first.id]));
    expect((await look('db-1', first.id)).journals).toEqual(new Set());
    // What only was asked for there, as by a release that went to the wrong machine, leaves none.
    await containment.undo(world.host('web-1'), second, CONTEXT).catch(() => undefined);
    await containment.undo(world.host('web-1'), first, CONTEXT);
    expect((await look('web-1', first.id, second.id)).journals).toEqual(new Set([first.id]));
    await forced.force(world.host('web-1'), undefined, staged, order, CONTEXT);
    expect((await look('web-1', staged)).journals).toEqual(new Set([staged]));
    await forced.lift(world.host('web-1'), undefined, staged, 'nftables', CONTEXT);
  });
});
