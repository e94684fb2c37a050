import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS, RESTORE_ACCOUNT } from '../../../src/adapters/accounts/account-programs';
import { gateRequest, hostScript } from '../../../src/adapters/host-script/host-script';
import type { ProgramLimits } from '../../../src/adapters/host-script/limits';
import { readReply } from '../../../src/adapters/host-script/reply';
import type { DisableAccount } from '../../../src/domain/plan';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, labLimits } from '../isolation/support/lab-world';

const STUBBORN = hostScript(
  'stubborn',
  "fb_header\ntrap '' HUP INT QUIT TERM PIPE ALRM USR1 USR2\nfb_lock 5\nwhile :; do sleep 4715; done",
);
const LOCKS = hostScript('locks', 'fb_header\nfb_lock 5\nfb_say locked 1\nfb_end');
const GREEDY = hostScript('greedy', 'fb_header\nawk \'BEGIN { s = "x"; while (1) s = s s }\'\nfb_say awk $?\nfb_end');
const WRITES = hostScript(
  'writes',
  'fb_header\n(head -c 10000000 /dev/zero >/run/large)\nfb_say size "$(stat -c %s /run/large)"\nfb_end',
);
const BUSY = hostScript('busy', 'fb_header\nwhile :; do :; done');
const PEER = hostScript('peer', 'fb_header\nprintf %s "$FIREBREAK_PEER" | fb_say_text peer\nfb_end');
const SCRIPTS = [STUBBORN, LOCKS, GREEDY, WRITES, BUSY, PEER];

const TIGHT: Readonly<Record<string, Partial<ProgramLimits>>> = {
  stubborn: { seconds: 3 },
  greedy: { memoryKib: 100_000 },
  writes: { fileKib: 1024 },
  busy: { cpuSeconds: 1 },
  'disable-account': { seconds: 8 },
};

const UNKNOWN = expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }) as Error;

describe('H3 the gate holds every program to its limits', () => {
  let world: LabWorld;
  beforeAll(async () => {
    const limits = (program: string) => ({ ...labLimits(program), ...TIGHT[program] });
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], [...SCRIPTS, ...ACCOUNT_PROGRAMS], [], limits);
  });
  afterAll(() => world.down());

  const run = (script = LOCKS) => world.shell.run(world.host('web-1'), script, { timeoutMs: 60_000, input: '\n' });

  it('time: a program that holds off every signal is killed, and the lock of the host is free again', async () => {
    const result = await run(STUBBORN);
    expect(() => readReply(result)).toThrow(UNKNOWN);
    expect(readReply(await run()).get('locked')).toBe('1');
    await expect(world.on('web-1', 'pgrep -f "sleep 4715" || echo none')).resolves.toBe('none');
  });

  it('processor: a program that only computes is killed', async () => {
    const result = await run(BUSY);
    expect(() => readReply(result)).toThrow(UNKNOWN);
  });

  it('memory: what a program starts cannot take more', async () => {
    expect(readReply(await run(GREEDY)).get('awk')).not.toBe('0');
  });

  it('file size: no file grows beyond it', async () => {
    expect(readReply(await run(WRITES)).get('size')).toBe(String(1024 * 1024));
  });

  it('many requests at once do not fill /run, and leave their places', async () => {
    const request = Buffer.concat([gateRequest(RESTORE_ACCOUNT), Buffer.from('action INC-20261120-7F3K:x\n\n')]);
    // Each sends 60 kB of data and then nothing more; together they are half of what there is.
    const flood = `until [ -e /run/stop ]; do sleep 1; done | { cat /run/request; head -c 60000 /dev/zero; cat; }`;
    await world.on(
      'web-1',
      `mkdir -p /run/firebreak && mount -t tmpfs -o size=8m,mode=700 tmpfs /run/firebreak
      echo '${request.toString('base64')}' | base64 -d >/run/request
      for i in $(seq 40); do ( (${flood}) | /usr/local/sbin/firebreak-gate ) >/dev/null 2>&1 & done`,
    );
    const shares: number[] = [];
    while (shares.length < 100) {
      const seen = await world.on('web-1', `for i in $(seq 10); do stat -f -c '%f %b' /run/firebreak; sleep 0.2; done`);
      for (const line of seen.split('\n')) {
        const [left = 0, all = 1] = line.split(' ').map(Number);
        shares.push(left / all);
      }
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.7);
    // They did lie there.
    expect(Math.min(...shares)).toBeLessThan(0.95);
    await world.on('web-1', 'touch /run/stop');
    while ((await world.on('web-1', 'pgrep -f "[f]irebreak-gate" || echo none')) !== 'none') await sleep(500);
    expect(readReply(await run()).get('locked')).toBe('1');
    expect(await world.on('web-1', 'ls -I "place.*" /run/firebreak')).toBe('');
    await world.on('web-1', 'umount /run/firebreak; rm /run/stop');
  });

  it('an act that hits its limit half way is unknown, is done by the next try, and can be undone', async () => {
    const accounts = new AccountDisabling(world.shell);
    const host = world.host('web-1');
    const action: DisableAccount = {
      id: actionId(FIRST, 'disable-account', 'web-1', 'mallory'),
      kind: 'disable-account',
      host: 'web-1',
      account: 'mallory',
      approval: 'none',
      expiresAt: inAnHour(),
    };
    await world.on(
      'web-1',
      `useradd -m -s /bin/bash -G sudo steward; useradd -m -s /bin/bash -G sudo mallory; install -d -o mallory -m 700 /home/mallory/.ssh
      echo '${world.personPublicKey}' >/home/mallory/.ssh/authorized_keys; chown mallory: /home/mallory/.ssh/authorized_keys
      printf '#!/bin/sh\\nsleep 4716\\n' >/usr/local/sbin/gpasswd; chmod 755 /usr/local/sbin/gpasswd`,
    );
    const look = "grep '^mallory:' /etc/shadow; id -nG mallory; cat /home/mallory/.ssh/authorized_keys";
    const was = await world.on('web-1', look);
    await expect(accounts.perform(host, action, CONTEXT)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(world.login('web-1', 'mallory')).toBe(255);
    await world.on('web-1', 'rm /usr/local/sbin/gpasswd');

    await expect(accounts.undo(host, action, CONTEXT)).resolves.toMatchObject({ counts: { applied: 1 } });
    expect(await world.on('web-1', look)).toBe(was);
    expect(world.login('web-1', 'mallory')).toBe(0);
  });

  it('a list of an earlier version, without limits, runs nothing and says what to do', async () => {
    await world.on(
      'web-1',
      "cp /etc/firebreak/scripts.sha256 /root/; sed -i 's/^\\([0-9a-f]* [a-z-]*\\) .*/\\1/' /etc/firebreak/scripts.sha256",
    );
    await expect(run()).rejects.toThrow(/host setup/);
    await world.on('web-1', 'cp /root/scripts.sha256 /etc/firebreak/');
  });

  it('finding 26: a line break in another variable names no second address for the protected set', async () => {
    const { identityFile, user, address } = world.host('web-1');
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'SendEnv=LC_FORGED'];
    const forged = 'x\nSSH_CONNECTION=198.51.100.66 1 192.0.2.1 22';
    await world.on('web-1', 'sshd -T | grep -i "acceptenv lc_"');
    const started = promisify(execFile)(
      'ssh',
      ['-q', '-i', identityFile, ...options.flatMap((option) => ['-o', option]), `${user}@${address}`],
      { env: { ...process.env, LC_FORGED: forged } },
    );
    started.child.stdin?.end(Buffer.concat([gateRequest(PEER), Buffer.from('\n')]));
    const { stdout } = await started;
    const reply = readReply({ lines: stdout.split('\n').slice(0, -1), stderr: '', code: 0 });
    expect(reply.text('peer')).toBe(world.lab.management.address);
  });
});
