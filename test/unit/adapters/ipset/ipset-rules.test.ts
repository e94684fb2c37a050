import { spawnSync } from 'node:child_process';
import { hostScript } from '../../../../src/adapters/host-script/host-script';
import { blockKey } from '../../../../src/adapters/host-script/source-blocks/block-request';
import { blockParts } from '../../../../src/adapters/host-script/source-blocks/block-scripts';
import { IPSET_RUNG, IPTABLES_RUNG } from '../../../../src/adapters/ipset/xtables-rungs';
import { actionId, incidentId } from '../../../../src/domain/ids';

const KEY = blockKey(actionId(incidentId('INC-20261120-7F3K'), 'block-sources', 'web-1'));

/** Runs shell words with the rungs' functions; `xt` is a host without any rule, `$f` a lease that ends in `left` seconds. */
function sh(words: string, left = 600, direction = 'both'): string {
  const lease = `expires $(($(date +%s) + ${left}))\ndirection ${direction}\nprotect 10.0.0.1\nblock 198.18.7.1\nblock 198.18.0.0/24\nblock 2001:db8::1\n`;
  const given = `f=$(mktemp); cat >"$f" <<END\n${lease}END\nxt() { :; }\nxt_families='4 6'\n${words}\nrm -f "$f"`;
  const script = hostScript('test', 'FIREBREAK_PEER=', ...blockParts([IPSET_RUNG, IPTABLES_RUNG]), given).text;
  return spawnSync('sh', ['-s'], { input: script, encoding: 'utf8' }).stdout;
}

describe('fallback rungs of source blocks', () => {
  test('C1 live sets are only ever swapped in: no element is added to a set in use', () => {
    const lines = sh(`ipset_fill "$f" ${KEY} OWNER`).trim().split('\n');
    expect(lines.filter((line) => line.startsWith('add')).map((line) => line.split(' ')[1])).toEqual([
      `tm4h-${KEY}`,
      `tm4n-${KEY}`,
      `tm6h-${KEY}`,
    ]);
    expect(lines.filter((line) => line.startsWith('swap'))).toHaveLength(4);
    expect(lines.find((line) => line.startsWith('add tm4h'))).toMatch(
      /^add tm4h-\S+ 198\.18\.7\.1 timeout (600|599) comment "OWNER" -exist$/,
    );
  });

  test('C10 an end beyond 24.8 days is cut to what the kernel takes', () => {
    expect(sh(`ipset_fill "$f" ${KEY} OWNER`, 90 * 86_400)).toContain('timeout 2147483 comment');
  });

  test('C1 the names fit into the kernel’s limits', () => {
    expect(`fb4h-${KEY}`.length).toBeLessThanOrEqual(31);
    expect(`fb-${KEY}`.length).toBeLessThanOrEqual(28);
  });

  test('C1 one transaction a family: protected first, both directions, jumps once', () => {
    const text = sh(`iptables_matches 4 "$f" OWNER | xt_chains 4 "$f" ${KEY}`);
    expect(text.trim().split('\n')).toEqual([
      '*raw',
      `:fb-${KEY} - [0:0]`,
      `:fo-${KEY} - [0:0]`,
      `-A fb-${KEY} -i lo -j RETURN`,
      `-A fo-${KEY} -o lo -j RETURN`,
      `-A fb-${KEY} -s 10.0.0.1 -j RETURN`,
      `-A fo-${KEY} -d 10.0.0.1 -j RETURN`,
      ...['198.18.7.1', '198.18.0.0/24'].flatMap((target) => [
        `-A fb-${KEY} -s ${target} -m comment --comment "OWNER" -j DROP`,
        `-A fb-${KEY} -d ${target} -m comment --comment "OWNER" -j DROP`,
        `-A fo-${KEY} -d ${target} -m comment --comment "OWNER" -j DROP`,
      ]),
      `-I PREROUTING 1 -j fb-${KEY}`,
      `-I OUTPUT 1 -j fo-${KEY}`,
      'COMMIT',
    ]);
  });

  test('C1 blocks of one direction leave the way out alone', () => {
    const text = sh(`iptables_matches 6 "$f" OWNER | xt_chains 6 "$f" ${KEY}`, 600, 'in');
    expect(text).not.toMatch(/OUTPUT|fo-|-d /);
    expect(text).toContain('-s 2001:db8::1 ');
  });
});
