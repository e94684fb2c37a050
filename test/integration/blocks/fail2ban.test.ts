import { FEED_JAIL, JailClearing, JailFeeding } from '../../../src/adapters/fail2ban/jail-feeding';
import type { ActionResult, BlockSources } from '../../../src/domain/plan';
import { CONTEXT, FIRST, LabWorld, SECOND } from '../isolation/support/lab-world';
import { blockOf, RUNGS, wire, withIncident } from './world';

/** A jail with sets of nftables beside the lab's own, which bans by rules of iptables. */
const SECOND_JAIL = `cat >/etc/fail2ban/jail.d/by-sets.local <<'JAIL'
[by-sets]
enabled = true
filter = sshd
backend = auto
logpath = /var/log/auth.log
port = ssh
banaction = nftables-multiport
maxretry = 50
JAIL
`;
const READY = 'for i in $(seq 100); do fail2ban-client status by-sets >/dev/null 2>&1 && break; sleep 0.1; done';
const CLEAN = `${READY}; fail2ban-client unban --all >/dev/null
nft delete table inet firebreak 2>/dev/null; rm -rf /var/lib/firebreak/INC-* /var/lib/firebreak/holds; true`;

describe('C1 blocks on a host where fail2ban runs', () => {
  let world: LabWorld;
  let attackers: string[];
  const host = () => world.host('web-1');

  beforeAll(async () => {
    const { scripts } = wire({} as never);
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], [...scripts, FEED_JAIL]);
    attackers = [...world.lab.attacker.addresses4(500), ...world.lab.attacker.addresses6(500)];
    await world.on('web-1', `${SECOND_JAIL} systemctl restart fail2ban; ${READY}`);
  });
  afterAll(() => world.down());
  beforeEach(() => world.on('web-1', CLEAN));

  const ban = (jail: string, ...addresses: string[]) =>
    world.on('web-1', `fail2ban-client set ${jail} banip ${addresses.join(' ')}`);
  const banned = async (jail: string): Promise<string[]> =>
    (await world.on('web-1', `fail2ban-client get ${jail} banip`)).split(' ').filter((text) => text !== '');
  /** Everything of fail2ban's in the kernel, and its lists with their times. */
  const ofFail2ban = () =>
    world.on(
      'web-1',
      `iptables-save | grep f2b | sed 's/^:\\(.*\\) \\[.*/\\1/'; ip6tables-save | grep f2b | sed 's/^:\\(.*\\) \\[.*/\\1/'
      nft -s list table inet f2b-table; for jail in sshd by-sets; do fail2ban-client get $jail banip --with-time; done`,
    );

  describe('its bans', () => {
    test.each(RUNGS.map(({ name }, index) => [name, index] as const))(
      'stay as they are through a block by %s and its release, and an element of ours is there once',
      async (_, index) => {
        const driver = wire(world.shell).drivers[index]!;
        const [byRules = '', bySets = '', other = ''] = attackers;
        const [v6 = ''] = world.lab.attacker.addresses6(1);
        await ban('sshd', byRules, v6);
        await ban('by-sets', bySets);
        const before = await ofFail2ban();
        for (const address of [byRules, bySets, v6]) expect(before).toContain(address);

        const action = blockOf(FIRST, [byRules, bySets, other, v6]);
        const result = await driver.perform(host(), action, CONTEXT);
        expect(result).toMatchObject({ verified: true, counts: { applied: 4, already: 0 } });
        expect(await ofFail2ban()).toBe(before);
        const facts = await wire(world.shell).inspector.facts(host(), CONTEXT);
        expect(facts.blocks.map(({ target }) => target).sort()).toEqual([byRules, bySets, other, v6].sort());

        expect(await driver.undo(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 4 } });
        expect(await ofFail2ban()).toBe(before);
        await world.on('web-1', `fail2ban-client set sshd unbanip ${byRules}`);
        expect(await banned('sshd')).toEqual([v6]);
      },
    );

    test('a restart of fail2ban takes nothing of a block away', async () => {
      const { ladder } = wire(world.shell);
      const action = blockOf(FIRST, attackers.slice(0, 10));
      await ladder.perform(host(), action, CONTEXT);
      await world.on('web-1', `systemctl restart fail2ban; ${READY}`);
      expect(await ladder.verify(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { already: 10 } });
      await ladder.undo(host(), action, CONTEXT);
    });
  });

  describe.each(['sshd', 'by-sets'])('its jail %s fed as well', (jail) => {
    const feeding = () => new JailFeeding(wire(world.shell).ladder, world.shell);
    const fed = (incident: typeof FIRST, sources: readonly string[]): BlockSources =>
      blockOf(incident, sources, { jail });
    const jailNote = ({ notes }: ActionResult) =>
      notes.find((note) => note.startsWith(`fail2ban jail ${jail}: `)) ?? '';

    test('gets the blocked addresses, is read back, and a release leaves what fail2ban had banned', async () => {
      const [had = '', ...rest] = [...attackers.slice(0, 4), ...world.lab.attacker.addresses6(2)];
      await ban(jail, had, '203.0.113.200');
      const action = fed(FIRST, [had, ...rest, '198.51.100.0/24', '127.0.0.1']);

      const result = await feeding().perform(host(), action, CONTEXT);
      expect(result).toMatchObject({ verified: true, counts: { applied: 7, refused: 1, missing: 0 } });
      expect(jailNote(result)).toBe(
        `fail2ban jail ${jail}: 5 addresses fed, 1 banned there before, 1 prefixes left out, a jail bans addresses`,
      );
      expect((await banned(jail)).sort()).toEqual([had, ...rest, '203.0.113.200'].sort());
      const journal = '/var/lib/firebreak/INC-20261120-7F3K+block-sources+web-1';
      const preImage = await world.on(
        'web-1',
        `stat -c %a ${journal}/jail-before; cut -d ' ' -f 1 ${journal}/jail-before`,
      );
      expect(preImage.split('\n').sort()).toEqual(['600', had, '203.0.113.200'].sort());

      const replayed = await feeding().perform(host(), action, CONTEXT);
      expect(replayed.replayed).toBe(true);
      expect(jailNote(replayed)).toBe(jailNote(result));

      // It restores its bans after it has begun to answer.
      const restored = `for i in $(seq 100); do [ $(fail2ban-client get ${jail} banip | wc -w) -lt 7 ] || break; sleep 0.1; done`;
      await world.on('web-1', `systemctl restart fail2ban; ${READY}; ${restored}`);
      expect(await banned(jail)).toHaveLength(7);
      const released = await feeding().undo(host(), action, CONTEXT);
      expect(released.verified).toBe(true);
      expect(jailNote(released)).toBe(`fail2ban jail ${jail}: 5 addresses taken out`);
      expect((await banned(jail)).sort()).toEqual([had, '203.0.113.200'].sort());
      expect(await ofFail2ban()).toContain(had);
      await expect(world.on('web-1', 'ls /var/lib/firebreak/holds /run/firebreak')).resolves.not.toMatch(
        /fail2ban|jail/,
      );
    });
  });

  describe('a fed jail', () => {
    const jail = 'by-sets';
    const feeding = () => new JailFeeding(wire(world.shell).ladder, world.shell);
    const fed = (incident: typeof FIRST, sources: readonly string[], name = jail): BlockSources =>
      blockOf(incident, sources, { jail: name });
    const noteOf = ({ notes }: ActionResult) => notes.find((note) => note.startsWith('fail2ban jail ')) ?? '';

    test('B5 is not said to be clear when a boot took the journal: fail2ban keeps its bans', async () => {
      const [address = ''] = attackers;
      const action = fed(FIRST, [address]);
      await feeding().perform(host(), action, CONTEXT);
      await world.on(
        'web-1',
        'nft delete table inet firebreak; rm -rf /var/lib/firebreak/INC-* /var/lib/firebreak/holds',
      );
      const inForce = { ...CONTEXT, inForce: true };
      const lost = 'the host has lost its journal of this block';
      const clearing = new JailClearing(wire(world.shell).lifter, world.shell);
      await expect(clearing.lift(host(), action, [address], inForce)).rejects.toThrow(lost);
      expect(noteOf(await feeding().undo(host(), action, inForce))).toContain(lost);
      expect(await banned(jail)).toEqual([address]);
    });

    test('B5 C4 lets single addresses go with the block, but for what fail2ban itself or another incident bans', async () => {
      const [had = '', gone = '', shared = '', rest = ''] = attackers;
      await ban(jail, had);
      const action = fed(FIRST, [had, gone, shared, rest]);
      const theirs = fed(SECOND, [shared]);
      await feeding().perform(host(), action, CONTEXT);
      await feeding().perform(host(), theirs, withIncident(SECOND));
      const clearing = new JailClearing(wire(world.shell).lifter, world.shell);
      const lift = () => clearing.lift(host(), action, [had, gone, shared], CONTEXT);

      const lifted = await lift();
      expect(lifted.result).toMatchObject({ verified: true, counts: { applied: 3 } });
      expect(noteOf(lifted.result)).toBe(`fail2ban jail ${jail}: 1 addresses taken out, 1 kept for another incident`);
      expect((await banned(jail)).sort()).toEqual([had, shared, rest].sort());
      expect(noteOf((await lift()).result)).toBe('');
      await feeding().reassert(host(), { ...action, sources: [rest] }, CONTEXT);
      expect((await banned(jail)).sort()).toEqual([had, shared, rest].sort());

      expect(noteOf(await feeding().undo(host(), action, CONTEXT))).toBe(
        `fail2ban jail ${jail}: 1 addresses taken out`,
      );
      await feeding().undo(host(), theirs, withIncident(SECOND));
      expect(await banned(jail)).toEqual([had]);
    });

    test('C4 keeps what a second incident counts on, until that one is released too', async () => {
      const [a = '', b = '', c = ''] = attackers;
      const first = fed(FIRST, [a, b]);
      const second = fed(SECOND, [b, c]);
      await feeding().perform(host(), first, CONTEXT);
      const also = await feeding().perform(host(), second, withIncident(SECOND));
      expect(noteOf(also)).toBe(`fail2ban jail ${jail}: 1 addresses fed, 1 fed by another incident`);
      const released = await feeding().undo(host(), first, CONTEXT);
      expect(noteOf(released)).toBe(`fail2ban jail ${jail}: 1 addresses taken out, 1 kept for another incident`);
      expect((await banned(jail)).sort()).toEqual([b, c].sort());
      await feeding().undo(host(), second, withIncident(SECOND));
      expect(await banned(jail)).toEqual([]);
    });

    test('C5 keeps an address that fail2ban has banned anew since', async () => {
      const [a = '', b = ''] = attackers;
      const action = fed(FIRST, [a, b]);
      await feeding().perform(host(), action, CONTEXT);
      await world.on(
        'web-1',
        `fail2ban-client set ${jail} unbanip ${a}; sleep 2.1; fail2ban-client set ${jail} banip ${a}`,
      );
      const released = await feeding().undo(host(), action, CONTEXT);
      expect(noteOf(released)).toBe(
        `fail2ban jail ${jail}: 1 addresses taken out, 1 banned by fail2ban since and left`,
      );
      expect(await banned(jail)).toEqual([a]);
    });

    test('that is not there, a fail2ban that hangs and one that is stopped are notes; the block holds', async () => {
      const blocked = async (action: BlockSources, words: string) => {
        const result = await feeding().perform(host(), action, CONTEXT);
        expect(result).toMatchObject({ verified: true, counts: { applied: 3 } });
        expect(noteOf(result)).toContain(words);
        expect((await feeding().undo(host(), action, CONTEXT)).counts).toMatchObject({ applied: 3 });
        await world.on('web-1', 'rm -rf /var/lib/firebreak/INC-*');
      };
      const sources = attackers.slice(0, 3);
      await blocked(fed(FIRST, sources, 'no-such-jail'), 'fail2ban has no such jail');
      await world.on('web-1', 'systemctl kill --signal=STOP fail2ban');
      await blocked(fed(FIRST, sources), 'does not answer in time');
      await world.on('web-1', 'systemctl kill --signal=CONT fail2ban; systemctl stop fail2ban');
      await blocked(fed(FIRST, sources), 'fail2ban does not run');
      await world.on('web-1', 'systemctl start fail2ban');
    });

    test('C2 1,000 sources are blocked, then the jail is fed as far as its time goes', async () => {
      const action = fed(FIRST, attackers);
      const result = await feeding().perform(host(), action, CONTEXT);
      expect(result).toMatchObject({ verified: true, counts: { applied: 1_000 } });
      const [, count = '0', left = '0'] = /: (\d+) addresses fed(?:, (\d+) not fed .*)?$/.exec(noteOf(result)) ?? [];
      expect(Number(count) + Number(left)).toBe(1_000);
      expect(await banned(jail)).toHaveLength(Number(count));
      expect(Number(count)).toBeGreaterThan(20);
    });
  });
});
