import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DUE } from '../../../../src/adapters/host-script/ends';
import { HOLDS } from '../../../../src/adapters/host-script/holds';
import { hostScript, shellPart } from '../../../../src/adapters/host-script/host-script';
import { blockParts } from '../../../../src/adapters/host-script/source-blocks/block-scripts';
import { IPSET_RUNG } from '../../../../src/adapters/ipset/xtables-rungs';
import { NFTABLES_RUNG } from '../../../../src/adapters/nftables/nftables-rung';

const ISOLATION = [HOLDS, DUE, shellPart(`${process.cwd()}/src/adapters/isolation`, 'isolation.sh')];
const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const DAY = 86_400;

describe('H10 moments by both clocks of a host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-moments-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs shell words with these parts of the programs, by a wall clock that has jumped by so many seconds. */
  function sh(parts: readonly string[], words: string, jumped = 0, input = ''): string {
    const fake = join(folder, 'date');
    writeFileSync(fake, `#!/bin/sh\n[ "$*" = +%s ] || exit 1\necho $(($(/bin/date +%s) + ${jumped}))\n`);
    chmodSync(fake, 0o755);
    const { text } = hostScript('test', 'FIREBREAK_PEER=', ...parts, 'fb_note_time', words);
    const { stdout, stderr, status } = spawnSync('sh', ['-s'], {
      input: `${text}\n`,
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, INPUT: input, FOLDER: folder },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout.trim();
  }
  const uptime = () => Math.floor(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]));
  const now = () => Math.floor(Date.now() / 1_000);
  const left = (...moments: string[]) =>
    sh([DUE], `printf '%s\\n' ${moments.map((m) => `'${m}'`).join(' ')} | fb_left`);

  it('until the next boot the uptime tells, whatever the wall clock says', () => {
    expect(Number(left(`1000 ${uptime() + 600} ${BOOT}`))).toBeGreaterThan(0);
    expect(Number(left(`${now() + DAY} ${uptime() - 600} ${BOOT}`))).toBeLessThan(0);
  });

  it('after a boot, and for what has been kept before there was an uptime, the wall clock tells', () => {
    expect(Number(left(`${now() + 600} 1 another`))).toBeGreaterThan(0);
    expect(Number(left(`${now() - 600} 99999999 another`))).toBeLessThan(0);
    expect(Number(left(`${now() + 600}`))).toBeGreaterThan(0);
    expect(Number(left(`${now() - 600}`))).toBeLessThan(0);
  });

  it('what cannot be read has no end, and of several the latest counts', () => {
    for (const odd of ['0', '', 'soon', '- - -', `1000 - ${BOOT}`, `1000 x ${BOOT}`, '999999999999999', '-5 1 another'])
      expect([odd, left(`1000 1 another`, odd)]).toEqual([odd, 'never']);
    expect(Number(left('1000', `${now() + 600}`, '2000 7 another'))).toBeGreaterThan(0);
    expect(sh([DUE], ': | fb_left')).toBe('');
  });

  it('a record is due by them, give or take what is allowed, and never when it cannot be read', () => {
    const due = (record: string, seconds: number) => {
      writeFileSync(join(folder, 'record'), record);
      return sh([DUE], `if is_due "$FOLDER/record" ${seconds}; then echo due; else echo kept; fi`);
    };
    const record = (end: number, up: number | string, boot = BOOT) =>
      `end ${end}\nboot ${boot}\nuptime ${up}\n\naction x\n`;
    expect(due(record(1000, uptime() - 700), 600)).toBe('due');
    expect(due(record(1000, uptime() - 500), 600)).toBe('kept');
    expect(due(record(now() + 20, uptime() + 20), -30)).toBe('due');
    expect(due(record(1000, uptime() + 40), -30)).toBe('kept');
    expect(due(record(now() - 700, 99999999, 'another'), 600)).toBe('due');
    expect(due(record(1000, 'soon'), 0)).toBe('kept');
    expect(due('boot another\nuptime 1\n\nend 1000\n', 0)).toBe('kept');
    expect(due('', 0)).toBe('kept');
  });

  it.each([DAY, -DAY])('C10 a clock that jumps by %d s makes no lease of a block nearer or further', (jumped) => {
    const parts = [...blockParts([NFTABLES_RUNG, IPSET_RUNG]), "xt_families='4 6'"];
    const lease = join(folder, 'lease');
    sh(parts, `printf '%s' "$INPUT" | sb_make_lease "$(fb_moment 3600)" in >"$FOLDER/lease"`, 0, 'block 198.18.7.1\n');
    const said = sh(
      parts,
      'sb_seconds_left "$FOLDER/lease"; echo; nftables_rules "$FOLDER/lease" K O; ipset_fill "$FOLDER/lease" K O',
      jumped,
    );
    const seconds = [said.split('\n')[0], ...[...said.matchAll(/198\.18\.7\.1 timeout (\d+)/g)].map(([, s]) => s)];
    expect(seconds).toHaveLength(3);
    for (const each of seconds.map(Number)) {
      expect(each).toBeGreaterThan(1_800);
      expect(each).toBeLessThanOrEqual(3_600);
    }
    expect(readFileSync(lease, 'utf8')).toMatch(new RegExp(`^expires \\d+ \\d+ ${BOOT}$`, 'm'));
  });

  it('C3 a clock that jumps ends no claim on an isolation: armed ones count, and the kernel keeps its time', () => {
    const owners = join(folder, 'hold', 'owners');
    mkdirSync(owners, { recursive: true });
    const claim = (name: string, armed: string, confirmed: number) =>
      writeFileSync(
        join(owners, `INC-${name}`),
        `until ${armed}\nconfirmed ${confirmed}\narmed ${armed}\nallow ${name}\n`,
      );
    claim('confirmed', `${now() + 3_600} ${uptime() + 3_600} ${BOOT}`, 1);
    claim('armed', `${now() + 300} ${uptime() + 300} ${BOOT}`, 0);
    claim('over', `${now() + DAY} ${uptime() - 10} ${BOOT}`, 0);
    for (const jumped of [0, DAY, -DAY]) {
      const said = sh(ISOLATION, 'hold=$FOLDER/hold; iso_claims allow | sort; iso_armed', jumped);
      expect(said.split('\n').slice(0, 2)).toEqual(['armed', 'confirmed']);
      expect(Number(/ipv4 timeout (\d+)s/.exec(said)?.[1])).toBeGreaterThan(1_800);
      expect(Number(/ipv4 timeout (\d+)s/.exec(said)?.[1])).toBeLessThanOrEqual(3_600);
    }
    claim('forever', '0', 1);
    expect(sh(ISOLATION, 'hold=$FOLDER/hold; iso_armed')).toContain('elements = { ipv4, ipv6 }');
  });
});
