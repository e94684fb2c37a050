import { sha256Hex } from '../../../src/domain/hash';
import { CONTEXT, FIRST, type LabWorld } from '../isolation/support/lab-world';
import { blockOf, blockWorld, wire } from './world';

describe('what a real host says of itself', () => {
  let world: LabWorld;

  beforeAll(async () => {
    world = await blockWorld();
  }, 600_000);
  afterAll(() => world?.down());

  const host = () => world.host('web-1');
  const attackers = ['198.51.100.7', '2001:db8:1::7'];

  test('C10 the inspector lists blocks with owner and seconds left', async () => {
    await wire(world.shell).ladder.perform(host(), blockOf(FIRST, attackers), CONTEXT);
    const facts = await wire(world.shell).inspector.facts(host(), CONTEXT);
    expect(facts).toMatchObject({
      host: 'web-1',
      filters: ['nftables', 'ipset', 'iptables'],
      isolated: false,
      keepsEnds: true,
    });
    expect(facts.os).toContain('Debian');
    // One kernel, one clock: what differs is how long the answer was on its way.
    expect(Math.abs(facts.clockOffsetMs)).toBeLessThan(30_000);
    expect(facts.blocks.map(({ target, incident }) => [target, incident]).sort()).toEqual(
      attackers.map((target) => [target, FIRST]),
    );
    expect(facts.blocks[0]!.secondsLeft).toBeGreaterThan(3_500);
  });

  test('H6 the inspector names each line of the host’s list of signers with the fingerprint of its key, and no more', async () => {
    const line = await world.on('web-1', `grep '^[a-z]' /etc/firebreak/signers`);
    const [name = '', , , blob = ''] = line.trim().split(' ');
    await world.on('web-1', `echo '* ssh-ed25519 ${blob} anybody' >>/etc/firebreak/signers`);
    const { orders } = await wire(world.shell).inspector.facts(host(), CONTEXT);
    const keySha256 = sha256Hex(Buffer.from(blob, 'base64'));
    expect(orders.signers).toEqual([
      { line: 2, name, keySha256 },
      { line: 3, name: '-', keySha256 },
    ]);
  });
});
