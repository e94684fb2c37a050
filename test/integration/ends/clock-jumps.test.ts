import { composeContainment } from '../../../src/composition/containment';
import { HOST_PROGRAMS, HOST_RESTORERS } from '../../../src/composition/host-programs';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import type { ContainmentDriver } from '../../../src/ports/containment';
import { blockOf, RUNGS, withIncident } from '../blocks/world';
import { actionId, CONTEXT, FIRST, LabWorld, SECOND } from '../isolation/support/lab-world';

const DAY = 86_400;

/** The containers have the clock of the outer machine, so it is what their programs ask that jumps: `date +%s`. */
const jump = (seconds: number) =>
  `printf '#!/bin/sh\\n[ "$*" = +%%s ] || exec /usr/bin/date "$@"\\necho $(($(/usr/bin/date +%%s) + ${seconds}))\\n' >/usr/local/sbin/date
  chmod 755 /usr/local/sbin/date`;

describe('H10 a clock that jumps before the next boot', () => {
  let world: LabWorld;
  let containment: ContainmentDriver;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], HOST_PROGRAMS, HOST_RESTORERS);
    ({ containment } = composeContainment(world.shell, () => new Date()));
    await world.on('web-1', 'systemctl stop firebreak-ends.timer');
  }, 600_000);
  afterAll(() => world.down());
  afterEach(() => world.on('web-1', 'rm -f /usr/local/sbin/date'));

  const host = () => world.host('web-1');

  it.each(RUNGS.map((rung) => [rung.name, rung] as const))(
    'a later block by %s leaves those of others in the kernel, with the time that they had',
    async (name, rung) => {
      const blocks = new SourceBlockDriver(rung, world.shell);
      const first = blockOf(FIRST, ['198.51.100.7'], { id: actionId(FIRST, 'block-sources', 'web-1', name) });
      const second = blockOf(SECOND, ['198.51.100.8'], { id: actionId(SECOND, 'block-sources', 'web-1', name) });
      await blocks.perform(host(), first, CONTEXT);
      for (const seconds of [DAY, -DAY]) {
        await world.on('web-1', jump(seconds));
        expect(await blocks.perform(host(), second, withIncident(SECOND))).toMatchObject({ verified: true });
        expect(await blocks.reassert(host(), first, CONTEXT)).toMatchObject({ verified: true });
        await world.on('web-1', '/usr/local/sbin/firebreak-restore');
        expect(await blocks.verify(host(), first, CONTEXT)).toMatchObject({ verified: true, counts: { already: 1 } });
      }
      // Put back after a flush, too.
      await world.on('web-1', `nft flush ruleset; iptables -t raw -F; ip6tables -t raw -F; ${jump(DAY)}`);
      expect(await blocks.reassert(host(), first, CONTEXT)).toMatchObject({ verified: true, counts: { already: 1 } });
      await blocks.undo(host(), first, CONTEXT);
      await blocks.undo(host(), second, withIncident(SECOND));
    },
  );

  it('a later isolation, and its end, leave that of another incident armed', async () => {
    const first = world.isolateHost(actionId(FIRST, 'isolate-host', 'web-1'));
    const second = world.isolateHost(actionId(SECOND, 'isolate-host', 'web-1'));
    const armed = () => world.on('web-1', 'nft list set inet firebreak_iso armed | grep -c "ipv4.*ipv6" || true');
    await containment.perform(host(), first, CONTEXT);
    await world.on('web-1', jump(DAY));
    expect(await containment.perform(host(), second, withIncident(SECOND))).toMatchObject({ verified: true });
    expect(await containment.undo(host(), second, withIncident(SECOND))).toMatchObject({ verified: true });
    expect(await armed()).toBe('1');
    await world.on('web-1', 'nft flush ruleset; /usr/local/sbin/firebreak-restore');
    expect(await containment.verify(host(), first, CONTEXT)).toMatchObject({ verified: true });
    await containment.undo(host(), first, CONTEXT);
  });

  it('nothing of it may be undone without an order', async () => {
    const nobody = new NodeSshHostShell();
    const unsigned = composeContainment(nobody, () => new Date()).containment;
    const third = actionId(FIRST, 'block-sources', 'web-1', 'order');
    const acts = [
      blockOf(FIRST, ['198.51.100.9'], { id: third }),
      world.isolateHost(actionId(FIRST, 'isolate-host', 'web-1', 'order')),
    ];
    for (const act of acts) await containment.perform(host(), act, CONTEXT);
    // Only the ends by lease and claim are looked at.
    await world.on('web-1', `rm /var/lib/firebreak/INC-*+order/end; ${jump(DAY)}`);
    for (const act of acts)
      await expect(unsigned.undo(host(), act, CONTEXT)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
    for (const act of acts) await containment.undo(host(), act, CONTEXT);
    await nobody.close();
  });
});
