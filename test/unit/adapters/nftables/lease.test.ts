import { spawnSync } from 'node:child_process';
import { contains, makeRange, overlaps, parseRange } from '../../../../src/domain/addresses';
import { actionId, incidentId } from '../../../../src/domain/ids';
import { blockParts } from '../../../../src/adapters/host-script/source-blocks/block-scripts';
import { blockComment, blockKey } from '../../../../src/adapters/host-script/source-blocks/block-request';
import { NFTABLES_RUNG } from '../../../../src/adapters/nftables/nftables-rung';
import { hostScript } from '../../../../src/adapters/host-script/host-script';

/** Runs shell words with the functions of the block scripts, under sh as on a host. */
function sh(words: string, input = '') {
  const script = hostScript('test', 'FIREBREAK_PEER=203.0.113.77', ...blockParts([NFTABLES_RUNG]), words).text;
  return spawnSync('sh', ['-s'], {
    input: `${script}\n`,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, INPUT: input },
  });
}
const lease = (lines: string) => sh('printf "%s" "$INPUT" | sb_make_lease 2000000000 both', lines);

const FIRST = actionId(incidentId('INC-20261120-7F3K'), 'block-sources', 'web-1');
const LONG = actionId(incidentId('INC-20261120-7F3K'), 'block-sources', `w${'x'.repeat(95)}`);

describe('lease of a block on the host', () => {
  test.each([FIRST, LONG])('C4 host and orchestrator name the act alike: %s', (action) => {
    const { stdout } = sh(`k=$(sb_key '${action}'); echo "$k"; sb_comment '${action}' "$k"`);
    expect(stdout.split('\n')).toEqual([blockKey(action), blockComment(action)]);
    expect(blockComment(action).length).toBeLessThan(128);
    // Set names of ipset hold 31 bytes, chain names of iptables 28.
    expect(`fb4h-${blockKey(action)}`.length).toBeLessThanOrEqual(31);
  });

  test('B5 what the order or the host protects is refused, also when a prefix reaches into it', () => {
    const { stdout } = lease(
      'protect 198.51.100.0/24\nblock 198.18.7.1\nblock 198.51.100.7\nblock 198.51.0.0/16\nblock 203.0.113.77\nblock 2001:db8::1\nblock ::1\n',
    );
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('block'))).toEqual(['block 198.18.7.1', 'block 2001:db8::1']);
    expect(lines.filter((line) => line.startsWith('refused'))).toEqual([
      'refused 198.51.100.7',
      'refused 198.51.0.0/16',
      'refused 203.0.113.77',
      'refused ::1',
    ]);
    expect(lines.slice(0, 2)).toEqual(['expires 2000000000', 'direction both']);
  });

  test.each([
    'block $(id)',
    'block 1.2.3',
    'block 1.2.3.4 x',
    'allow 1.2.3.4',
    'block 0.0.0.0/0',
    'block ::/0',
    'block 1.2.3.4/33',
    'block 1::2::3',
    'block',
  ])('C11 malformed data is refused as a whole: %s', (line) => {
    expect(lease(`block 198.18.7.1\n${line}\n`).status).toBe(64);
  });

  test('C1 the host’s reading of ranges agrees with the orchestrator’s on random pairs', () => {
    let seed = 904;
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const bits = (n: number) =>
      Array.from({ length: n }, () => BigInt(random(4) === 0 ? 1 : 0)).reduce((a, b) => (a << 1n) | b, 0n);
    const some = () => {
      const family = random(2) === 0 ? 4 : 6;
      return family === 4 ? makeRange(4, bits(32), 1 + random(32)) : makeRange(6, bits(128), 1 + random(128));
    };
    const pairs = Array.from({ length: 600 }, () => [some(), some()] as const);
    const { stdout } = sh(
      `printf '%s' "$INPUT" | awk "$FB_RANGE_AWK"'{
        set = "s" NR; learn(set, $1); if (!range($2)) { print "bad"; next }
        print covered(set, R_F, R_B, R_P), touching(set, R_F, R_B, R_P) }'`,
      pairs.map(([a, b]) => `${a.text} ${b.text}\n`).join(''),
    );
    const expected = pairs.map(([a, b]) => `${Number(contains(a, b))} ${Number(overlaps(a, b))}`);
    expect(stdout.trim().split('\n')).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(2);
  });

  test('C1 no set joins time-outs with auto-merge, and every element carries end and owner', () => {
    const { stdout } = sh(
      `f=$(mktemp); printf '%s' "$INPUT" | sb_make_lease $(($(date +%s) + 600)) both >"$f"; nftables_rules "$f" KEY OWNER; rm -f "$f"`,
      'block 198.18.7.1\nblock 198.51.0.0/17\nblock 2001:db8::/48\n',
    );
    const sets = stdout.split('\n').filter((line) => line.startsWith('add set'));
    expect(sets).toHaveLength(6);
    expect(sets.filter((line) => line.includes('timeout') && line.includes('auto-merge'))).toEqual([]);
    expect(stdout.match(/timeout (?:600|5\d\d)s comment "OWNER"/g)).toHaveLength(3);
    expect(parseRange('198.51.0.0/17')?.text).toBe('198.51.0.0/17');
  });
});
