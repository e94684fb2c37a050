import { LOG_SOURCES, VOLATILE_SOURCES } from '../../../src/adapters/journal/sources';
import type { ReadingPart } from '../../../src/domain/security-state';
import type { CollectionWorld } from './world';
import { HashingSink, collectionWorld, context, logOptions, on } from './world';

/** Each test has a host of its own. */
const HOSTS = ['whole', 'missing', 'failing', 'silent', 'rootkit', 'poor', 'laddered'];

let world: CollectionWorld;
beforeAll(async () => {
  world = await collectionWorld(HOSTS);
});
afterAll(() => world.down());

const WATCHED = { accounts: ['root', 'nobody'], sources: ['192.0.2.1'] };

/** What an intruder leaves: an account's cron line, a program in /tmp, a process of a deleted file. */
const INTRUSION = `
  echo '* * * * * root /tmp/.x/miner' >/etc/cron.d/zz-miner; mkdir -p /tmp/.x; cp /usr/bin/sleep /tmp/.x/miner
  cp /usr/bin/sleep /tmp/.gone; (setsid /tmp/.gone 900 </dev/null >/dev/null 2>&1 &); sleep 0.3; rm /tmp/.gone`;

/** Puts the tools of a host away, or something else in their place. */
const replaced = (tools: readonly string[], text?: string) =>
  tools
    .map((tool) => {
      const away = `! p=$(command -v ${tool}) || { mv "$p" "$p.away"`;
      // Some tools lie in two places.
      if (text === undefined) return `${away}; }\n${away}; }`;
      return `${away}; printf '#!/bin/sh\\n%s\\n' '${text}' >"$p"; chmod 755 "$p"; }`;
    })
    .join('\n');
const restored = 'for p in /usr/bin/*.away /usr/sbin/*.away; do [ ! -e "$p" ] || mv -f "$p" "${p%.away}"; done';

/** Programs of the scripts, and which sources and parts of a reading must not be there without them. */
interface Without {
  readonly tools: readonly string[];
  readonly volatile?: readonly string[];
  readonly logs?: readonly string[];
  readonly parts?: readonly ReadingPart[];
}

/** Each group is taken away at once, so that the whole takes a minute. */
const WITHOUT: readonly Without[] = [
  {
    tools: ['find', 'who', 'nft', 'journalctl', 'lastb'],
    volatile: ['temporary-files', 'deleted-executables', 'deleted-executable', 'sessions', 'firewall-nft'],
    logs: ['changed-files', 'firewall-nft', 'firebreak-counters', 'logins-failed'],
    parts: ['droppedPackets', 'failedLoginsPerMinute'],
  },
  {
    tools: ['ss', 'ls', 'xargs', 'tar', 'dmesg'],
    volatile: ['sockets-tcp', 'sockets-udp', 'sockets-packet', 'processes-exe', 'deleted-executables'],
    logs: ['accounts', 'authorized-keys', 'crontabs', 'systemd-units', 'loader', 'start-up-files', 'kernel-ring'],
    parts: ['attackerSessions', 'listeners'],
  },
  {
    tools: ['ps', 'ip', 'loginctl', 'last', 'systemctl', 'awk', 'lastlog'],
    volatile: ['processes', 'processes-hidden', 'routes', 'addresses', 'neighbours', 'sessions-logind'],
    logs: ['systemd-timers', 'logins'],
    parts: ['attackerSessions', 'failedLoginsPerMinute'],
  },
  {
    tools: ['getent', 'readlink', 'sort', 'cut', 'gzip', 'tee', 'conntrack', 'iptables-save', 'ipset'],
    volatile: ['firewall-iptables', 'firewall-ipset'],
    logs: ['auth-log', 'syslog', 'journal-raw', 'wtmp'],
    parts: ['attackerSessions'],
  },
];

async function collected(name: string) {
  const volatile = new HashingSink();
  const logs = new HashingSink();
  const host = world.host(name);
  await world.collector.volatile(host, volatile, context(30_000));
  // Without a journal this is LOGS_UNAVAILABLE, and the ladder is next; what came is in the bag.
  await world.collector.logs(host, logs, logOptions(), context(120_000)).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'LOGS_UNAVAILABLE' });
  });
  const reading = await world.collector.reading(host, WATCHED, context(15_000));
  return { volatile, logs, reading };
}

/** What holds whatever is broken: each source is there or absent, and what is there has something to say. */
function expectNothingUnsaid(volatile: HashingSink, logs: HashingSink): void {
  expect(volatile.unmentioned(VOLATILE_SOURCES.keys())).toEqual([]);
  expect(logs.unmentioned(LOG_SOURCES.keys())).toEqual([]);
  for (const { bytes } of [...volatile.arrived.values(), ...logs.arrived.values()]) expect(bytes).toBeGreaterThan(0);
}

test('E3 on a host whose tools work every source answers, and the intruder is seen', async () => {
  await on(world.machine('whole'), INTRUSION);
  const { volatile, logs, reading } = await collected('whole');
  expectNothingUnsaid(volatile, logs);
  expect(volatile.get('temporary-files').head.toString()).toContain('/tmp/.x/miner');
  expect(volatile.get('deleted-executables').head.toString()).toMatch(
    /\/tmp\/\.gone \(deleted\).*\n\d+ processes looked at, 1 of them/,
  );
  expect(volatile.get('processes-hidden').head.toString()).toMatch(
    /^\d+ processes in \/proc, 0 of them not shown by ps\n$/,
  );
  expect(logs.get('changed-files').head.toString()).toContain('/etc/cron.d/zz-miner');
  for (const name of ['sockets-udp', 'sockets-packet', 'sessions', 'sessions-logind', 'firewall-nft', 'neighbours'])
    expect(volatile.get(name).info.exitCode).toBe(0);
  expect(volatile.get('firewall-nft').head.toString()).toMatch(/# no more by nftables v/);
  expect(reading.unknown).toBeUndefined();
  expect(reading.attackerSessions).not.toBeNull();
  expect(reading.failedLoginsPerMinute).toBe(0);
});

describe.each([
  ['missing', undefined, 127],
  ['failing', 'echo broken >&2; exit 3', 3],
  ['silent', 'exit 0', undefined],
] as const)('E3 B13 on a host whose tools are %s', (name, text, code) => {
  beforeAll(() => on(world.machine(name), INTRUSION));

  test.each(WITHOUT)('nothing is said of what $tools would have shown', async (without) => {
    const machine = world.machine(name);
    await on(machine, replaced(without.tools, text));
    const { volatile, logs, reading } = await collected(name).finally(() => on(machine, restored));
    expectNothingUnsaid(volatile, logs);
    for (const source of without.volatile ?? []) {
      expect([...volatile.sources]).not.toContain(source);
      if (code !== undefined && source !== 'deleted-executable') {
        expect(volatile.missing(source)).toMatchObject({ exitCode: code });
        expect(volatile.missing(source).stderr).toMatch(/not found|broken|No such file/);
      }
    }
    for (const source of without.logs ?? []) {
      expect([...logs.sources]).not.toContain(source);
      if (code !== undefined) expect(logs.absences.some((absence) => absence.source === source)).toBe(true);
    }
    for (const part of without.parts ?? []) {
      expect(reading.unknown).toHaveProperty(part);
      expect(reading[part]).toBeNull();
    }
  });
});

test('E1 a ps that leaves a process out makes that one hidden, and no other', async () => {
  const machine = world.machine('rootkit');
  await on(
    machine,
    `(setsid sleep 901 </dev/null >/dev/null 2>&1 &); mv /usr/bin/ps /usr/bin/ps.real
    printf '#!/bin/sh\\nhide=$(pgrep -f "sleep 90[1]" | head -n 1)\\n/usr/bin/ps.real "$@" | grep -v "^ *$hide\\\\b"\\n' >/usr/bin/ps; chmod 755 /usr/bin/ps`,
  );
  const sink = new HashingSink();
  await world.collector.volatile(world.host('rootkit'), sink, context(30_000));
  const pid = (await on(machine, 'pgrep -f "sleep 90[1]" | head -n 1')).trim();
  const lines = sink.get('processes-hidden').head.toString().trim().split('\n');
  expect(lines[0]).toBe(`${pid} sleep 901 `);
  expect(lines[1]).toMatch(/^\d+ processes in \/proc, 1 of them not shown by ps$/);
  expect(lines).toHaveLength(2);
});

test('E3 tools that do not know the options are tools that fail', async () => {
  const machine = world.machine('poor');
  const text = 'echo "$(basename "$0"): unrecognized: $1" >&2; exit 1';
  await on(machine, INTRUSION + '\n' + replaced(['find', 'ps', 'ss', 'ls', 'who'], text));
  const { volatile, logs, reading } = await collected('poor');
  expectNothingUnsaid(volatile, logs);
  expect(volatile.missing('temporary-files')).toMatchObject({ exitCode: 1, reason: 'it failed' });
  expect(volatile.missing('processes-hidden').stderr).toContain('unrecognized');
  expect(logs.missing('changed-files').stderr).toContain('find: unrecognized');
  expect(reading).toMatchObject({ attackerSessions: null, listeners: null });
});

test('E3 down the ladder too nothing that failed is read as nothing found', async () => {
  const machine = world.machine('laddered');
  await on(machine, `rm -rf /var/log/journal/* /run/log/journal/*\n${replaced(['find', 'journalctl', 'dmesg'])}`);
  const sink = new HashingSink();
  await world.collector.alternative(world.host('laddered'), sink, logOptions(), context(60_000));
  expect(sink.missing('other-log')).toMatchObject({ exitCode: 127, reason: 'the program that lists them failed' });
  expect(sink.missing('open-deleted')).toMatchObject({ exitCode: 127 });
  expect(sink.missing('kernel-ring')).toMatchObject({ exitCode: 127 });
  expect(sink.get('auth-log').bytes).toBeGreaterThan(0);
});
