import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ERRORS } from '../../src/domain/errors';
import type { Failure } from '../support/offline-cli';
import { NOBODY_LISTENS, useOfflineCli } from '../support/offline-cli';
import { CLI, jsonOf, runCli } from '../support/run-cli';

const HUGE = 50 * 1024 * 1024;
const PARAMETERS = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];

const { directory, config, run } = useOfflineCli();

describe('U3 exit codes and errors', () => {
  test.each([
    ['an unknown command', ['nosuch']],
    ['an unknown option', ['list', '--nosuch']],
    ['a missing argument', ['operator', 'add']],
    ['a missing value', ['classify', 'INC-20261120-7F3K']],
    ['a choice that is none', ['classify', 'INC-20261120-7F3K', '--as', 'trojan']],
    ['an address that is none', ['block', 'remove', 'INC-20261120-7F3K', '192.0.2.1', 'web-1']],
    ['a block of no type', ['block', 'add', '192.0.2.1', '--host', 'web-1']],
    ['a block on no host', ['block', 'add', '192.0.2.1', '--incident-type', 'ddos']],
    ['an id that is none', ['status', 'INC-2026-7F3K']],
    ['a number that is none', ['list', '--limit', 'abc']],
    ['a duration that is none', ['respond', ...PARAMETERS, '--host', 'web-1', '--deadline', '30 minutes']],
    ['a limit that is none', ['respond', ...PARAMETERS, '--host', 'web-1', '--limit', 'sleep=5s']],
    ['parameters that are missing', ['respond']],
  ])('U3 %s is bad input: exit 2, and with --json one error object on stdout', async (_name, args) => {
    const plain = await run(args);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).not.toBe('');
    const json = await run([...args, '--json']);
    expect(json).toMatchObject({ code: 2, stderr: '' });
    const { error } = jsonOf<Failure>(json);
    expect(error).toMatchObject({ code: 'BAD_INPUT', hint: ERRORS.BAD_INPUT.hint });
    expect(typeof error.message).toBe('string');
    expect(Array.isArray(error.problems)).toBe(true);
  });

  test('U3 an unreachable database is exit 5, and its password is nowhere', async () => {
    const seen = await Promise.all([run(['list', '--json']), run(['status', 'inc-20261120-7f3k'])]);
    for (const one of seen) {
      expect(one.code).toBe(5);
      expect(one.stdout + one.stderr).toContain('DATABASE_UNREACHABLE');
      expect(one.stdout + one.stderr).not.toContain('hunter2');
    }
  });

  test('U3 a key that cannot be read is exit 3, and no service was asked: none of them is there', async () => {
    const by = ['--operator', 'sato', '--identity', '/nonexistent', '--otp', '123456', '--json'];
    for (const order of [
      ['ack', 'INC-20261120-7F3K'],
      ['respond', ...PARAMETERS, '--host', 'web-1'],
    ]) {
      const seen = await run([...order, ...by]);
      expect(seen.code).toBe(3);
      const { error } = jsonOf<Failure>(seen);
      expect(error.code).toBe('NOT_AUTHORISED');
      expect(error.message).toContain('/nonexistent cannot be read');
    }
  });

  test('U3 a reason with control characters never leaves the command', async () => {
    const seen = await run([
      'ack',
      'INC-20261120-7F3K',
      '--reason',
      'seen\u001b[2J\nroot: ok',
      '--operator',
      'x',
      '--otp',
      '1',
      '--json',
    ]);
    expect(jsonOf<Failure>(seen).error).toMatchObject({ code: 'BAD_INPUT', problems: [{ path: '--reason' }] });
    expect(seen.code).toBe(2);
  });

  test('U2 every command explains itself, and the exit codes are in the help', async () => {
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/Exit codes: 0 done, 1 failed, 2 bad input, 3 not authorised, 4 .*, 5 /);
    const commands = [...help.stdout.matchAll(/^ {2}([a-z-]+)(?: |$)/gm)].map(([, name]) => name ?? '');
    expect(commands).toEqual(
      expect.arrayContaining(
        'respond status list approve reject ack classify take-over escalate stand-down release block evidence report host operator audit doctor up demo lab config'.split(
          ' ',
        ),
      ),
    );
    for (const name of commands.filter((name) => /^[a-z]/.test(name) && name !== 'help')) {
      const seen = await run([name, '--help']);
      expect({ name, code: seen.code, explained: /Usage: firebreak .+\n\n.+/.test(seen.stdout) }).toEqual({
        name,
        code: 0,
        explained: true,
      });
    }
  });

  test('U3 whoever stops reading does not make the command crash', async () => {
    const child = spawn('bash', [
      '-c',
      `"${process.execPath}" "${CLI}" respond --help | head -c 1; exit \${PIPESTATUS[0]}`,
    ]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('U3 nothing that a document quotes steers the terminal, with or without colour', async () => {
    const document = JSON.stringify({ title: 't', hosts: ['web-1'], 'x\u001b]0;owned\u0007\u009b2J': 1 });
    const seen = await run(['respond', ...PARAMETERS, '--incident', '-'], { stdin: document, env: { NO_COLOR: '1' } });
    expect(seen.code).toBe(2);
    expect(seen.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('B1 input that is too large is refused without reading it whole', () => {
  test('B1 a file of 50 MB is refused by its size', async () => {
    const file = join(directory, 'huge.json');
    openSync(file, 'w');
    truncateSync(file, HUGE);
    const seen = await run(['respond', ...PARAMETERS, '--incident', file, '--json']);
    expect(seen.code).toBe(2);
    expect(jsonOf<Failure>(seen).error).toMatchObject({ code: 'INPUT_TOO_LARGE' });
  });

  test.each([['--incident'], ['--sources-file']])(
    'B1 of 50 MB on stdin for %s at most 5 MB are taken',
    async (flag) => {
      const child = spawn(process.execPath, [CLI, '--config', config, 'respond', ...PARAMETERS, flag, '-', '--json']);
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      const closed = once(child, 'close') as Promise<[number]>;
      let taken = 0;
      const block = Buffer.alloc(64 * 1024, ' ');
      child.stdin.on('error', () => undefined);
      while (taken < HUGE && child.exitCode === null && child.stdin.writable) {
        const wait = new Promise<boolean>((resolve) => child.stdin.write(block, (error) => resolve(!error)));
        if (!(await Promise.race([wait, closed.then(() => false)]))) break;
        taken += block.length;
      }
      const [code] = await closed;
      expect(code).toBe(2);
      expect((JSON.parse(stdout) as Failure).error.code).toBe('INPUT_TOO_LARGE');
      expect(taken).toBeLessThan(5 * 1024 * 1024);
    },
  );

  test('B1 an endless device is refused after 4 MB', async () => {
    const seen = await run(['respond', ...PARAMETERS, '--incident', '/dev/zero', '--json'], { timeoutMs: 30_000 });
    expect(jsonOf<Failure>(seen).error.code).toBe('INPUT_TOO_LARGE');
  });

  test('B1 a directory, a missing file and two inputs from stdin are bad input', async () => {
    for (const args of [
      ['--incident', directory],
      ['--incident', join(directory, 'none')],
      ['--incident', '-', '--sources-file', '-'],
    ]) {
      const seen = await run(['respond', ...PARAMETERS, ...args, '--json']);
      expect({ code: seen.code, error: jsonOf<Failure>(seen).error.code }).toEqual({ code: 2, error: 'BAD_INPUT' });
    }
  });

  test('B1, B7 flags, parameters and document: every problem is listed at once', async () => {
    const seen = await run(
      [
        'respond',
        ...['--incident-type', 'intrsion', '--severity-level', 'high', '--response-mode', 'block'],
        ...['--deadline', '2h', '--limit', 'logs=soon', '--limit', 'sleep=5s', '--limit', 'accessControl=1h'],
        ...['--incident', '-', '--json'],
      ],
      { stdin: JSON.stringify({ title: 't', hosts: ['web-1'], confidence: 2 }) },
    );
    expect(seen.code).toBe(2);
    const problems = jsonOf<{ error: { problems: { path: string }[] } }>(seen).error.problems;
    expect(problems.map(({ path }) => path).sort()).toEqual([
      '$.confidence',
      '--deadline',
      '--incident-type',
      '--limit',
      '--limit accessControl',
      '--limit logs',
    ]);
  });

  test('B1 a line of the sources file that is no address is named with its number', async () => {
    const file = join(directory, 'sources.txt');
    writeFileSync(file, '# attackers\n198.51.100.1\r\n\n198.51.100.2 # second\nexample.com\n');
    const seen = await run(['respond', ...PARAMETERS, '--host', 'web-1', '--sources-file', file, '--json']);
    expect(jsonOf<Failure>(seen).error.problems).toEqual([
      { path: `${file}:5`, message: '"example.com" is not an IPv4 or IPv6 address or prefix' },
    ]);
  });
});

describe('U2 config check', () => {
  const withConfig = async (text: string, more: Readonly<Record<string, string>> = {}, args = ['--json']) => {
    const file = join(directory, `config-${Math.random().toString(36).slice(2)}.yaml`);
    writeFileSync(file, text, { mode: 0o600 });
    return runCli(['config', 'check', ...args], {
      env: { FIREBREAK_CONFIG: file, DATABASE_URL: NOBODY_LISTENS, ...more },
    });
  };

  test('O3 unknown keys and every other problem are listed at once, each with its key', async () => {
    const seen = await withConfig(
      'hots: {}\nhosts: {web-1: {address: 192.0.2.1, management: [nonsense], port: 70000, colour: red}}\nlogLevel: loud\npeople: [{id: a, name: A, audience: security, phone: "0312"}]\n',
    );
    expect(seen.code).toBe(2);
    const { error } = jsonOf<{ error: { code: string; problems: { path: string; message: string }[] } }>(seen);
    expect(error.code).toBe('CONFIG_INVALID');
    const all = error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
    for (const part of ['hots', 'hosts.web-1.management.0', 'hosts.web-1.port', 'colour', 'logLevel', 'people.0.phone'])
      expect(all).toContain(part);
  });

  test('O3 a file that is no YAML, and one that is not there, are named', async () => {
    expect((await withConfig('a: [')).stdout).toContain('CONFIG_INVALID');
    const missing = await runCli(['config', 'check'], { env: { FIREBREAK_CONFIG: '/nonexistent/firebreak.yaml' } });
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('/nonexistent/firebreak.yaml');
  });

  test('O3 references, time zones and the bounds of the mode are checked', async () => {
    const seen = await withConfig(
      'timeZone: Mars/Olympus\nhosts: {web-1: {address: 192.0.2.1, management: [192.0.2.9], gateway: gw-9}}\npolicy: {intrusion: {high: {monitor: {block: in}}}}\n',
    );
    for (const part of ['Mars/Olympus', 'gw-9', 'policy.intrusion.high.monitor']) expect(seen.stdout).toContain(part);
    expect(seen.code).toBe(2);
  });

  test('O4 the origin of every value is shown: environment over file over default; blank means not set', async () => {
    const seen = await withConfig('timeZone: Asia/Tokyo\nlogLevel: warn\ntemporal: {allowPlaintext: true}\n', {
      FIREBREAK_LOG_LEVEL: 'debug',
      FIREBREAK_TIME_ZONE: '',
      TEMPORAL_ADDRESS: '192.0.2.7:7233',
    });
    expect(seen.code).toBe(0);
    const rows = jsonOf<{ key: string; value: string; origin: string }[]>(seen);
    const row = (key: string) => rows.find((one) => one.key === key);
    expect(row('logLevel')).toMatchObject({ value: 'debug', origin: 'environment' });
    expect(row('timeZone')).toMatchObject({ value: 'Asia/Tokyo', origin: 'file' });
    expect(row('temporal.address')).toMatchObject({ value: '192.0.2.7:7233', origin: 'environment' });
    expect(row('temporal.namespace')).toMatchObject({ value: 'firebreak', origin: 'default' });
  });

  test.each([
    ['postgres://firebreak:hunter2@db.example/fb'],
    ['postgres://firebreak:hun@ter2@db.example/fb'],
    ['postgresql://firebreak@db.example/fb?connect_timeout=5&password=hunter2'],
    ['postgres://:hunter2@db.example/fb'],
  ])('O4 the password in %s is not shown', async (url) => {
    for (const args of [['--json'], []]) {
      const { code, stdout, stderr } = await withConfig(
        'database: {allowPlaintext: true}',
        { DATABASE_URL: url },
        args,
      );
      expect(code).toBe(0);
      expect(stdout + stderr).toContain('db.example');
      expect(stdout + stderr).not.toMatch(/hunter2|ter2/);
    }
  });
});

describe('C11 host add', () => {
  test('C11 a name with dots goes into the file as one name; nothing is pinned without its fingerprint', async () => {
    // Accepts and says nothing: no SSH server, so nothing can be pinned.
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const before = readFileSync(config, 'utf8');
    const seen = await run([
      'host',
      'add',
      'web.example.com',
      '--address',
      '127.0.0.1',
      '--port',
      String(port),
      '--management',
      '192.0.2.9',
      '--fingerprint',
      'SHA256:nope',
    ]);
    server.close();
    expect(seen.code).toBe(5);
    expect(seen.stderr).toContain('HOST_UNREACHABLE');
    expect(readFileSync(config, 'utf8')).toBe(before);
  });

  test('U3 host check of an unknown name is bad input, of one that does not answer exit 5', async () => {
    const unknown = await run(['host', 'check', 'nosuch', '--json']);
    expect({ code: unknown.code, seen: jsonOf(unknown) }).toMatchObject({
      code: 2,
      seen: { error: { code: 'UNKNOWN_HOST', problems: [{ path: 'name' }] } },
    });
    const identity = join(directory, 'id_ed25519');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', identity]);
    const file = join(directory, 'dead-host.yaml');
    const hostKey = readFileSync(`${identity}.pub`, 'utf8').trim();
    const hosts = `hosts: {dead-1: {address: 127.0.0.1, port: 1, hostKey: ${hostKey}, management: [192.0.2.9]}}`;
    const text = readFileSync(config, 'utf8').replace(/^hosts:.*$/m, hosts);
    writeFileSync(file, `${text}ssh: {identityFile: ${identity}}\n`, { mode: 0o600 });
    const dead = await runCli(['--config', file, 'host', 'check', 'dead-1', '--json']);
    expect({ code: dead.code, seen: jsonOf<unknown[]>(dead) }).toMatchObject({
      code: 5,
      seen: [{ host: 'dead-1', ok: false, error: 'HOST_UNREACHABLE' }],
    });
  });

  test('L1 evidence is not read while the ledger cannot be asked', async () => {
    for (const verb of ['show', 'verify']) {
      const seen = await run(['evidence', verb, 'INC-20261120-7F3K', '--json']);
      expect({ code: seen.code, error: jsonOf<Failure>(seen).error.code }).toEqual({
        code: 5,
        error: 'LEDGER_UNREACHABLE',
      });
    }
  });
});
