import { ShellHostCollector } from '../../../../src/adapters/journal/host-collector';
import { HOST, ScriptedShell, context, frame } from './worlds';

const NFT = (table: string, packets: number) =>
  JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'inet', name: table } },
      { rule: { chain: 'pre', expr: [{ match: {} }, { counter: { packets, bytes: 1 } }, { drop: null }] } },
      { rule: { chain: 'pre', expr: [{ counter: { packets: 999 } }, { accept: null }] } },
    ],
  });

const ORDINARY = {
  load: '0.50\n2\n32768\t60999\n',
  counters: `${NFT('firebreak', 40)}\n${NFT('firebreak_iso', 2)}\nasked 2\n`,
  accounts: 'root:x:0:0::/root:/bin/sh\neve:x:1001:1001::/home/eve:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n',
  processes: 'asked 88\n0 80\n1001 3\n33 5\n',
  sessions: 'SESSION UID USER SEAT TTY\n5 1001 eve - pts/0\n6 0 toor - pts/1\n2 sessions listed.\n',
  peers: 'asked 8\n2 203.0.113.9:50022\n1 [::ffff:203.0.113.200]:443\n4 192.0.2.1:22\n1 [2001:db8:a:1::5]:9999\n',
  listeners:
    'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\ntcp LISTEN 0 128 [::]:22 [::]:*\ntcp LISTEN 0 5 127.0.0.1:6010 0.0.0.0:*\n' +
    'tcp LISTEN 0 5 *:4444 *:*\nudp UNCONN 0 0 0.0.0.0:53 0.0.0.0:*\nudp UNCONN 0 0 0.0.0.0:41234 0.0.0.0:*\n',
  'failed-journal': 'counted 50\n',
  'failed-btmp': 'counted 12\n',
};

type Source = keyof typeof ORDINARY;

function read(
  outputs: Partial<typeof ORDINARY>,
  accounts: string[] = [],
  sources: string[] = [],
  trailers: Partial<Record<Source, string>> = {},
) {
  const frames = Object.entries(outputs).map(([source, text]) => {
    const trailer = trailers[source as Source];
    return frame.artefact(source, text, trailer === undefined ? {} : { trailer });
  });
  const shell = new ScriptedShell(() => [frame.hello(), ...frames, frame.done]);
  return new ShellHostCollector(shell, () => 0).reading(HOST, { accounts, sources }, context(10_000));
}

test('B13 a reading in the words of the domain', async () => {
  expect(await read(ORDINARY)).toEqual({
    host: 'web-1',
    at: '1970-01-01T00:00:00.000Z',
    droppedPackets: 42,
    attackerSessions: 0,
    failedLoginsPerMinute: 10,
    listeners: ['tcp/22', 'tcp/4444', 'udp/53'],
    load: 0.25,
  });
});

test.each([
  ['processes of an account', ['eve'], [], 3],
  ['an account named twice', ['eve', 'eve'], [], 3],
  ['an unknown account', ['mallory'], [], 0],
  ['sessions of an alias of root, not all of its processes', ['toor'], [], 1],
  ['connections from an address', [], ['203.0.113.9'], 2],
  ['connections from a prefix, mapped addresses too', [], ['203.0.113.0/24'], 3],
  ['connections from a v6 prefix', [], ['2001:db8:a::/48'], 1],
  ['both', ['eve'], ['203.0.113.9'], 5],
])('B13 the attacker is counted by %s', async (_, accounts, sources, expected) => {
  expect((await read(ORDINARY, accounts, sources)).attackerSessions).toBe(expected);
});

test('B13 without a table of Firebreak nothing is said about dropped packets', async () => {
  const reading = await read({ ...ORDINARY, counters: 'asked 0\n' });
  expect(reading.droppedPackets).toBeNull();
  expect(reading.unknown).toBeUndefined();
});

test('B13 an emptied journal does not make failed logins vanish', async () => {
  expect((await read({ ...ORDINARY, 'failed-journal': 'counted 0\n' })).failedLoginsPerMinute).toBe(2.4);
});

test.each([
  'null',
  '[]',
  '{"nftables":5}',
  '{"nftables":[null,5,{"rule":null},{"rule":{"expr":[null,"drop",5]}}]}',
  '{',
])('B13 nonsense from nft is no count: %s', async (counters) => {
  const reading = await read({ ...ORDINARY, counters: `${counters}\nasked 1\n` });
  expect(reading.droppedPackets).toBeNull();
  expect(reading.unknown).toMatchObject({ droppedPackets: 'counters: 0 of 1 tables could be read' });
});

test('B13 a reading that breaks off is no reading', async () => {
  const shell = new ScriptedShell(() => [frame.hello(), frame.artefact('load', '0.1\n1\n')]);
  await expect(
    new ShellHostCollector(shell).reading(HOST, { accounts: [], sources: [] }, context(10_000)),
  ).rejects.toMatchObject({ code: 'LOGS_UNAVAILABLE' });
});

test('B13 a host cannot fill the memory with a reading', async () => {
  function* endless() {
    yield frame.hello();
    yield frame.begin('peers');
    for (;;) yield frame.bytes(Buffer.alloc(48 * 1024));
  }
  await expect(
    new ShellHostCollector(new ScriptedShell(endless)).reading(HOST, { accounts: [], sources: [] }, context(10_000)),
  ).rejects.toMatchObject({ code: 'HOST_REPLY_REFUSED' });
});

const PARTS: readonly (readonly [Source, string, unknown])[] = [
  ['counters', 'droppedPackets', 42],
  ['accounts', 'attackerSessions', 5],
  ['processes', 'attackerSessions', 5],
  ['peers', 'attackerSessions', 5],
  ['listeners', 'listeners', null],
  ['failed-journal', 'failedLoginsPerMinute', 10],
  ['failed-btmp', 'failedLoginsPerMinute', 10],
  ['load', 'load', null],
];

test.each(PARTS)(
  'B13 when what reads %s fails, %s is the least that it can be, with the reason',
  async (source, part, least) => {
    const trailers = { [source]: '@exit 127\n@stderr =sh: 1: tool: not found\n' };
    const reading = await read(ORDINARY, ['eve'], ['203.0.113.9'], trailers);
    expect(reading).toMatchObject({ [part]: least });
    expect(reading.unknown).toEqual({ [part]: `${source}: exit 127: “sh: 1: tool: not found”` });
  },
);

test.each(PARTS)(
  'B13 when %s is cut, or says nothing, or was not asked, %s is not known and never 0',
  async (source, part) => {
    const cut = await read(ORDINARY, ['eve'], ['203.0.113.9'], { [source]: '@exit 0\n@cut size-cap\n' });
    expect(cut.unknown).toEqual({ [part]: `${source}: cut (size-cap)` });
    const others = Object.fromEntries(Object.entries(ORDINARY).filter(([other]) => other !== source));
    const quiet: Partial<typeof ORDINARY> = {
      ...others,
      processes: 'asked 3\n0 80\n',
      peers: 'asked 0\n',
      sessions: 'No sessions.\n',
    };
    quiet['failed-journal'] = quiet['failed-btmp'] = 'counted 0\n';
    if (source !== 'counters') quiet.counters = 'asked 0\n';
    for (const outputs of [{ ...quiet, [source]: '' }, omit(quiet, source)]) {
      const reading = await read(outputs, ['eve'], ['203.0.113.9']);
      expect(reading.unknown).toHaveProperty(part);
      expect(reading).toMatchObject({ [part]: null });
    }
  },
);

const omit = (outputs: Partial<typeof ORDINARY>, source: Source) =>
  Object.fromEntries(Object.entries(outputs).filter(([other]) => other !== source));

test('B13 sessions are needed for aliases of root and names that no account has, and for nobody else', async () => {
  const trailers = { sessions: '@exit 1\n' };
  expect((await read(ORDINARY, ['eve'], [], trailers)).unknown).toBeUndefined();
  expect((await read(ORDINARY, ['mallory'], [], trailers)).unknown).toHaveProperty('attackerSessions');
});

test('B13 a host that writes no btmp is not one that hides it', async () => {
  const frames = Object.entries(omit(ORDINARY, 'failed-btmp')).map(([source, text]) => frame.artefact(source, text));
  const stream = [frame.hello(), ...frames, frame.absent('failed-btmp', 'no-file', '/var/log/btmp'), frame.done];
  const collector = new ShellHostCollector(new ScriptedShell(() => stream), () => 0);
  const reading = await collector.reading(HOST, { accounts: [], sources: [] }, context(10_000));
  expect(reading.failedLoginsPerMinute).toBe(10);
  expect(reading.unknown).toBeUndefined();
});

test('H2 what a login prints before a reading is told, as one printable line', async () => {
  const stream = Object.entries(ORDINARY).map(([source, text]) => frame.artefact(source, text));
  const shell = new ScriptedShell(() => [frame.hello(), ...stream, frame.done], { noise: 'use\u001b[2J\nonly\n' });
  const reading = await new ShellHostCollector(shell, () => 0).reading(
    HOST,
    { accounts: [], sources: [] },
    context(10_000),
  );
  expect(reading.noise).toBe('use [2J only');
});
