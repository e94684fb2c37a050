import { blockKey, blockRequest } from '../../../../src/adapters/host-script/source-blocks/block-request';
import {
  blockOutcomes,
  releaseOutcomes,
  stillHeld,
} from '../../../../src/adapters/host-script/source-blocks/block-outcome';
import { parseHeldBlocks } from '../../../../src/adapters/host-script/source-blocks/held-blocks';
import { actionId, incidentId } from '../../../../src/domain/ids';
import { countOutcomes, type BlockSources } from '../../../../src/domain/plan';

const OTHER = '20261120-8H4M-00000000 INC-20261120-8H4M:block-sources:web-1';
const order = (sources: readonly string[], protect: readonly string[] = []): BlockSources => ({
  id: actionId(incidentId('INC-20261120-7F3K'), 'block-sources', 'web-1'),
  kind: 'block-sources',
  host: 'web-1',
  approval: 'none',
  expiresAt: '2026-11-20T12:00:00.000Z',
  direction: 'in',
  sources,
  protect,
});
const key = blockKey(order([]).id);
const own = (target: string, seconds: number | string = 600) =>
  `${key} INC-20261120-7F3K:block-sources:web-1 ${target} ${seconds}`;

async function judge(action: BlockSources, now: string[], before: string[] = [], refusedByHost: string[] = []) {
  const kernel = { before: await parseHeldBlocks(before), now: await parseHeldBlocks(now) };
  const without = { families: new Map(), says: '' };
  const state = { ...kernel, refusedByHost, without, secondsLeft: 600, key };
  const results = await blockOutcomes(blockRequest(action), state, 'applied');
  return results.map(({ target, outcome }) => `${target} ${outcome}`);
}

describe('outcome of a block per target', () => {
  test('C2 one result per target, doubles and other spellings counted once', async () => {
    const action = order(['192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '2001:DB8:0:0::1']);
    expect(await judge(action, [own('192.0.2.1'), own('2001:db8::1')])).toEqual([
      '192.0.2.1 applied',
      '2001:db8::1 applied',
    ]);
  });

  test('C2 what the kernel does not show is missing, whatever the exit code was', async () => {
    expect(await judge(order(['192.0.2.1', '192.0.2.2']), [own('192.0.2.1')])).toEqual([
      '192.0.2.1 applied',
      '192.0.2.2 missing',
    ]);
  });

  test.each([
    ['kernel', 'refused', 'no-ipv6'],
    ['tools', 'failed', 'family-tools'],
  ] as const)(
    'C2 what the filter does not hold because of the %s is %s, and only that',
    async (why, outcome, reason) => {
      const now = await parseHeldBlocks([own('192.0.2.1')]);
      const without = { families: new Map([[6, why]] as const), says: 'unable to initialize' };
      const state = { before: [], now, refusedByHost: [], without, secondsLeft: 600, key };
      const results = await blockOutcomes(
        blockRequest(order(['192.0.2.1', '192.0.2.2', '2001:db8::1'])),
        state,
        'applied',
      );
      expect(results).toMatchObject([
        { target: '192.0.2.1', outcome: 'applied' },
        { target: '192.0.2.2', outcome: 'missing', why: ['not-in-kernel'] },
        { target: '2001:db8::1', outcome, why: [reason] },
      ]);
      expect(results[2]?.detail?.includes('unable to initialize')).toBe(why === 'tools');
    },
  );

  test('C2 an element with another end is missing', async () => {
    const action = order(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']);
    const now = [own('192.0.2.1', 590), own('192.0.2.2', 60), own('192.0.2.3', '-'), own('192.0.2.4', 9_000)];
    expect((await judge(action, now)).map((line) => line.split(' ')[1])).toEqual([
      'applied',
      'missing',
      'missing',
      'missing',
    ]);
  });

  test('C4 another act’s element does not count as ours, but makes ours `already`', async () => {
    const action = order(['192.0.2.1', '192.0.2.2']);
    const theirs = `${OTHER} 192.0.2.1 600`;
    expect(await judge(action, [theirs])).toEqual(['192.0.2.1 missing', '192.0.2.2 missing']);
    expect(await judge(action, [theirs, own('192.0.2.1'), own('192.0.2.2')], [theirs])).toEqual([
      '192.0.2.1 already',
      '192.0.2.2 applied',
    ]);
  });

  test('B5 protected, malformed and host-refused targets are refused and never sent', async () => {
    const action = order(['192.0.2.1', '10.0.0.5', '10.0.0.0/8', 'evil.example', '203.0.113.9'], ['10.0.0.5']);
    const request = blockRequest(action);
    expect(request.lines).toBe('protect 10.0.0.5\nblock 192.0.2.1\nblock 203.0.113.9\n');
    expect(await judge(action, [own('192.0.2.1')], [], ['203.0.113.0/24'])).toEqual([
      '192.0.2.1 applied',
      '10.0.0.5 refused',
      '10.0.0.0/8 refused',
      'evil.example refused',
      '203.0.113.9 refused',
    ]);
  });

  test('C1 prefixes inside prefixes are left to the outer one, addresses are sent by themselves', async () => {
    const action = order(['198.51.100.0/24', '198.51.100.128/25', '198.51.100.7']);
    expect(blockRequest(action).lines).toBe('block 198.51.100.0/24\nblock 198.51.100.7\n');
    expect(await judge(action, [own('198.51.100.0/24'), own('198.51.100.7')])).toHaveLength(3);
    expect(new Set((await judge(action, [own('198.51.100.0/24')])).map((line) => line.split(' ')[1]))).toEqual(
      new Set(['applied']),
    );
  });

  test('C2 a source that the plan left to a prefix has its own result: `already` with the prefix, else what the prefix has', async () => {
    const action: BlockSources = {
      ...order(['198.51.100.0/24', '192.0.2.0/24']),
      covered: [
        { source: '198.51.100.7', by: '198.51.100.0/24' },
        { source: '192.0.2.128/25', by: '192.0.2.0/24' },
      ],
    };
    expect(blockRequest(action).lines).toBe('block 192.0.2.0/24\nblock 198.51.100.0/24\n');
    expect(await judge(action, [own('198.51.100.0/24')])).toEqual([
      '198.51.100.0/24 applied',
      '192.0.2.0/24 missing',
      '198.51.100.7 already',
      '192.0.2.128/25 missing',
    ]);
    const before = await parseHeldBlocks([own('198.51.100.0/24'), own('192.0.2.0/24')]);
    const now = await parseHeldBlocks([own('192.0.2.0/24')]);
    expect(
      countOutcomes(await releaseOutcomes(blockRequest(action), { before, now, refusedByHost: [], key })),
    ).toMatchObject({ applied: 1, already: 1, failed: 2 });
  });

  test('C5 the order’s digest changes with sources, direction, end and protected set', () => {
    const base = order(['192.0.2.1']);
    const digests = [
      base,
      order(['192.0.2.2']),
      order(['192.0.2.1'], ['10.0.0.1']),
      { ...base, direction: 'both' as const },
      { ...base, expiresAt: '2026-11-20T13:00:00.000Z' },
    ].map((action) => blockRequest(action).planSha256);
    expect(new Set(digests).size).toBe(5);
    expect(blockRequest(order(['192.0.2.1', '192.0.2.1'])).planSha256).toBe(digests[0]);
  });

  test('C4 a release counts what is gone, what was not there, what is still there, and who else holds it', async () => {
    const request = blockRequest(order(['192.0.2.1', '192.0.2.2', '192.0.2.3']));
    const before = await parseHeldBlocks([own('192.0.2.1'), own('192.0.2.3')]);
    const now = await parseHeldBlocks([own('192.0.2.3'), `${OTHER} 192.0.2.0/24 -`]);
    const results = await releaseOutcomes(request, { before, now, refusedByHost: [], key });
    expect(countOutcomes(results)).toMatchObject({ applied: 1, already: 1, failed: 1 });
    expect([...(await stillHeld(request, now, key))]).toEqual([['INC-20261120-8H4M', 3]]);
  });

  test('C2 lines that are not elements are left out', async () => {
    expect(
      await parseHeldBlocks(['', 'a b c d', `${own('192.0.2.1')} x`, own('host.example'), own('192.0.2.1', '1h')]),
    ).toHaveLength(1);
  });
});
