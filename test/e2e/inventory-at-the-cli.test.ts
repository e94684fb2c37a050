import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, utils } from 'ssh2';
import type { Failure } from '../support/offline-cli';
import { useOfflineCli } from '../support/offline-cli';
import { CLI, jsonOf, runCli } from '../support/run-cli';

const { directory, config, run } = useOfflineCli();

describe('against an SSH server', () => {
  let server: Server;
  let port: number;
  let fingerprint: string;

  beforeAll(async () => {
    const { private: hostKey, public: line } = utils.generateKeyPairSync('ed25519');
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
    fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
    server = new Server({ hostKeys: [hostKey] }, (client) => client.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as { port: number });
  });
  afterAll(() => server.close());
  const add = (name: string, ...more: string[]) => [
    'host',
    'add',
    name,
    '--address',
    '127.0.0.1',
    '--port',
    String(port),
    '--management',
    '192.0.2.9',
    ...more,
  ];

  test('B12 another key than expected is HOST_KEY_MISMATCH with both fingerprints', async () => {
    const seen = await run([...add('web-9'), '--fingerprint', 'SHA256:abc', '--json']);
    expect({ code: seen.code, error: jsonOf<Failure>(seen).error.code }).toEqual({
      code: 5,
      error: 'HOST_KEY_MISMATCH',
    });
    expect(jsonOf<Failure>(seen).error.message).toContain(`Expected SHA256:abc, got ${fingerprint}.`);
  });

  test('B12 bad and taken names, bad prefixes and unknown gateways are refused before anything is connected', async () => {
    const before = readFileSync(config, 'utf8');
    for (const [args, path] of [
      [add('web-1'), 'name'],
      [add('we b'), 'name'],
      [add('web-9', '--management', '999'), '--management'],
      [add('web-9', '--gateway', 'gw-1'), '--gateway'],
    ] as const) {
      const seen = await run([...args, '--fingerprint', fingerprint, '--json']);
      expect({ code: seen.code, problems: jsonOf<Failure>(seen).error.problems }).toMatchObject({
        code: 2,
        problems: [{ path }],
      });
      expect(seen.stderr).not.toContain('shows SHA256');
    }
    expect(readFileSync(config, 'utf8')).toBe(before);
  });

  test('B8 Ctrl-C where something is asked is exit 130, and nothing was sent', async () => {
    const line = [process.execPath, CLI, '--config', config, ...add('web-9')].map((word) => `'${word}'`).join(' ');
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    terminal.stdout.on('data', (chunk: Buffer) => {
      const asked = said.includes('(yes/no)');
      said += chunk.toString();
      if (!asked && said.includes('(yes/no)')) terminal.stdin.write('\u0003');
    });
    const forgotten = setTimeout(() => terminal.kill(), 60_000);
    const [code] = (await once(terminal, 'close')) as [number];
    clearTimeout(forgotten);
    expect(said).toContain('cancelled; nothing was sent');
    expect(said).not.toContain('not built for');
    expect(code).toBe(130);
  });
});

describe('the inventory and small words', () => {
  test('B6 a host is not edited by a name or prefix that is none, and not removed while it is another’s gateway', async () => {
    const file = join(directory, 'gateway.yaml');
    const hosts =
      'hosts: {gw-1: {address: 192.0.2.2, role: gateway, management: [192.0.2.9]}, web-1: {address: 192.0.2.1, management: [192.0.2.9], gateway: gw-1}}';
    writeFileSync(file, readFileSync(config, 'utf8').replace(/^hosts:.*$/m, hosts), { mode: 0o600 });
    const before = readFileSync(file, 'utf8');
    for (const [args, problem] of [
      [['remove', 'gw-1'], { path: 'name', message: 'it is the gateway of host web-1' }],
      [['remove', 'gw1'], { path: 'name', message: 'unknown host "gw1"; did you mean gw-1?' }],
      [['repin', 'web1'], { path: 'name', message: 'unknown host "web1"; did you mean web-1?' }],
      [['edit', 'web-1', '--management', 'nonsense'], { path: '--management' }],
      [['edit', 'web-1', '--gateway', 'gw1'], { path: '--gateway' }],
    ] as const) {
      const seen = await runCli(['--config', file, 'host', ...args, '--json']);
      expect({ args, code: seen.code, problems: jsonOf<Failure>(seen).error.problems }).toMatchObject({
        args,
        code: 2,
        problems: [problem],
      });
    }
    const same = await runCli(['--config', file, 'host', 'edit', 'web-1', '--port', '22', '--json']);
    expect(jsonOf<Failure>(same).error).toMatchObject({ code: 'BAD_INPUT' });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('B18 evidence verify of a place that is no bag is one line', async () => {
    const seen = await run(['evidence', 'verify', 'INC-20261120-7F3K', '--bag', directory]);
    expect(seen).toMatchObject({ code: 2, stdout: '' });
    expect(seen.stderr).toContain(`--bag ${directory} is no evidence bag`);
  });

  test('B18 setup keys says which directory is missing', async () => {
    const file = join(directory, 'no-folder.yaml');
    writeFileSync(file, readFileSync(config, 'utf8').replace(join(directory, 'totp'), join(directory, 'none/totp')), {
      mode: 0o600,
    });
    const missing = await runCli(['--config', file, 'setup', 'keys']);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(`install -d -m 0700 ${join(directory, 'none')}`);
    expect(missing.stderr).not.toMatch(/UNEXPECTED|incident id/);
  });
});
