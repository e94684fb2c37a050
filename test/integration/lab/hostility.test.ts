import { readFileSync } from 'node:fs';
import { labUp } from '../../../demo/lab/lab';
import { HOSTILE_DISK_MIB, HOSTILITIES, makeHarmless, makeHostile } from '../../../demo/lab/hostility';
import type { Lab, LabHost } from '../../../demo/lab/types';

const GATE = '/usr/local/sbin/firebreak-gate';
const SIX_TERABYTES = 6 * 1024 ** 4;

describe('a lab host that an attacker owns', () => {
  let lab: Lab;
  let hostile: LabHost;
  let ordinary: LabHost;
  let before: string;

  const on = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await hostile.exec(script);
    if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
    return stdout.trim();
  };
  const state = () =>
    on(`sha256sum ${GATE}; find /var/log/nginx /var/log/app /home -type f 2>/dev/null | sort; pgrep -c -u nobody || true
      ls /usr/local/sbin /var; systemctl is-system-running || true`);
  const mountsOfLab = () =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`/running/${lab.id}/`));

  beforeAll(async () => {
    lab = await labUp({
      hosts: [
        { name: 'hostile', role: 'host', diskMiB: HOSTILE_DISK_MIB },
        { name: 'ordinary', role: 'host' },
      ],
      log: () => undefined,
      provision: () => `
        useradd -m deploy; install -d -o deploy -m 700 /home/deploy/.ssh
        printf '#!/bin/sh\\necho honest\\n' >${GATE}; chmod 755 ${GATE}`,
    });
    [hostile, ordinary] = [lab.hosts.get('hostile')!, lab.hosts.get('ordinary')!];
    before = await state();
    await makeHostile(hostile);
  }, 600_000);

  afterAll(() => lab.down());

  it('gives a bad answer every second time, each time another one', async () => {
    const ask = () => on(`${GATE} </dev/null 2>/dev/null | head -c 40 | od -An -c | head -n 1 || true`);
    const [flood, first, random, second] = [await ask(), await ask(), await ask(), await ask()];
    expect(flood).toContain('h   e   l   d');
    expect(random).not.toBe(flood);
    for (const answer of [first, second]) expect(answer).toContain('h   o   n   e   s   t');
  });

  it('has files of six terabytes where logs and keys are', async () => {
    for (const path of ['/var/log/nginx/access.log', '/home/deploy/.ssh/authorized_keys2'])
      expect(await on(`stat -c %s ${path}`)).toBe(String(SIX_TERABYTES));
  });

  it('has names with line breaks and with what steers a terminal', async () => {
    expect(await on("ls -b /var/log/app; find /var/log/app -path '*x\n/etc/shadow' -printf found")).toBe('x\\n\nfound');
    expect(await on('ls -b /var/log/nginx')).toContain('a\\033[2J');
  });

  it('is full of processes, of which some come and go', async () => {
    const seen = new Set<string>();
    let count = 0;
    for (let tries = 0; tries < 300 && (count <= 1_000 || seen.size < 2); tries += 1) {
      count = Number(await on('pgrep -c -u nobody'));
      seen.add(await on('pgrep -n -u nobody'));
    }
    expect(count).toBeGreaterThan(1_000);
    expect(seen.size).toBeGreaterThan(1);
  });

  it('has no byte left on its disk, which is its own', async () => {
    expect((await hostile.exec('echo more >/etc/more; cat /etc/more')).stdout).toBe('');
    expect(await ordinary.exec('echo more >/etc/more; cat /etc/more')).toMatchObject({ code: 0, stdout: 'more\n' });
  });

  it('without a disk of its own is not filled', async () => {
    await expect(makeHostile(ordinary, ['full-disk'])).rejects.toMatchObject({ code: 'LAB_BAD_OPTIONS' });
    expect((await ordinary.exec('ls /var')).stdout).not.toContain('ballast');
  });

  it('is as before once it is made harmless, and the lab takes the disk along', async () => {
    await makeHostile(hostile, HOSTILITIES);
    await makeHarmless(hostile);
    await on('rm -f /etc/more');
    expect(await state()).toBe(before);
    expect(mountsOfLab().length).toBeGreaterThan(2);
    await lab.down();
    expect(mountsOfLab()).toEqual([]);
  });
});
