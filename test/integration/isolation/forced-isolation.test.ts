import { RESPONDER_PORT } from '../../../demo/lab/types';
import { ForcedIsolationLadder } from '../../../src/adapters/isolation/forced-isolation-ladder';
import { InterfaceShutdown } from '../../../src/adapters/isolation/interface-shutdown';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS } from '../../../src/adapters/isolation/isolation-programs';
import type { ActionId } from '../../../src/domain/ids';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld } from './support/lab-world';

describe('C6 forced isolation on real hosts', () => {
  let world: LabWorld;
  let ladder: ForcedIsolationLadder;
  let step = 0;

  beforeAll(async () => {
    world = await LabWorld.up(
      [
        { name: 'gw-1', role: 'gateway' },
        { name: 'web-1', role: 'host' },
      ],
      ISOLATION_PROGRAMS,
    );
    ladder = new ForcedIsolationLadder(new IsolationGate(world.shell), new InterfaceShutdown(world.shell));
  });
  afterAll(() => world.down());
  afterEach(async () => {
    await world.on('web-1', '[ ! -e /usr/sbin/nft.away ] || mv -f /usr/sbin/nft.away /usr/sbin/nft');
  });

  function nextAction(): ActionId {
    step += 1;
    return actionId(FIRST, 'forced-isolation', 'web-1', `${step}`);
  }

  const order = () => ({ management: world.management, expiresAt: inAnHour() });
  const force = (action: ActionId, withGateway = true) =>
    ladder.force(world.host('web-1'), withGateway ? world.host('gw-1') : undefined, action, order(), CONTEXT);
  const lift = (action: ActionId, held: string, withGateway = true) =>
    ladder.lift(world.host('web-1'), withGateway ? world.host('gw-1') : undefined, action, held, CONTEXT);

  async function reached(): Promise<number[]> {
    const { serviceAddress, serviceAddress6 } = world.labHost('web-1');
    const { attacker } = world.lab;
    const probes = [
      attacker.probe({ sources: attacker.addresses4(3), target: serviceAddress, targetPort: RESPONDER_PORT }),
      attacker.probe({ sources: attacker.addresses6(3), target: serviceAddress6, targetPort: RESPONDER_PORT }),
    ];
    return (await Promise.all(probes)).map((probe) => probe.reached.length);
  }

  /** An nft that is there and does not work: what an intruder with root, or a broken upgrade, leaves. */
  const breakNft = () =>
    world.on(
      'web-1',
      `mv /usr/sbin/nft /usr/sbin/nft.away; printf '#!/bin/sh\\nexit 1\\n' >/usr/sbin/nft; chmod 755 /usr/sbin/nft`,
    );

  it('stages checked rules for root only, not in force, and forces them by one exec', async () => {
    const action = nextAction();
    await ladder.stage(world.host('web-1'), action, order(), CONTEXT);
    expect(await reached()).toEqual([3, 3]);
    const listing = await world.on('web-1', 'find /var/lib/firebreak/staged -printf "%U %m\\n" | sort -u');
    expect(listing.split('\n').sort()).toEqual(['0 600', '0 700']);

    const result = await force(action);
    expect(result).toMatchObject({
      kind: 'forced-isolation',
      counts: { applied: 1 },
      verified: true,
      rung: 'nftables',
    });
    expect(await reached()).toEqual([0, 0]);
    expect(await force(action)).toMatchObject({ replayed: true, rung: 'nftables', verified: true });

    expect(await lift(action, 'nftables')).toMatchObject({ counts: { applied: 1 }, rung: 'nftables' });
    expect(await reached()).toEqual([3, 3]);
    await expect(world.on('web-1', 'ls /var/lib/firebreak/staged')).resolves.toBe('');
  });

  it('forces what is ordered, whatever somebody else has staged under its name', async () => {
    const action = nextAction();
    const soonOver = { management: ['192.0.2.0/24'], expiresAt: new Date().toISOString() };
    await ladder.stage(world.host('web-1'), action, soonOver, CONTEXT);
    expect(await force(action)).toMatchObject({ verified: true, rung: 'nftables' });
    expect(await reached()).toEqual([0, 0]);
    await lift(action, 'nftables');
  });

  it('refuses to stage what nft does not accept', async () => {
    await breakNft();
    await expect(ladder.stage(world.host('web-1'), nextAction(), order(), CONTEXT)).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
  });

  it('a broken nft on the host leads to the gateway, and the lift opens it again', async () => {
    await breakNft();
    const action = nextAction();
    const result = await force(action);
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true, rung: 'gateway' });
    expect(result.notes.join()).toContain('nftables failed');
    expect(await reached()).toEqual([0, 0]);
    await world.on('web-1', 'mv -f /usr/sbin/nft.away /usr/sbin/nft');

    expect(await lift(action, 'gateway')).toMatchObject({ counts: { applied: 1 }, rung: 'gateway' });
    expect(await reached()).toEqual([3, 3]);
  });

  /** Whether attackers reach these addresses of the host, by IPv4 and IPv6. */
  async function reachedAt(last: number): Promise<number[]> {
    const { attacker } = world.lab;
    const target = { targetPort: RESPONDER_PORT, timeoutMs: 1_000 };
    const probes = [
      attacker.probe({ sources: attacker.addresses4(1), target: `203.0.113.${last}`, ...target }),
      attacker.probe({ sources: attacker.addresses6(1), target: `2001:db8:f1:1::${last}`, ...target }),
    ];
    return (await Promise.all(probes)).map((probe) => probe.reached.length);
  }
  const addAddress = (last: number) =>
    world.on(
      'web-1',
      `ip addr add 203.0.113.${last}/24 dev eth0; ip addr add 2001:db8:f1:1::${last}/64 dev eth0 nodad`,
    );

  it('at the gateway the host does not get out under another address, had before or taken later', async () => {
    await addAddress(77);
    expect(await reachedAt(77)).toEqual([1, 1]);
    await breakNft();
    const action = nextAction();
    try {
      const result = await force(action);
      expect(result).toMatchObject({ counts: { applied: 1 }, verified: true, rung: 'gateway' });
      expect(result.notes.join()).toMatch(/hardware address cut off: lan0 .*same link are still in reach/);
      await addAddress(78);
      expect(await reachedAt(77)).toEqual([0, 0]);
      expect(await reachedAt(78)).toEqual([0, 0]);
      expect(await reached()).toEqual([0, 0]);
      expect((await lift(action, 'gateway')).exceptions).toEqual([]);
      expect([await reachedAt(77), await reachedAt(78), await reached()]).toEqual([
        [1, 1],
        [1, 1],
        [3, 3],
      ]);
    } finally {
      await world.labHost('web-1').reboot();
    }
  });

  it('a router’s hardware address is not cut off: it speaks for others', async () => {
    await world.on('gw-1', `ip route add 192.0.2.0/24 via ${world.labHost('web-1').serviceAddress}`);
    await breakNft();
    const action = nextAction();
    try {
      const result = await force(action);
      expect(result).toMatchObject({ verified: true, rung: 'gateway' });
      expect(result.notes.join()).toMatch(/cut by address only/);
      expect(await reached()).toEqual([0, 0]);
      await expect(world.on('gw-1', 'nft list ruleset | grep -c "ether saddr" || true')).resolves.toBe('0');
    } finally {
      await lift(action, 'gateway');
      await world.on('gw-1', 'ip route del 192.0.2.0/24');
    }
  });

  it('a host that SSH does not reach is cut off at its gateway', async () => {
    await world.labHost('web-1').cutManagementLink();
    const action = nextAction();
    try {
      const result = await force(action);
      expect(result).toMatchObject({ verified: true, rung: 'gateway' });
      expect(await reached()).toEqual([0, 0]);
    } finally {
      await world.labHost('web-1').restoreManagementLink();
    }
    expect((await lift(action, 'gateway')).counts.applied).toBe(1);
    expect(await reached()).toEqual([3, 3]);
  });

  it('without gateway the other interfaces go down, management stays, and addresses and routes come back', async () => {
    const look = 'ip -o addr show dev eth0 | sed "s/valid_lft.*//"; ip -4 route; ip -6 route | grep -v fe80';
    const before = await world.on('web-1', look);
    await breakNft();
    const action = nextAction();
    const result = await force(action, false);
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true, rung: 'interface' });
    expect(result.notes.join()).toContain('interface eth0');
    expect(await reached()).toEqual([0, 0]);
    expect(await force(action, false)).toMatchObject({ rung: 'interface', replayed: true });

    await world.on('web-1', 'mv -f /usr/sbin/nft.away /usr/sbin/nft');
    expect(await lift(action, 'interface', false)).toMatchObject({ counts: { applied: 1 }, rung: 'interface' });
    expect(await world.on('web-1', look)).toBe(before);
    expect(await reached()).toEqual([3, 3]);
  });

  it.each([
    ['nftables', 'web-1'],
    ['gateway', 'gw-1'],
  ] as const)('B14 forced isolation by %s that is lost is seen and put back', async (rung, machine) => {
    const action = nextAction();
    if (rung === 'gateway') await breakNft();
    expect(await force(action)).toMatchObject({ rung, verified: true });
    await world.on('web-1', '[ ! -e /usr/sbin/nft.away ] || mv -f /usr/sbin/nft.away /usr/sbin/nft');
    const ask = [world.host('web-1'), world.host('gw-1'), action, rung] as const;
    expect(await ladder.verify(...ask, CONTEXT)).toMatchObject({ verified: true, counts: { already: 1 } });

    const tables = `nft list tables | awk '/firebreak/ && !/inet firebreak$/ { print $3 }'`;
    await world.on(machine, `for table in $(${tables}); do nft delete table inet $table; done`);
    expect(await reached()).toEqual([3, 3]);
    expect(await ladder.verify(...ask, CONTEXT)).toMatchObject({ verified: false, counts: { missing: 1 } });
    expect(await ladder.reassert(...ask, inAnHour(), CONTEXT)).toMatchObject({ verified: true, rung });
    expect(await reached()).toEqual([0, 0]);
    expect(await ladder.verify(...ask, CONTEXT)).toMatchObject({ verified: true });

    expect(await lift(action, rung)).toMatchObject({ counts: { applied: 1 }, rung });
    expect(await reached()).toEqual([3, 3]);
  });

  it('B14 a host that does not answer, cut off by its gateway, is released there; one that its own table holds is not', async () => {
    const [upstream, own] = [nextAction(), nextAction()];
    await breakNft();
    expect(await force(upstream)).toMatchObject({ rung: 'gateway' });
    await world.on('web-1', 'mv -f /usr/sbin/nft.away /usr/sbin/nft');
    expect(await force(own)).toMatchObject({ rung: 'nftables' });
    await world.labHost('web-1').cutManagementLink();
    try {
      expect(await lift(upstream, 'gateway')).toMatchObject({ counts: { applied: 1 }, rung: 'gateway' });
      expect(await lift(own, 'nftables')).toMatchObject({ counts: { unknown: 1, applied: 0 } });
      expect(await reached()).toEqual([0, 0]);
    } finally {
      await world.labHost('web-1').restoreManagementLink();
    }
    expect(await lift(own, 'nftables')).toMatchObject({ counts: { applied: 1 } });
    expect(await reached()).toEqual([3, 3]);
  });

  it('a session of the intruder keeps no interface up', async () => {
    await world.on(
      'web-1',
      `install -d -m 700 /root/.ssh; echo '${world.personPublicKey}' >/root/.ssh/authorized_keys`,
    );
    const session = world.lab.attacker.ssh({
      source: world.lab.attacker.addresses4(1)[0]!,
      host: world.labHost('web-1'),
      user: 'root',
      identityFile: world.personKey,
      command: 'sleep 600',
    });
    try {
      expect(await session.established).toBe(true);
      await breakNft();
      const action = nextAction();
      expect(await force(action, false)).toMatchObject({ counts: { applied: 1 }, verified: true, rung: 'interface' });
      expect(await reached()).toEqual([0, 0]);
      await lift(action, 'interface', false);
      expect(await reached()).toEqual([3, 3]);
    } finally {
      session.kill();
    }
  });

  describe('where taking interfaces down would cut nobody off, none is touched and people must act', () => {
    const up = () => world.on('web-1', `ip -o link show up | awk '{ print $2 }' | sort`);
    const FAILED = { counts: { failed: 1, applied: 0 }, verified: false, rung: 'none' };
    const docker = 'ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up';
    afterEach(() => world.labHost('web-1').reboot());

    it.each(['IPv4', 'IPv6'])('management leads to everywhere by %s', async (family) => {
      const { address } = world.lab.management;
      const route =
        family === 'IPv4'
          ? `route add default via ${address} dev mgmt0 metric 900`
          : '-6 route add 2000::/3 dev mgmt0 metric 900';
      await world.on('web-1', `${docker}; ip ${route}`);
      const before = await up();
      await breakNft();
      const result = await force(nextAction(), false);
      expect(result).toMatchObject(FAILED);
      expect(result.exceptions[0]?.detail).toContain('leads to everywhere');
      expect(await up()).toBe(before);
    });

    it('only links of containers would go', async () => {
      await world.on('web-1', `${docker}; ip link set eth0 down`);
      const before = await up();
      await breakNft();
      const result = await force(nextAction(), false);
      expect(result).toMatchObject(FAILED);
      expect(result.exceptions[0]?.detail).toContain('carries management');
      expect(await up()).toBe(before);
    });
  });

  it('what management’s interface stands on stays up as well', async () => {
    await world.on(
      'web-1',
      `for family in -4 -6; do ip $family -o addr show mgmt0 scope global; done |
        awk '{ print "addr add", $4, "peer", $6, "dev br9" }' >/tmp/moved
      printf '%s\\n' 'link add br9 type bridge' 'link set br9 up' 'addr flush dev mgmt0' 'link set mgmt0 master br9' >/tmp/batch
      cat /tmp/moved >>/tmp/batch; ip -batch /tmp/batch`,
    );
    try {
      await breakNft();
      expect(await force(nextAction(), false)).toMatchObject({ verified: true, rung: 'interface' });
      expect(await reached()).toEqual([0, 0]);
    } finally {
      await world.labHost('web-1').reboot();
    }
  });

  it('when nothing holds it says failed and why: people must act', async () => {
    await world.labHost('web-1').stop();
    try {
      const result = await force(nextAction(), false);
      expect(result).toMatchObject({ counts: { failed: 1, applied: 0 }, verified: false, rung: 'none' });
      expect(result.exceptions[0]?.detail).toContain('no gateway');
    } finally {
      await world.labHost('web-1').start();
    }
  });
});
