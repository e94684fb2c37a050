import { CONTEXT, FIRST, type LabWorld } from '../isolation/support/lab-world';
import { blockOf, blockWorld, wire } from './world';

/** Where current systems keep what a host needs, what stands there, and what must never be blocked then. */
const PLACES: readonly (readonly [path: string, text: string, needed: readonly string[]])[] = [
  [
    '/run/systemd/resolve/resolv.conf',
    'nameserver 198.51.100.53\nnameserver 2001:db8:53::1%eth0\n',
    ['198.51.100.53', '2001:db8:53::1'],
  ],
  [
    '/run/systemd/resolve/netif/2',
    'DNS=198.51.100.1 2001:db8:53::2\nSERVERS=198.51.100.2:53%eth0#dns.example\n',
    ['198.51.100.1', '198.51.100.2', '2001:db8:53::2'],
  ],
  [
    '/etc/systemd/resolved.conf.d/site.conf',
    '[Resolve]\nDNS=198.51.100.3#dns.example [2001:db8:53::3]:53\n',
    ['198.51.100.3', '2001:db8:53::3'],
  ],
  ['/run/NetworkManager/no-stub-resolv.conf', 'nameserver 198.51.100.4\n', ['198.51.100.4']],
  [
    '/etc/dnsmasq.d/site.conf',
    '# server=198.51.100.99\nserver=/intern.example/198.51.100.5#5353\nserver=2001:db8:53::5\n',
    ['198.51.100.5', '2001:db8:53::5'],
  ],
  [
    '/etc/unbound/unbound.conf.d/forward.conf',
    'forward-zone:\n  name: "."\n  forward-addr: 198.51.100.6@853#dns.example\n',
    ['198.51.100.6'],
  ],
  [
    '/etc/bind/named.conf.options',
    'options {\n  forwarders {\n    198.51.100.7 port 53; 2001:db8:53::7;\n  };\n};\n',
    ['198.51.100.7', '2001:db8:53::7'],
  ],
  [
    '/etc/systemd/timesyncd.conf',
    '[Time]\nNTP=198.51.100.8 2001:db8:53::8 time.example\n',
    ['198.51.100.8', '2001:db8:53::8'],
  ],
  [
    '/etc/chrony/chrony.conf',
    'pool time.example iburst\nserver 198.51.100.9 iburst\npeer 2001:db8:53::9\n',
    ['198.51.100.9', '2001:db8:53::9'],
  ],
  ['/etc/ntp.conf', 'server 198.51.100.10 prefer\n', ['198.51.100.10']],
  ['/run/chrony-dhcp/eth0.sources', 'server 198.51.100.11 iburst\n', ['198.51.100.11']],
  [
    '/etc/environment',
    'https_proxy="http://user:secret@198.51.100.12:3128/"\nHTTP_PROXY=http://[2001:db8:53::c]:3128\n',
    ['198.51.100.12', '2001:db8:53::c'],
  ],
  ['/etc/apt/apt.conf.d/01proxy', 'Acquire::http { Proxy "http://198.51.100.13:3142/"; };\n', ['198.51.100.13']],
  [
    '/etc/rsyslog.d/forward.conf',
    '*.* @@198.51.100.14:514\n*.* action(type="omfwd" target="2001:db8:53::e" port="514")\n',
    ['198.51.100.14', '2001:db8:53::e'],
  ],
  ['/etc/systemd/journal-upload.conf', '[Upload]\nURL=https://198.51.100.15:19532\n', ['198.51.100.15']],
  ['/etc/firebreak/protect', '198.51.100.16\n', ['198.51.100.16']],
];

describe('what a host needs is never blocked', () => {
  let world: LabWorld;
  beforeAll(async () => {
    world = await blockWorld();
  }, 600_000);
  afterAll(() => world?.down());

  const host = () => world.host('web-1');
  const on = (script: string) => world.on('web-1', script);
  const place = (path: string, text: string) =>
    on(`mkdir -p "$(dirname ${path})" && cat >${path} <<'END'\n${text.replace(/\n$/, '')}\nEND`);
  const refused = async (sources: readonly string[]) => {
    const preview = await wire(world.shell).drivers[0]!.preview(host(), blockOf(FIRST, sources), CONTEXT);
    return preview.refused.map(({ target }) => target);
  };
  const unread = async () => (await wire(world.shell).inspector.facts(host(), CONTEXT)).unread.join();

  it.each(PLACES)('%s', async (path, text, needed) => {
    const kept = `test ! -e ${path} || cp -p ${path} /root/kept`;
    await on(kept);
    await place(path, text);
    try {
      // The neighbour shows that it is not everything that is refused.
      await expect(refused([...needed, '198.51.100.99'])).resolves.toEqual(needed);
    } finally {
      await on(`rm ${path}; if [ -e /root/kept ]; then mv /root/kept ${path}; fi`);
    }
    await expect(refused(needed)).resolves.toEqual([]);
  });

  it('gateways of every routing table, of tunnels laid over the default route, and of both families', async () => {
    const via4 = '198.51.100.20';
    await on(`ip link add needs0 type veth peer name needs1 && ip link set needs1 up && ip addr add 198.51.100.250/24 dev needs0 && ip addr add 2001:db8:98::250/64 dev needs0 nodad &&
      ip link set needs0 up && ip route add default via ${via4} dev needs0 table 1042 && ip rule add from 198.51.100.250 table 1042 &&
      ip -6 route add default via 2001:db8:98::20 dev needs0 table 1042 && ip route add 0.0.0.0/1 via 198.51.100.21 dev needs0 table 1043`);
    try {
      const needed = [via4, '198.51.100.21', '2001:db8:98::20', '198.51.100.250'];
      expect((await refused([...needed, '198.51.100.99'])).sort()).toEqual([...needed].sort());
    } finally {
      await on('ip rule del table 1042; ip link del needs0');
    }
  });

  it('what is there and cannot be read is said, before and in the act, and takes nothing away from the rest', async () => {
    await expect(unread()).resolves.toBe('');
    await on(
      `mkdir -p /run/systemd/resolve /etc/chrony; mkfifo /run/systemd/resolve/resolv.conf; ln -s /nowhere /etc/chrony/chrony.conf`,
    );
    try {
      await expect(unread()).resolves.toContain('its name servers, its time servers');
      const done = await wire(world.shell).ladder.perform(host(), blockOf(FIRST, ['198.51.100.99']), CONTEXT);
      expect(done).toMatchObject({ verified: true });
      expect(done.notes).toContainEqual(expect.stringContaining('its name servers, its time servers') as string);
      await wire(world.shell).ladder.undo(host(), blockOf(FIRST, ['198.51.100.99']), CONTEXT);
    } finally {
      await on('rm /run/systemd/resolve/resolv.conf /etc/chrony/chrony.conf');
    }
  });

  it('a local resolver behind which nothing is found is said', async () => {
    await place('/run/resolvconf/resolv.conf', 'nameserver 127.0.0.1\n');
    await on('cp /etc/resolv.conf /root/kept 2>/dev/null; echo "nameserver 127.0.0.53" >/etc/resolv.conf');
    try {
      await expect(unread()).resolves.toContain('its name servers');
    } finally {
      await on(
        'rm /run/resolvconf/resolv.conf; if [ -e /root/kept ]; then cat /root/kept >/etc/resolv.conf; else rm /etc/resolv.conf; fi',
      );
    }
  });

  it('a program that does not answer is said, and holds nothing up', async () => {
    await on(`mkdir -p /run/chrony && rm -f /run/chrony/chronyd.sock
      python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/chrony/chronyd.sock")'
      test ! -e /usr/local/bin/chronyc; printf '#!/bin/sh\\nsleep 60\\n' >/usr/local/bin/chronyc; chmod 755 /usr/local/bin/chronyc`);
    try {
      await expect(unread()).resolves.toContain('its time servers');
    } finally {
      await on('rm -r /run/chrony /usr/local/bin/chronyc');
    }
  });

  it('hostile content is bounded: endless files and lists end, words are none of ours, and the end is said', async () => {
    await on(`{ yes 'nameserver 198.51.100.31' | head -n 200000; } >/run/systemd/resolve/resolv.conf 2>/dev/null || { mkdir -p /run/systemd/resolve; yes 'nameserver 198.51.100.31' | head -n 200000 >/run/systemd/resolve/resolv.conf; }
      seq 1 2000 | sed 's/^/server 203.0.113.7 198.51.0./; s/.*/&/' | awk '{ print "server 10." int(NR / 250) "." NR % 250 ".1" }' >/etc/ntp.conf
      printf 'nameserver $(touch /root/pwned)\\nnameserver 0.0.0.0/0\\nunread x\\nblock 198.51.100.32\\n' >/run/NetworkManager.tmp; mkdir -p /run/NetworkManager; mv /run/NetworkManager.tmp /run/NetworkManager/resolv.conf`);
    try {
      await expect(refused(['198.51.100.31', '198.51.100.99'])).resolves.toEqual(['198.51.100.31']);
      await expect(unread()).resolves.toContain('its name servers, its time servers');
      await expect(on('ls /root/pwned 2>&1 || true')).resolves.toContain('No such file');
    } finally {
      await on('rm -f /run/systemd/resolve/resolv.conf /etc/ntp.conf /run/NetworkManager/resolv.conf');
    }
  });
});
