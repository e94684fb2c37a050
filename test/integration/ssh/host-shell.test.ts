import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hostScript, gateRequest } from '../../../src/adapters/host-script/host-script';
import { readReply } from '../../../src/adapters/host-script/reply';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import { scanHostKey } from '../../../src/adapters/ssh/scan-host-key';
import { LabWorld } from '../isolation/support/lab-world';

const HELLO = hostScript('hello', 'fb_header', 'cat | fb_say_text data', 'fb_say peer "$FIREBREAK_PEER"', 'fb_end');
const ENVIRONMENT = hostScript(
  'environment',
  'fb_header',
  'env | fb_say_text env',
  'fb_say umask "$(umask)"',
  'fb_end',
);
const SLOW = hostScript('slow', 'fb_header', 'sleep 30');
const LATE = hostScript('late', 'fb_header', 'sleep 2', 'echo done >/run/late-was-here', 'fb_end');
const LARGE = hostScript('large', 'fb_header', 'head -c 40000000 /dev/zero', 'exit 3');
const STRANGER = hostScript('stranger', 'id');

const refusal = (code: string) => expect.objectContaining({ code }) as unknown;

describe('SSH host shell on a real host', () => {
  let world: LabWorld;
  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], [HELLO, ENVIRONMENT, SLOW, LATE, LARGE]);
  });
  afterAll(() => world.down());

  const run = (script = HELLO, timeoutMs = 10_000, input = '\nbody') =>
    world.shell.run(world.host('web-1'), script, { timeoutMs, input });

  /** A real OpenSSH client with Firebreak's stolen key. */
  const thief = async (words: readonly string[], input = '') => {
    const { identityFile, user, address } = world.host('web-1');
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'LogLevel=ERROR'];
    const started = promisify(execFile)('ssh', [
      ...['-i', identityFile, ...options.flatMap((option) => ['-o', option])],
      ...words.map((word) => (word === 'HOST' ? `${user}@${address}` : word)),
    ]);
    started.child.stdin?.end(input);
    return started.then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  test('C11 runs an allowed script with its data, and tells it the address it is reached from', async () => {
    const reply = readReply(await run());
    expect(reply.text('data')).toBe('body');
    expect(reply.get('peer')).toBe(world.lab.management.address);
  });

  test('C11 a script gets a clean environment and writes for root only', async () => {
    const reply = readReply(await run(ENVIRONMENT));
    const names = reply
      .text('env')
      .trim()
      .split(/\s+/)
      .map((line) => line.split('=')[0])
      .sort();
    expect(names).toEqual([
      'FIREBREAK_CAME',
      'FIREBREAK_PEER',
      'FIREBREAK_REFUSED',
      'HOME',
      'LC_ALL',
      'PATH',
      'PWD',
      'TMPDIR',
    ]);
    expect(reply.get('umask')).toBe('0077');
  });

  test('C11 a script that is not in the allow list is refused before it is read', async () => {
    await expect(run(STRANGER)).rejects.toEqual(refusal('HOST_SCRIPT_REFUSED'));
  });

  test('C11 a stolen key runs no command, opens no tunnel and no terminal, and cannot pass a changed script', async () => {
    await expect(thief(['HOST', 'id'])).resolves.toMatchObject({ code: 98, stdout: '' });
    const shell = await thief(['-tt', 'HOST'], 'id\nexit\n');
    expect(shell.code).not.toBe(0);
    expect(shell.stdout).not.toContain('uid=');
    const tunnel = await thief(['-o', 'ExitOnForwardFailure=yes', '-W', '127.0.0.1:22', 'HOST']);
    expect(tunnel.code).not.toBe(0);
    expect(tunnel.stdout).not.toContain('SSH-2.0');
    const tampered = gateRequest(HELLO).toString().replace('fb_say peer', 'fb_say pear');
    await expect(thief(['HOST'], tampered)).resolves.toMatchObject({ code: 98, stdout: '' });
    const longer = gateRequest(HELLO)
      .toString()
      .replace(/^(\S+) \d+/, '$1 1');
    await expect(thief(['HOST'], longer)).resolves.toMatchObject({ code: 98, stdout: '' });
  });

  test('C11 the account cannot change its own key file and its sudo rule is one line', async () => {
    const written = await world.on(
      'web-1',
      'su firebreak -s /bin/sh -c "echo x >>~/.ssh/authorized_keys" 2>&1 || true',
    );
    expect(written).toContain('Permission denied');
    expect((await world.on('web-1', 'grep -v "^#" /etc/sudoers.d/firebreak')).split('\n')).toEqual([
      'Defaults!/usr/local/sbin/firebreak-gate !requiretty, !noexec',
      'firebreak ALL=(root) NOPASSWD: /usr/local/sbin/firebreak-gate ""',
    ]);
    const other = await world.on(
      'web-1',
      'su firebreak -s /bin/sh -c "sudo -n /usr/local/sbin/firebreak-gate x" 2>&1 || true',
    );
    expect(other).toMatch(/password is required|not allowed/);
  });

  test('C11 a host without a pinned key is refused with the fingerprint it shows', async () => {
    const { hostKey, ...unpinned } = world.host('web-1');
    const scanned = await scanHostKey(unpinned.address, unpinned.port);
    expect(scanned.hostKey).toBe(hostKey);
    await expect(world.shell.run(unpinned, HELLO, { timeoutMs: 9_000 })).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      message: expect.stringContaining(scanned.fingerprint) as unknown,
    });
  });

  test('C11 a changed host key is refused with both fingerprints', async () => {
    const host = world.host('web-1', { hostKey: world.personPublicKey });
    const { fingerprint } = await scanHostKey(host.address, host.port);
    const refused = await world.shell.run(host, HELLO, { timeoutMs: 9_000 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'HOST_KEY_CHANGED' });
    expect((refused as Error).message).toContain(fingerprint);
    expect((refused as Error).message).toContain(world.shell.fingerprint(host));
  });

  test('C11 an unknown user key is HOST_AUTH_REFUSED, a closed port HOST_UNREACHABLE, the second port is tried', async () => {
    const shell = new NodeSshHostShell({ timing: { totalMs: 2_000 } });
    const options = { timeoutMs: 9_000, input: '\n' };
    const wrongKey = world.host('web-1', { identityFile: world.personKey });
    await expect(shell.run(wrongKey, HELLO, options)).rejects.toEqual(refusal('HOST_AUTH_REFUSED'));
    const closed = world.host('web-1', { port: 2222 });
    await expect(shell.run(closed, HELLO, options)).rejects.toEqual(refusal('HOST_UNREACHABLE'));
    await expect(shell.run({ ...closed, alternatePort: 22 }, HELLO, options)).resolves.toMatchObject({ code: 0 });
    await shell.close();
  });

  test('C11 a missing sudo rule is SUDO_REFUSED', async () => {
    await world.on('web-1', 'mv /etc/sudoers.d/firebreak /root/rule');
    try {
      await expect(run()).rejects.toEqual(refusal('SUDO_REFUSED'));
    } finally {
      await world.on('web-1', 'mv /root/rule /etc/sudoers.d/firebreak');
    }
  });

  test('C2 a fresh run uses a new connection, other runs share one', async () => {
    const logins = async () =>
      Number(await world.on('web-1', 'journalctl -t sshd -o cat | grep -c "Accepted publickey for firebreak"'));
    await run();
    const before = await logins();
    await Promise.all([run(), run(), run()]);
    expect(await logins()).toBe(before);
    await world.shell.run(world.host('web-1'), HELLO, { timeoutMs: 9_000, input: '\n', fresh: true });
    expect(await logins()).toBe(before + 1);
  });

  test('C5 a link that dies while the script runs is OUTCOME_UNKNOWN, and the next run connects again', async () => {
    const cut = run(LATE);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await world.on('web-1', 'pkill -KILL -u firebreak sshd');
    await expect(cut).rejects.toEqual(refusal('OUTCOME_UNKNOWN'));
    await expect(run()).resolves.toMatchObject({ code: 0 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await world.on('web-1', 'cat /run/late-was-here')).toBe('done');
  });

  test('C11 a hanging script ends with HOST_TIMEOUT, an aborted one with the reason, and the connection is not used again', async () => {
    await expect(run(SLOW, 700)).rejects.toEqual(refusal('HOST_TIMEOUT'));
    const calledOff = new AbortController();
    const waiting = world.shell.run(world.host('web-1'), SLOW, {
      timeoutMs: 9_000,
      input: '\n',
      signal: calledOff.signal,
    });
    setTimeout(() => calledOff.abort(new Error('called off')), 300);
    await expect(waiting).rejects.toThrow('called off');
    await expect(run()).resolves.toMatchObject({ code: 0 });
  });

  test('C11 a frozen host is HOST_TIMEOUT, a silent network path HOST_UNREACHABLE', async () => {
    const shell = new NodeSshHostShell({ timing: { totalMs: 2_000, tcpMs: 1_000, handshakeMs: 1_500 } });
    const host = world.labHost('web-1');
    const options = { timeoutMs: 4_000, input: '\n' };
    await host.freeze();
    await expect(shell.run(world.host('web-1'), HELLO, options)).rejects.toEqual(refusal('HOST_TIMEOUT'));
    await host.thaw();
    await host.cutManagementLink();
    await expect(shell.run(world.host('web-1'), HELLO, options)).rejects.toEqual(refusal('HOST_UNREACHABLE'));
    await host.restoreManagementLink();
    await expect(shell.run(world.host('web-1'), HELLO, { ...options, timeoutMs: 15_000 })).resolves.toMatchObject({
      code: 0,
    });
    await shell.close();
  });

  test('E2 a stream hands on one chunk at a time, as fast as its reader takes them, and is cut at its limit', async () => {
    const host = world.host('web-1');
    let open = 0;
    let most = 0;
    let bytes = 0;
    const slowReader = async (chunk: Buffer) => {
      most = Math.max(most, (open += 1));
      bytes += chunk.length;
      if (bytes < 2_000_000) await new Promise((resolve) => setTimeout(resolve, 5));
      open -= 1;
    };
    const whole = await world.shell.stream(
      host,
      LARGE,
      { timeoutMs: 60_000, input: '\n', maxOutputBytes: 1e9 },
      slowReader,
    );
    expect(whole).toMatchObject({ code: 3, bytes: 40_000_000, truncated: false });
    expect([most, bytes]).toEqual([1, 40_000_000]);
    const options = { timeoutMs: 60_000, input: '\n', maxOutputBytes: 1_000_000 };
    const cut = await world.shell.stream(host, LARGE, options, () => Promise.resolve());
    expect(cut).toMatchObject({ code: 141, bytes: 1_000_000, truncated: true });
    await expect(
      world.shell.stream(host, LARGE, options, () => Promise.reject(new Error('disk full'))),
    ).rejects.toThrow('disk full');
  });

  test('H2 `run` refuses an answer beyond its limits, and the next command is answered', async () => {
    const host = world.host('web-1');
    await expect(world.shell.run(host, LARGE, { timeoutMs: 30_000, input: '\n' })).rejects.toMatchObject({
      code: 'HOST_REPLY_REFUSED',
    });
    await expect(world.shell.run(host, HELLO, { timeoutMs: 30_000, input: '\n' })).resolves.toMatchObject({ code: 0 });
  });

  test('C11 host setup twice changes nothing the second time', async () => {
    const again = await world.on('web-1', world.setup([HELLO, ENVIRONMENT, SLOW, LATE, LARGE]));
    expect(again.split('\n')).toEqual(['firebreak setup: done']);
  });
});
