import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownAddress, ownAddressInWords } from '../../../src/cli/own-address';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'firebreak-own-address-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A `/proc` and the files of logind, as the kernel and systemd write them. */
function machine(
  processes: Readonly<Record<number, { readonly parent: number; readonly env?: string; readonly session?: string }>>,
  sessions: Readonly<Record<string, string>> = {},
) {
  for (const [pid, { parent, env, session = '4294967295' }] of Object.entries(processes)) {
    mkdirSync(join(root, pid), { recursive: true });
    writeFileSync(join(root, pid, 'status'), `Name:\tsh\nPid:\t${pid}\nPPid:\t${parent}\nTracerPid:\t0\n`);
    writeFileSync(join(root, pid, 'sessionid'), session);
    if (env !== undefined) writeFileSync(join(root, pid, 'environ'), env);
  }
  mkdirSync(join(root, 'sessions'));
  for (const [id, text] of Object.entries(sessions)) writeFileSync(join(root, 'sessions', id), text);
  const found = (env: Record<string, string> = {}) =>
    ownAddress({ env, pid: 30, proc: root, sessions: join(root, 'sessions') });
  return found;
}

const SHELL = 'HOME=/root\0SSH_CONNECTION=203.0.113.77 50000 10.0.0.1 22\0LANG=C\0';
const REMOTE = '# This is private data. Do not parse.\nUID=1000\nREMOTE=1\nREMOTE_HOST=203.0.113.78\nTYPE=tty\n';
const UNDER_SUDO = { 10: { parent: 1 }, 20: { parent: 10, env: 'PATH=/bin\0' }, 30: { parent: 20 } };

describe('B5 the address that the operator comes from', () => {
  test.each([
    ['a shell over SSH', { SSH_CONNECTION: '203.0.113.77 50000 10.0.0.1 22' }, '203.0.113.77'],
    ['an older sshd', { SSH_CLIENT: '2001:db8::7 50000 22' }, '2001:db8::7'],
    ['IPv4 on an IPv6 socket', { SSH_CONNECTION: '::ffff:203.0.113.77 50000 ::ffff:10.0.0.1 22' }, '203.0.113.77'],
    ['the same link', { SSH_CONNECTION: 'fe80::1%eth0 50000 fe80::2%eth0 22' }, 'fe80::1'],
  ])('%s says it itself', (_, env, address) => {
    expect(machine({})(env)).toEqual({ known: 'address', address, from: 'shell' });
  });

  test('sudo and su take the variable away: the shell that they were started from still has it', () => {
    const found = machine({ ...UNDER_SUDO, 10: { parent: 1, env: SHELL } })();
    expect(found).toEqual({ known: 'address', address: '203.0.113.77', from: 'parent' });
  });

  test('processes of the kernel as it is: a cleared environment under a shell that has the variable', async () => {
    const shell = spawn('sh', ['-c', 'env -i sleep 60 & echo $!; wait'], {
      env: { PATH: process.env['PATH'], SSH_CONNECTION: '203.0.113.79 50000 10.0.0.1 22' },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    try {
      const [line] = (await once(shell.stdout, 'data')) as [Buffer];
      const found = ownAddress({ env: {}, pid: Number(line.toString()), sessions: root });
      expect(found).toEqual({ known: 'address', address: '203.0.113.79', from: 'parent' });
    } finally {
      process.kill(-shell.pid!, 'SIGKILL');
      await once(shell, 'close');
    }
  });

  test('where no process shows it, the login does: its session goes through sudo and su', () => {
    const found = machine({ ...UNDER_SUDO, 30: { parent: 20, session: '7' } }, { 7: REMOTE })();
    expect(found).toEqual({ known: 'address', address: '203.0.113.78', from: 'login' });
  });

  test('a login at the machine itself comes from nowhere', () => {
    const found = machine({ 30: { parent: 1, session: '2' } }, { 2: 'UID=0\nREMOTE=0\nTYPE=tty\n' })();
    expect(found).toEqual({ known: 'local' });
    expect(ownAddressInWords(found, {})).toBeUndefined();
  });

  test.each([
    ['no login', {}, '4294967295'],
    ['a session that nobody knows any more', {}, '7'],
    ['a name in place of the address', { 7: REMOTE.replace('203.0.113.78', 'laptop.example.org') }, '7'],
    ['a session that is no number', { 7: REMOTE }, '../7'],
  ])('%s: it is not known, and that is said', (_, sessions, session) => {
    const found = machine({ ...UNDER_SUDO, 30: { parent: 20, session } }, sessions)();
    expect(found).toEqual({ known: 'nothing' });
    expect(ownAddressInWords(found, {})).toMatch(/not known, so it is not protected/);
  });

  test('what tmux or screen was started with may be old, and that is said', () => {
    const own = { known: 'address', address: '203.0.113.77', from: 'shell' } as const;
    expect(ownAddressInWords(own, {})).toBe('your own address 203.0.113.77 is protected');
    for (const env of [{ TMUX: '/tmp/tmux-0/default,1,0' }, { STY: '1.pts-0' }])
      expect(ownAddressInWords(own, env)).toContain('from when tmux or screen was started');
  });
});
