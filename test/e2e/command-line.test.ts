import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERRORS } from '../../src/domain/errors';
import { CLI, jsonOf, runCli } from '../support/run-cli';

const HUGE = 50 * 1024 * 1024;
const PARAMETERS = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];
const NOBODY_LISTENS = 'postgres://firebreak:hunter2@127.0.0.1:1/firebreak';

let directory: string;
let config: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'firebreak-cli-'));
  config = join(directory, 'firebreak.yaml');
  const key = (name: string): string => JSON.stringify(join(directory, name));
  writeFileSync(
    config,
    [
      `database: {url: "${NOBODY_LISTENS}"}`,
      `paths: {forensics: ${key('f')}, reports: ${key('r')}, signingKey: ${key('sign.pem')}, totpKey: ${key('totp')}}`,
      'hosts: {web-1: {address: 192.0.2.1, management: [192.0.2.9]}}',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (args: readonly string[], options: Parameters<typeof runCli>[1] = {}) =>
  runCli(['--config', config, ...args], options);

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly problems: unknown[];
  };
}

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

describe('B3 a typo declares nothing', () => {
  const by = ['--operator', 'sato', '--identity', '/nonexistent', '--json'];
  const typos = JSON.stringify({
    title: 't',
    hosts: ['web-1', 'web1'],
    accounts: ['wbe-1/deploy', 'root'],
    segments: ['dmz'],
  });
  const flags = ['--host', 'web_1', '--account', 'web-2/x', '--segment', 'lan'];

  test.each([
    ['an order', []],
    ['a dry run', ['--dry-run']],
  ])(
    'B3 %s that names unknown hosts and segments is bad input with the nearest names, before the key is looked at',
    async (_name, more) => {
      const seen = await run(['respond', ...PARAMETERS, '--incident', '-', ...flags, ...more, ...by], { stdin: typos });
      expect(seen.code).toBe(2);
      expect(jsonOf<Failure>(seen).error).toMatchObject({
        code: 'BAD_INPUT',
        problems: [
          { path: '$.hosts[1]', message: 'unknown host "web1"; did you mean web-1?' },
          { path: '--host', message: 'unknown host "web_1"; did you mean web-1?' },
          { path: '$.accounts[0].host', message: 'unknown host "wbe-1"; did you mean web-1?' },
          { path: '--account', message: 'unknown host "web-2"; did you mean web-1?' },
          { path: '$.segments[0]', message: 'unknown segment "dmz"; there is none' },
          { path: '--segment', message: 'unknown segment "lan"; there is none' },
        ],
      });
    },
  );

  test('B3 --allow-unknown is for those who mean it', async () => {
    const seen = await run(['respond', ...PARAMETERS, '--host', 'web1', '--allow-unknown', ...by]);
    expect(jsonOf<Failure>(seen).error.message).toContain('/nonexistent cannot be read');
    expect(seen.stderr).toContain('--host: unknown host "web1"; did you mean web-1?');
  });

  test('B3 a detector’s order goes on without what nobody knows, and says so', async () => {
    const seen = await run(['respond', ...PARAMETERS, '--incident', '-', '--detector', ...by], { stdin: typos });
    expect(jsonOf<Failure>(seen).error.message).toContain('/nonexistent cannot be read');
    for (const path of ['$.hosts[1]', '$.accounts[0].host', '$.segments[0]'])
      expect(seen.stderr).toContain(`${path}: unknown `);
  });

  test.each([
    ['block add', ['block', 'add', '192.0.2.1', '--incident-type', 'ddos', '--host', 'web1', ...by]],
    ['host check', ['host', 'check', 'web-1', 'web1', '--json']],
    ['host setup', ['host', 'setup', 'web1', '--from-anywhere', '--json']],
  ])('B13 %s refuses an unknown host with the nearest name', async (_name, args) => {
    const seen = await run(args);
    expect(seen.code).toBe(2);
    expect(seen.stdout).toContain('unknown host \\"web1\\"; did you mean web-1?');
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
    ['postgresql://firebreak@db.example/fb?sslmode=require&password=hunter2'],
    ['postgres://:hunter2@db.example/fb'],
  ])('O4 the password in %s is not shown', async (url) => {
    for (const args of [['--json'], []]) {
      const { code, stdout, stderr } = await withConfig('database: {allowPlaintext: true}', { DATABASE_URL: url }, args);
      expect(code).toBe(0);
      expect(stdout + stderr).toContain('db.example');
      expect(stdout + stderr).not.toMatch(/hunter2|ter2/);
    }
  });
});

describe('B9, B10, B11 checks before the incident', () => {
  const fresh = (text: string): { readonly file: string; readonly place: string } => {
    const place = mkdtempSync(join(directory, 'fresh-'));
    const file = join(place, 'firebreak.yaml');
    const paths = { forensics: 'f', reports: 'r', signingKey: 'k/sign.pem', totpKey: 'k/totp' };
    const written = Object.entries(paths).map(([key, name]) => `${key}: ${join(place, name)}`);
    const ssh = `ssh: {identityFile: ${join(place, 'k/id')}}`;
    writeFileSync(file, `paths: {${written.join(', ')}}\n${ssh}\n${text}\n`, { mode: 0o600 });
    return { file, place };
  };
  const doctorOf = async (file: string) => {
    const seen = await runCli(['--config', file, 'doctor', '--json']);
    const checks = jsonOf<{ what: string; ok: boolean; needed: boolean; detail: string }[]>(seen);
    return { seen, of: (what: string) => checks.find((one) => one.what === what), checks };
  };

  test('B11 config check demands what every other command demands; host list needs no database', async () => {
    const { file } = fresh('hosts: {web-1: {address: 192.0.2.1, management: [192.0.2.9]}}');
    const problems = [{ path: 'database.url', message: 'give it in the file or as DATABASE_URL' }];
    for (const args of [['config', 'check'], ['status'], ['respond', ...PARAMETERS, '--host', 'web-1', '--dry-run']]) {
      const seen = await runCli(['--config', file, ...args, '--json']);
      expect(jsonOf<Failure>(seen).error).toMatchObject({ code: 'CONFIG_INVALID', problems });
      expect(jsonOf<Failure>(seen).error.hint).not.toContain('config check');
    }
    const plain = await runCli(['--config', file, 'config', 'check'], {
      env: { DATABASE_URL: 'postgres://x@192.0.2.5/y', TEMPORAL_ADDRESS: '192.0.2.6:7233' },
    });
    expect(plain.stderr).toMatch(/database: .*192\.0\.2\.5[^]*temporal: temporal.address is 192\.0\.2\.6/);
    const list = await runCli(['--config', file, 'host', 'list']);
    expect({ code: list.code, listed: list.stdout.includes('web-1') }).toEqual({ code: 0, listed: true });
  });

  test('B9, B10, B11 doctor runs on an incomplete configuration, names the command that mends, and makes nothing', async () => {
    const { file, place } = fresh('channels: {slack: {}, twilio: {accountSid: AC1, from: "+81312345678"}}');
    const { seen, of } = await doctorOf(file);
    expect(seen.code).toBe(5);
    expect(of('configuration database.url')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('DATABASE_URL'),
    });
    for (const what of ['evidence signing key', 'TOTP key', 'Firebreak’s SSH key'])
      expect(of(what)).toMatchObject({ ok: false, detail: expect.stringMatching(/is missing: firebreak setup keys/) });
    for (const what of ['channel slack', 'channel twilio'])
      expect(of(what)).toMatchObject({
        ok: false,
        needed: true,
        detail: expect.stringContaining('has no secret: give'),
      });
    expect(seen.stdout).not.toContain('not built for');
    expect(readdirSync(place)).toEqual(['firebreak.yaml']);
  });

  test('B10 doctor judges keys as their readers do, and rights as the workers’ account', async () => {
    const { file, place } = fresh('');
    mkdirSync(join(place, 'k'));
    writeFileSync(join(place, 'k/sign.pem'), 'no key', { mode: 0o600 });
    writeFileSync(join(place, 'k/totp'), 'too short', { mode: 0o640 });
    mkdirSync(join(place, 'f'), { mode: 0o555 });
    if (process.geteuid?.() === 0)
      for (const name of ['k/sign.pem', 'k/totp']) chownSync(join(place, name), 4_321, 4_321);
    const { of } = await doctorOf(file);
    expect(of('evidence signing key')).toMatchObject({ ok: false, detail: expect.stringContaining('no private key') });
    expect(of('TOTP key')).toMatchObject({ ok: false, detail: expect.stringContaining('chmod 600') });
    expect(of('forensics directory')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/cannot be written to by uid \d+: install -d/),
    });
  });

  test('B9 doctor with dead hosts says what it waits for, and after how many seconds it gave up', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const { file, place } = fresh(
      `database: {url: "${NOBODY_LISTENS}"}\ntemporal: {address: "127.0.0.1:1"}\nhosts: {dead-1: {address: 127.0.0.1, port: ${port}, hostKey: HOSTKEY, management: [192.0.2.9]}}`,
    );
    mkdirSync(join(place, 'k'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(place, 'k/id')]);
    const hostKey = readFileSync(join(place, 'k/id.pub'), 'utf8').trim();
    writeFileSync(file, readFileSync(file, 'utf8').replace('HOSTKEY', hostKey));
    const { seen, of } = await doctorOf(file);
    silent.close();
    expect(of('host dead-1')).toMatchObject({ ok: false, detail: 'unreachable after 8 s' });
    expect(seen.stderr).toMatch(/waiting for .*host dead-1/);
    expect(of('PostgreSQL and the ledger')?.detail).toMatch(/cannot be reached/);
    expect(seen.stdout).not.toMatch(/not built for|firebreak doctor/);
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
