import { blockKey } from '../../../src/adapters/host-script/source-blocks/block-request';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import type { ActionId } from '../../../src/domain/ids';
import { CONTEXT, FIRST, type LabWorld } from '../isolation/support/lab-world';
import { blockOf, blockWorld, reaching, RUNGS } from './world';

/** Found by a search over 2^27 ids: its names in the kernel are those of `blockOf(FIRST, …)`. */
const SAME_NAMES = 'INC-20261120-7F3K:block-sources:web-1:55ed3f4' as ActionId;

describe('C4 the names of an act in the kernel', () => {
  let world: LabWorld;
  beforeAll(async () => {
    world = await blockWorld();
  });
  afterAll(() => world.down());

  it.each(RUNGS.map((rung) => [rung.name, rung] as const))(
    '%s: an id with the names of another act is refused, and takes over nothing',
    async (_, rung) => {
      await world.on('web-1', 'nft flush ruleset; rm -rf /var/lib/firebreak/INC-*');
      const driver = new SourceBlockDriver(rung, world.shell);
      const host = world.host('web-1');
      const attackers = world.lab.attacker.addresses4(20);
      const action = blockOf(FIRST, attackers);
      const twin = blockOf(FIRST, ['198.51.100.200'], { id: SAME_NAMES });
      expect(blockKey(twin.id)).toBe(blockKey(action.id));
      await driver.perform(host, action, CONTEXT);
      await expect(driver.perform(host, twin, CONTEXT)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
      await expect(driver.reassert(host, twin, CONTEXT)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
      await driver.undo(host, twin, CONTEXT);
      expect(await reaching(world, world.lab.attacker, attackers)).toBe(0);
      expect(await driver.verify(host, action, CONTEXT)).toMatchObject({ verified: true, counts: { already: 20 } });
      await driver.undo(host, action, CONTEXT);
      expect(await reaching(world, world.lab.attacker, attackers)).toBe(20);
    },
  );
});
