import { makeHostile } from '../../../demo/lab/hostility';
import type { LogOptions } from '../../../src/ports/collection';
import type { CollectionWorld } from './world';
import { HashingSink, collectionWorld, context, on } from './world';

/** Each test has a host of its own. */
const HOSTS = ['names', 'swapped', 'greedy', 'large', 'many'];

let world: CollectionWorld;
beforeAll(async () => {
  world = await collectionWorld(HOSTS);
});
afterAll(() => world.down());

const options = (overrides: Partial<LogOptions> = {}): LogOptions => ({
  since: new Date(Date.now() - 3_600_000).toISOString(),
  maxBytes: 64 * 1024 * 1024,
  paths: [],
  ...overrides,
});

const SHADOW = /^root:[^:]*:\d{5}:/m;
const everything = (sink: HashingSink) =>
  Buffer.concat([...sink.arrived.values()].map(({ head }) => head)).toString('latin1');

test('H3 a line break in the name of a directory makes no second path: the name is refused, and on record', async () => {
  const machine = world.machine('names');
  await makeHostile(machine, ['newline-names']);
  await on(
    machine,
    `systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket systemd-journald.service 2>&1
    rm -rf /var/log/journal/* /run/log/journal/*; echo plain >/var/log/app/plain.log
    chmod 644 /etc/shadow; touch /etc/shadow`,
  );
  const sink = new HashingSink();
  await world.collector.alternative(world.host('names'), sink, options(), context(60_000));
  const taken = [...sink.arrived].filter(([name]) => name.startsWith('other-log'));
  expect(taken.some(([, { head }]) => head.toString() === 'plain\n')).toBe(true);
  expect(everything(sink)).not.toMatch(SHADOW);
  const refused = sink.absences.filter(({ source }) => source.startsWith('other-log'));
  expect(refused.some(({ command }) => command.includes('/var/log/app/x?/etc/shadow'))).toBe(true);
});

test('H3 a log that becomes a link between the look and the opening is not taken', async () => {
  const machine = world.machine('swapped');
  await on(
    machine,
    `mkdir -p /var/log/nginx; echo request >/var/log/nginx/access.log
    cat >/usr/local/sbin/readlink <<'PROGRAM'
#!/bin/sh
/usr/bin/readlink "$@"
case $* in *nginx/access.log) ln -sf /etc/shadow /var/log/nginx/access.log ;; esac
PROGRAM
    chmod 755 /usr/local/sbin/readlink`,
  );
  const sink = new HashingSink();
  await world.collector.logs(world.host('swapped'), sink, options(), context(60_000));
  expect(await on(machine, '/usr/bin/readlink /var/log/nginx/access.log')).toContain('/etc/shadow');
  expect(everything(sink)).not.toMatch(SHADOW);
  expect(sink.absences.find(({ source }) => source === 'nginx-log')?.reason).toContain('not a regular file');
});

test('H3 the copy of a deleted program is that program’s, whatever it was called', async () => {
  const machine = world.machine('greedy');
  await on(
    machine,
    `mkdir -p '/tmp/a /proc/1/exe -> b'; cp /usr/bin/sleep '/tmp/a /proc/1/exe -> b/evil'
    (setsid '/tmp/a /proc/1/exe -> b/evil' 300 </dev/null >/dev/null 2>&1 &); sleep 0.3; rm '/tmp/a /proc/1/exe -> b/evil'`,
  );
  const sink = new HashingSink();
  await world.collector.volatile(world.host('greedy'), sink, context(30_000));
  const copies = [...sink.arrived].filter(([name]) => name.startsWith('deleted-executable.'));
  expect(copies.map(([, { sha256 }]) => sha256)).toEqual([
    (await on(machine, 'sha256sum </usr/bin/sleep')).slice(0, 64),
  ]);
  const pid = (await on(machine, 'pgrep -x evil')).trim();
  expect(copies[0]?.[0]).toMatch(new RegExp(`^deleted-executable\.pid-${pid}-`));
});

test('H3 a key file of a terabyte keeps nobody else’s keys out of the evidence', async () => {
  await on(
    world.machine('large'),
    `useradd -m aaa; useradd -m bbb; for u in aaa bbb; do mkdir /home/$u/.ssh; echo "key-of-$u" >/home/$u/.ssh/authorized_keys; done
    truncate -s 1T /home/aaa/.ssh/authorized_keys`,
  );
  const sink = new HashingSink();
  await world.collector.logs(world.host('large'), sink, options(), context(60_000));
  expect(sink.get('authorized-keys').head.toString('latin1')).toContain('key-of-bbb');
  expect(sink.absences.some(({ command }) => command.includes('/home/aaa/.ssh/authorized_keys'))).toBe(true);
});

test('H3 of 100,000 files in a log directory a bounded number is taken, and the rest is on record', async () => {
  await on(world.machine('many'), 'mkdir -p /var/log/nginx; cd /var/log/nginx; seq 100000 | xargs touch');
  const sink = new HashingSink();
  await world.collector.logs(world.host('many'), sink, options(), context(120_000));
  const taken = [...sink.arrived.keys(), ...sink.absences.map(({ source }) => source)];
  expect(taken.filter((name) => name.startsWith('nginx-log')).length).toBeLessThanOrEqual(201);
  expect(
    sink.absences.some(({ source, reason }) => source.startsWith('nginx-log') && reason.includes('more of them')),
  ).toBe(true);
  expect([...sink.arrived.keys()]).toContain('crontabs');
});
