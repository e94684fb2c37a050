import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Failure } from '../support/offline-cli';
import { NOBODY_LISTENS, useOfflineCli } from '../support/offline-cli';
import { jsonOf, runCli } from '../support/run-cli';

const PARAMETERS = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];

const { directory, run } = useOfflineCli();

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
      detail: expect.stringContaining('DATABASE_URL') as string,
    });
    for (const what of ['evidence signing key', 'TOTP key', 'Firebreak’s SSH key'])
      expect(of(what)).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/is missing: firebreak setup keys/) as string,
      });
    for (const what of ['channel slack', 'channel twilio'])
      expect(of(what)).toMatchObject({
        ok: false,
        needed: true,
        detail: expect.stringContaining('has no secret: give') as string,
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
    expect(of('evidence signing key')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('no private key') as string,
    });
    expect(of('TOTP key')).toMatchObject({ ok: false, detail: expect.stringContaining('chmod 600') as string });
    expect(of('forensics directory')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/cannot be written to by uid \d+: install -d/) as string,
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
