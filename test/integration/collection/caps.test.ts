import { LOG_SOURCES } from '../../../src/adapters/journal/sources';
import type { CollectionWorld } from './world';
import { HashingSink, collectionWorld, context, logOptions, on } from './world';

/** Each test has a host of its own. */
const HOSTS = ['sites', 'heavy', 'longlog', 'modern'];
const MIB = 1024 * 1024;

let world: CollectionWorld;
beforeAll(async () => {
  world = await collectionWorld(HOSTS);
});
afterAll(() => world.down());

const PERSISTENCE = [
  'accounts',
  'authorized-keys',
  'crontabs',
  'systemd-units',
  'loader',
  'start-up-files',
  'changed-files',
];

test('E2 of 1,050 sites with two logs each the newest are taken, the rest is counted, and nothing else is lost', async () => {
  await on(
    world.machine('sites'),
    `mkdir -p /var/log/nginx; cd /var/log/nginx; i=0
    while [ $i -lt 1050 ]; do echo "$i" >v$i.access.log; echo "$i" >v$i.error.log; i=$((i + 1)); done
    find . -name 'v*.log' -exec touch -d '2 hours ago' {} +; touch v777.access.log v778.error.log`,
  );
  const sink = new HashingSink();
  await world.collector.logs(world.host('sites'), sink, logOptions(), context(240_000));
  expect(sink.unmentioned(LOG_SOURCES.keys())).toEqual([]);
  for (const source of [...PERSISTENCE, 'journal-export', 'journal-raw', 'wtmp'])
    expect([...sink.sources]).toContain(source);
  const taken = [...sink.arrived.keys()].filter((name) => name.startsWith('nginx-log'));
  expect(taken).toHaveLength(200);
  expect(taken.join()).toMatch(/v777\.access\.log.*v778\.error\.log|v778\.error\.log.*v777\.access\.log/);
  const left = sink.absences.filter(
    ({ source, reason }) => source.startsWith('nginx-log') && reason.includes('more of them'),
  );
  expect(left.map(({ command }) => command)).toEqual([
    expect.stringMatching(/^1\d\d\d more files of \/var\/log\/nginx/),
  ]);
});

test('E2 one source that is too large for all costs the others nothing, and loses its oldest', async () => {
  await on(
    world.machine('heavy'),
    `mkdir -p /var/log/nginx; cd /var/log/nginx; for i in $(seq 1 20); do head -c 1000000 /dev/urandom >big$i.log; done
    touch -d '1 hour ago' big*.log; touch big7.log`,
  );
  const sink = new HashingSink();
  await world.collector.logs(world.host('heavy'), sink, logOptions({ maxBytes: MIB }), context(120_000));
  expect(sink.unmentioned(LOG_SOURCES.keys())).toEqual([]);
  const sizes = [...sink.arrived].filter(([name]) => name.startsWith('nginx-log'));
  expect(sizes.reduce((sum, [, { bytes }]) => sum + bytes, 0)).toBeLessThanOrEqual(MIB);
  expect(sizes[0]?.[0]).toContain('big7');
  for (const source of PERSISTENCE) expect([...sink.sources]).toContain(source);
});

test('E2 of a journal larger than the cap the newest entries are kept, and a file of it whole or not at all', async () => {
  await on(
    world.machine('longlog'),
    `systemctl stop rsyslog.service syslog.socket 2>&1
    mkdir -p /etc/systemd/journald.conf.d
    printf '[Journal]\\nRateLimitIntervalSec=0\\nRateLimitBurst=0\\n' >/etc/systemd/journald.conf.d/test.conf
    systemctl restart systemd-journald
    seq 1 8000 | sed 's/^/an ordinary line of an ordinary day, number /' | logger -t app
    logger -t app MARKER-THE-BREAKIN; journalctl --sync`,
  );
  const sink = new HashingSink(2 * MIB);
  const summary = await world.collector.logs(
    world.host('longlog'),
    sink,
    logOptions({ maxBytes: MIB }),
    context(120_000),
  );
  const journal = sink.get('journal-export');
  expect(journal.bytes).toBe(MIB);
  expect(journal.info.truncated).toBe('size-cap');
  expect(journal.head.toString('latin1')).toContain('MARKER-THE-BREAKIN');
  expect(journal.head.toString('latin1')).not.toContain('ordinary day, number 1\n');
  expect(summary.truncated).toContain('journal-export');
  const part = [...sink.arrived].filter(
    ([name, { info }]) => name.startsWith('journal-raw') && info.truncated !== undefined,
  );
  expect(part).toEqual([]);
  expect(sink.absences.filter(({ source }) => source.startsWith('journal-raw'))).toContainEqual(
    expect.objectContaining({ reason: expect.stringContaining('larger than what is taken') as unknown }),
  );

  const whole = new HashingSink(64 * MIB);
  await world.collector.logs(world.host('longlog'), whole, logOptions(), context(120_000));
  const raw = [...whole.arrived].filter(([name]) => name.startsWith('journal-raw'));
  expect(raw.some(([, { head }]) => head.includes('MARKER-THE-BREAKIN'))).toBe(true);
  expect(raw.every(([, { info }]) => info.truncated === undefined)).toBe(true);
});

test('E2 who logged in comes from where current releases keep it, with what their programs make of it', async () => {
  await on(
    world.machine('modern'),
    `rm -f /var/log/wtmp /var/log/btmp /var/log/lastlog; mkdir -p /var/lib/wtmpdb /var/lib/lastlog
    printf 'SQLite format 3\\000wtmp' >/var/lib/wtmpdb/wtmp.db; printf 'SQLite format 3\\000last' >/var/lib/lastlog/lastlog2.db
    printf wal >/var/lib/wtmpdb/wtmp.db-wal
    printf '#!/bin/sh\\necho "wtmpdb $*"\\n' >/usr/bin/wtmpdb; printf '#!/bin/sh\\necho lastlog2\\n' >/usr/bin/lastlog2
    chmod 755 /usr/bin/wtmpdb /usr/bin/lastlog2`,
  );
  const sink = new HashingSink();
  await world.collector.logs(world.host('modern'), sink, logOptions(), context(60_000));
  expect(sink.get('wtmpdb').head.toString()).toBe('SQLite format 3\0wtmp');
  expect(sink.get('lastlog2').head.toString()).toBe('SQLite format 3\0last');
  expect([...sink.arrived.keys()].some((name) => name.startsWith('wtmpdb.') && name.includes('wal'))).toBe(true);
  expect(sink.get('logins-wtmpdb').head.toString()).toBe('wtmpdb last -a -F -w\n');
  expect(sink.get('logins-lastlog2').head.toString()).toBe('lastlog2\n');
  expect(sink.missing('wtmp').reason).toBe('there is no such file');
  const reading = await world.collector.reading(world.host('modern'), { accounts: [], sources: [] }, context(15_000));
  expect(reading.unknown).toBeUndefined();
  expect(reading.failedLoginsPerMinute).toBe(0);
});
