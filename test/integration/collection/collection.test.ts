import type { LogOptions } from '../../../src/ports/collection';
import type { CollectionWorld } from './world';
import { HashingSink, collectionWorld, context, makeKey, on } from './world';

/** Each test has a host of its own. */
const HOSTS = ['attacked', 'ordinary', 'busy', 'emptied', 'removed', 'corrupt', 'readonly', 'measured'];

let world: CollectionWorld;
beforeAll(async () => {
  world = await collectionWorld(HOSTS);
});
afterAll(() => world.down());

const options = (overrides: Partial<LogOptions> = {}): LogOptions => ({
  since: new Date(Date.now() - 3_600_000).toISOString(),
  maxBytes: 512 * 1024 * 1024,
  paths: [],
  ...overrides,
});

const STOP_JOURNAL = `systemctl stop systemd-journald.socket systemd-journald-dev-log.socket \
  systemd-journald-audit.socket systemd-journald.service 2>&1`;

test('E1 volatile state in order, with the program that was deleted under its process', async () => {
  const machine = world.machine('attacked');
  await on(
    machine,
    `cp /usr/bin/sleep /tmp/.x && (setsid /tmp/.x 300 </dev/null >/dev/null 2>&1 &) && sleep 0.2 && rm /tmp/.x
     nft add table inet elsewhere; systemctl stop fail2ban; touch /tmp/before`,
  );
  const sink = new HashingSink();
  const summary = await world.collector.volatile(world.host('attacked'), sink, context(10_000));

  const names = [...sink.arrived.keys()];
  const order = [
    'clock',
    'sockets-tcp',
    'sessions',
    'processes',
    'deleted-executables',
    'firewall-nft',
    'conntrack',
    'neighbours',
  ];
  expect(names.filter((name) => order.includes(name))).toEqual(order);
  expect(sink.mismatched).toEqual([]);
  expect(summary).toMatchObject({ host: 'attacked', artefacts: names.length, truncated: [], rung: 1 });
  expect(Math.abs(sink.get('clock').info.clockOffsetMs!)).toBeLessThan(60_000);

  expect(sink.get('sockets-tcp').head.toString()).toContain('sshd');
  expect(sink.get('firewall-nft').head.toString()).toContain('elsewhere');
  expect(sink.get('deleted-executables').head.toString()).toContain('/tmp/.x (deleted)');
  const copies = names.filter((name) => name.startsWith('deleted-executable.'));
  expect(copies).toHaveLength(1);
  expect(sink.get(copies[0]!).sha256).toBe((await on(machine, 'sha256sum </usr/bin/sleep')).slice(0, 64));

  const touched = await on(
    machine,
    'find / -xdev -newer /tmp/before ! -path "/proc/*" ! -path "/sys/*" ! -path "/run/*" ! -path "/var/log/*" -type f',
  );
  expect(touched).toBe('');
});

test('E2 logs while they are written: hashed at the host and on arrival over the same bytes', async () => {
  const machine = world.machine('ordinary');
  await on(
    machine,
    `mkdir -p /srv/app && echo 'an application log' >"/srv/app/app one.log"
     ln -s /etc/shadow /var/log/auth.log.1; ln -s /etc/shadow /srv/app/link.log; mkfifo /srv/app/pipe.log
     head -c 100000 /dev/zero >/var/log/dpkg.log
     (setsid sh -c 'for n in $(seq 1 3000); do logger -p auth.info -t sshd "Failed password for admin from 198.18.0.1 port $n ssh2"; done' >/dev/null 2>&1 &)`,
  );
  const sink = new HashingSink();
  const paths = ['/srv/app/app one.log', '/srv/app/link.log', '/srv/app/pipe.log', '/etc/shadow', '/srv/app/none.log'];
  const summary = await world.collector.logs(world.host('ordinary'), sink, options({ paths }), context(60_000));

  expect(sink.mismatched).toEqual([]);
  expect(summary.rung).toBe(1);
  for (const name of [
    'journal-export',
    'auth-log',
    'syslog',
    'wtmp',
    'logins',
    'accounts',
    'authorized-keys',
    'crontabs',
  ]) {
    expect(sink.get(name).info.hostSha256).toBe(sink.get(name).sha256);
  }
  expect(sink.get('auth-log').head.toString()).toContain('Failed password for admin');
  expect([...sink.arrived.keys()].some((name) => name.startsWith('journal-raw.system.journal'))).toBe(true);

  const extra = [...sink.arrived].filter(([name]) => name.startsWith('extra-log'));
  expect(extra.map(([, { head }]) => head.toString())).toEqual(['an application log\n']);
  expect(sink.missing('auth-log').reason).toContain('not a regular file');
  expect(sink.absences.filter(({ source }) => source.startsWith('extra-log'))).toHaveLength(4);
  const everything = Buffer.concat([...sink.arrived.values()].map(({ head }) => head)).toString('latin1');
  expect(everything).not.toMatch(/^root:[^:]*:\d{5}:/m);
});

test('E2 what is larger than the cap is cut there and says so', async () => {
  const sink = new HashingSink();
  const summary = await world.collector.logs(
    world.host('ordinary'),
    sink,
    options({ maxBytes: 20_000 }),
    context(60_000),
  );
  expect(sink.get('journal-export').bytes).toBe(20_000);
  expect(sink.get('dpkg-log').info).toMatchObject({
    truncated: 'size-cap',
    command: 'tail -c +80001 /var/log/dpkg.log | head -c 20000',
  });
  expect(summary.truncated).toEqual(expect.arrayContaining(['journal-export', 'dpkg-log']));
  expect(sink.mismatched).toEqual([]);
});

test('E2 100,000 lines from one host, without holding them', async () => {
  await on(
    world.machine('busy'),
    `mkdir -p /etc/systemd/journald.conf.d
     printf '[Journal]\\nRateLimitIntervalSec=0\\nRateLimitBurst=0\\n' >/etc/systemd/journald.conf.d/test.conf
     systemctl stop rsyslog.service syslog.socket 2>&1; systemctl restart systemd-journald
     seq 1 100000 | sed 's/^/Failed password for invalid user admin from 198.18.0.1 port 4444 ssh2, attempt /' | logger -t sshd
     journalctl --sync`,
  );
  const sink = new HashingSink();
  let highest = 0;
  const before = process.memoryUsage().rss;
  const sampler = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss - before)), 20);
  const summary = await world.collector.logs(world.host('busy'), sink, options(), context(60_000));
  clearInterval(sampler);
  expect(summary.lines).toBeGreaterThanOrEqual(100_000);
  expect(summary.bytes).toBeGreaterThan(60_000_000);
  expect(sink.mismatched).toEqual([]);
  expect(highest).toBeLessThan(120 * 1024 * 1024);
});

test('E3 log system stopped and emptied: the ordinary way fails, the ladder finds the text logs, every miss is on record', async () => {
  await on(world.machine('emptied'), `${STOP_JOURNAL}; rm -rf /var/log/journal/* /run/log/journal/*`);
  const ordinary = new HashingSink();
  await expect(world.collector.logs(world.host('emptied'), ordinary, options(), context(60_000))).rejects.toMatchObject(
    { code: 'LOGS_UNAVAILABLE' },
  );
  expect(ordinary.missing('journal-export')).toMatchObject({ exitCode: 0, reason: 'it was empty', rung: 1 });
  expect(ordinary.get('log-system').head.toString()).toMatch(/systemd-journald (inactive|failed)/);
  expect(ordinary.get('auth-log').bytes).toBeGreaterThan(0);

  const sink = new HashingSink();
  const summary = await world.collector.alternative(world.host('emptied'), sink, options(), context(60_000));
  expect(summary.rung).toBeGreaterThanOrEqual(4);
  expect(sink.get('auth-log').info.rung).toBe(4);
  expect(sink.missing('journal-persistent').rung).toBe(2);
  expect(sink.missing('journal-raw').rung).toBe(3);
});

test('E3 a journal removed under its daemon is saved from its open files', async () => {
  const machine = world.machine('removed');
  // Every few seconds the daemon looks whether its file is gone, and begins a new one. Here it cannot, and somebody else
  // has the old one open too.
  await on(
    machine,
    `logger -t sshd 'a mark that only the journal has'; journalctl --sync
     for f in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do
       [ ! -f "$f" ] || (setsid sleep 600 <"$f" >/dev/null 2>&1 &)
     done
     rm -rf /var/log/journal/* /run/log/journal/*
     for d in /var/log/journal /run/log/journal; do [ ! -d "$d" ] || mount -t tmpfs -o ro none "$d"; done`,
  );
  await expect(
    world.collector.logs(world.host('removed'), new HashingSink(), options(), context(60_000)),
  ).rejects.toMatchObject({ code: 'LOGS_UNAVAILABLE' });
  const sink = new HashingSink(64 * 1024 * 1024);
  const summary = await world.collector.alternative(world.host('removed'), sink, options(), context(60_000));
  expect(summary.rung).toBe(6);
  const saved = [...sink.arrived.values()].filter(({ info }) => info.name.startsWith('open-deleted'));
  expect(saved.some(({ head }) => head.subarray(0, 8).toString() === 'LPKSHHRH')).toBe(true);
  expect(saved.some(({ info }) => /was .*\.journal \(deleted\)/.test(info.command))).toBe(true);
  expect(Buffer.concat(saved.map(({ head }) => head)).includes('a mark that only the journal has')).toBe(true);
});

test('E3 a corrupt journal is kept as raw bytes', async () => {
  const machine = world.machine('corrupt');
  await on(
    machine,
    `${STOP_JOURNAL}
     for f in /var/log/journal/*/*.journal; do head -c 4096 /dev/urandom | dd of="$f" conv=notrunc status=none; done`,
  );
  await expect(
    world.collector.logs(world.host('corrupt'), new HashingSink(), options(), context(60_000)),
  ).rejects.toMatchObject({ code: 'LOGS_UNAVAILABLE' });
  const sink = new HashingSink();
  const summary = await world.collector.alternative(world.host('corrupt'), sink, options(), context(60_000));
  expect(summary.rung).toBeGreaterThanOrEqual(3);
  expect(sink.missing('journal-persistent').stderr).not.toBe('');
  const raw = [...sink.arrived.values()].filter(({ info }) => info.name.startsWith('journal-raw'));
  const digests = (await on(machine, 'sha256sum /var/log/journal/*/*.journal | cut -c 1-64')).trim().split('\n');
  expect(raw.map(({ sha256 }) => sha256).sort()).toEqual(digests.sort());
});

test('E3 logs on a read-only disk are read all the same', async () => {
  await on(world.machine('readonly'), 'mount --bind /var/log /var/log && mount -o remount,ro,bind /var/log');
  const sink = new HashingSink();
  const summary = await world.collector.logs(world.host('readonly'), sink, options(), context(60_000));
  expect(summary.rung).toBe(1);
  expect(sink.get('journal-export').bytes).toBeGreaterThan(0);
  expect(sink.get('log-system').head.toString()).toMatch(/ \/var\/log \S+ ro[, ]/);
});

test('B13 a reading sees the attacker come and go, his failed logins, his listener and what the rules drop', async () => {
  const machine = world.machine('measured');
  const host = world.host('measured');
  const { identityFile, publicKey } = makeKey(world.folder, 'stolen');
  const stranger = makeKey(world.folder, 'stranger').identityFile;
  await on(
    machine,
    `useradd -m -s /bin/bash eve && mkdir -m 700 ~eve/.ssh && echo '${publicKey}' >~eve/.ssh/authorized_keys && chown -R eve ~eve/.ssh`,
  );
  const [source = '', other = ''] = world.lab.attacker.addresses4(2);
  const watched = { accounts: ['eve'], sources: [source] };
  const before = await world.collector.reading(host, watched, context(10_000));
  expect(before).toMatchObject({
    host: 'measured',
    attackerSessions: 0,
    droppedPackets: null,
    failedLoginsPerMinute: 0,
  });
  expect(before.listeners).toContain('tcp/22');
  expect(before.load).toBeGreaterThanOrEqual(0);

  for (let n = 0; n < 5; n += 1) {
    const refused = world.lab.attacker.ssh({
      source: other,
      host: machine,
      user: 'root',
      identityFile: stranger,
      command: 'true',
    });
    expect(await refused.established).toBe(false);
    await refused.closed;
  }
  const session = world.lab.attacker.ssh({ source, host: machine, user: 'eve', identityFile, command: 'sleep 300' });
  expect(await session.established).toBe(true);
  await on(
    machine,
    `(setsid python3 -c 'import socket,time; s=socket.create_server(("", 4444)); time.sleep(300)' >/dev/null 2>&1 &)
     nft -f - <<'END'
table inet firebreak {
  chain pre {
    type filter hook prerouting priority -310; policy accept;
    ip saddr ${other} counter drop
  }
}
END
     sleep 0.5`,
  );
  await world.lab.attacker.probe({
    sources: [other],
    target: machine.serviceAddress,
    targetPort: 22,
    timeoutMs: 1_500,
  });

  const during = await world.collector.reading(host, watched, context(10_000));
  expect(during.attackerSessions).toBeGreaterThanOrEqual(2);
  expect(during.droppedPackets).toBeGreaterThan(0);
  expect(during.failedLoginsPerMinute).toBe(1);
  expect(during.listeners).toContain('tcp/4444');

  session.kill();
  await session.closed;
  await on(
    machine,
    'pkill -KILL -u eve; for n in 1 2 3 4 5 6 7 8 9 10; do pgrep -u eve >/dev/null || break; sleep 0.3; done',
  );
  expect((await world.collector.reading(host, watched, context(10_000))).attackerSessions).toBe(0);
});
