import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { effectiveValues, redactUrl } from '../../../src/config/describe';
import type { LoadedConfig } from '../../../src/config/load';
import { CHECKOUT, loadConfig } from '../../../src/config/load';
import { secretFrom } from '../../../src/config/secrets';
import { siteOf } from '../../../src/config/site';
import { FirebreakError } from '../../../src/domain/errors';
import { DEFAULT_POLICY } from '../../../src/domain/policy';

let directory = '';
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'firebreak-config-'))));
afterAll(() => rmSync(directory, { recursive: true }));

function load(
  yaml: string,
  more: { env?: Record<string, string>; flags?: Record<string, unknown> } = {},
): LoadedConfig {
  const file = join(directory, 'firebreak.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ file, env: more.env ?? {}, ...(more.flags === undefined ? {} : { flags: more.flags }) });
}
function refused(act: () => unknown): FirebreakError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof FirebreakError) return thrown;
    throw thrown;
  }
  throw new Error('was accepted');
}
const HOST = '{ address: 192.0.2.10, management: [192.0.2.0/28] }';

describe('O3 configuration: loading', () => {
  test('flags win over environment, environment over file, file over defaults; each value knows its origin', () => {
    const yaml = 'temporal: { address: "file:1", namespace: from-file }\npaths: { reports: /file }\n';
    const env = { TEMPORAL_ADDRESS: 'env:1', TEMPORAL_NAMESPACE: 'from-env', FIREBREAK_TIME_ZONE: '' };
    const loaded = load(yaml, { env, flags: { 'temporal.namespace': 'from-flag', logLevel: undefined } });
    const shown = new Map(effectiveValues(loaded).map(({ key, value, origin }) => [key, `${value} (${origin})`]));
    expect(shown.get('temporal.address')).toBe('env:1 (environment)');
    expect(shown.get('temporal.namespace')).toBe('from-flag (flag)');
    expect(shown.get('paths.reports')).toBe('/file (file)');
    expect(shown.get('timeZone')).toBe('UTC (default)');
    expect(shown.get('logLevel')).toBe('info (default)');
  });

  test('every problem is listed at once, with its key, and unknown keys are refused', () => {
    const error = refused(() =>
      load(
        'tiemZone: UTC\nlogLevel: loud\nhosts: { web-1: { address: "" , management: [nonsense] } }\nwidths: { v4: 4 }\n',
      ),
    );
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.problems.map((problem) => problem.path).sort()).toEqual([
      '(top)',
      'hosts.web-1.address',
      'hosts.web-1.management.0',
      'logLevel',
      'widths.v4',
    ]);
  });

  test.each(['- a list', 'key: [', 'a: 1\na: 2'])('%j is not a configuration', (yaml) => {
    expect(refused(() => load(yaml)).code).toBe('CONFIG_INVALID');
  });

  test('a named file that is missing is an error; an empty one is all defaults', () => {
    expect(refused(() => loadConfig({ file: join(directory, 'none.yaml'), env: {} })).code).toBe('CONFIG_INVALID');
    expect(load('').config.temporal.namespace).toBe('firebreak');
  });

  test.each(['25:00-26:00', '09:00-18:60', '9-17', '24:00-06:00'])('N4 contact hours %s are refused', (hours) => {
    const person = `people: [{ id: a, name: A, audience: security, hours: "${hours}" }]`;
    expect(refused(() => load(person)).problems[0]?.path).toBe('people.0.hours');
  });
});

describe('H4 where the configuration comes from', () => {
  test('never from the folder somebody stands in', () => {
    const here = process.cwd();
    const bag = mkdtempSync(join(directory, 'bag-'));
    writeFileSync(join(bag, 'firebreak.yaml'), 'temporal: { address: "attacker:7233" }\n');
    mkdirSync(join(bag, 'var/firebreak'), { recursive: true });
    writeFileSync(join(bag, 'var/firebreak/firebreak.yaml'), 'temporal: { address: "attacker:7233" }\n');
    process.chdir(bag);
    try {
      const { file, config } = loadConfig({ env: {} });
      expect(config.temporal.address).not.toBe('attacker:7233');
      expect(file ?? '/etc/').toMatch(new RegExp(`^(${CHECKOUT}|/etc)/`));
    } finally {
      process.chdir(here);
    }
  });

  test('a file of the checkout that the program runs from is used, and the path of what was used is known', () => {
    expect(existsSync(join(CHECKOUT, 'package.json'))).toBe(true);
    const file = join(directory, 'firebreak.yaml');
    writeFileSync(file, '');
    expect(loadConfig({ file: relative(process.cwd(), file), env: {} }).file).toBe(file);
  });

  test.each([0o664, 0o646, 0o666])('one with mode %o, which others can write, is refused', (mode) => {
    const file = join(directory, `open-${mode}.yaml`);
    writeFileSync(file, '');
    chmodSync(file, mode);
    for (const env of [{ FIREBREAK_CONFIG: file }, {}]) {
      const error = refused(() => loadConfig(env.FIREBREAK_CONFIG === undefined ? { file, env } : { env }));
      expect(error.message).toMatch(/may be written by others/);
    }
  });

  const asRoot = process.geteuid?.() === 0 ? test : test.skip;
  asRoot('one that belongs to somebody else is refused (skipped without root, who alone can give files away)', () => {
    const file = join(directory, 'theirs.yaml');
    writeFileSync(file, '', { mode: 0o600 });
    chownSync(file, 12_345, 12_345);
    expect(refused(() => loadConfig({ file, env: {} })).message).toMatch(/belongs to uid 12345/);
    expect(refused(() => secretFrom('X', file, {})).message).toMatch(/belongs to uid 12345/);
  });
});

describe('O3 configuration: the site', () => {
  const problems = (yaml: string): string[] => {
    const { config } = load(yaml);
    return refused(() => siteOf(config)).problems.map(({ path, message }) => `${path}: ${message}`);
  };

  test('references are checked, all at once', () => {
    expect(
      problems(
        [
          `hosts: { web-1: { address: 192.0.2.10, management: [192.0.2.0/28], gateway: db-1, segments: [moon] }, db-1: ${HOST} }`,
          'segments: { dmz: { gateway: db-1, prefixes: [198.51.100.0/24] } }',
          'people: [{ id: a, name: A, audience: security }, { id: a, name: B, audience: security, timeZone: Mars/Olympus }]',
          'timeZone: Nowhere',
        ].join('\n'),
      ),
    ).toEqual([
      'hosts.web-1.gateway: unknown host with role gateway "db-1"; there is none',
      'hosts.web-1.segments: unknown segment "moon"; did you mean dmz?',
      'segments.dmz.gateway: unknown host with role gateway "db-1"; there is none',
      'people: a is there twice',
      'timeZone: there is no time zone Nowhere',
      'timeZone: there is no time zone Mars/Olympus',
    ]);
  });

  test('B4 a policy that goes beyond its mode is refused, cell by cell', () => {
    expect(
      problems(
        'policy: { ddos: { high: { monitor: { block: in }, block: { emergencyAccess: true, accounts: all } } } }',
      ),
    ).toEqual([
      'policy.ddos.high.monitor: block go beyond the mode',
      'policy.ddos.high.block: accounts, isolate go beyond the mode',
    ]);
  });

  test('B4 an override changes its cell only, and the default table never', () => {
    const before = structuredClone(DEFAULT_POLICY);
    const { policy } = siteOf(load('policy: { ddos: { high: { block: { ttlSeconds: 7200 } } } }').config);
    expect(policy.ddos.high.block).toEqual({ ...DEFAULT_POLICY.ddos.high.block, ttlSeconds: 7_200 });
    expect(policy.intrusion).toEqual(DEFAULT_POLICY.intrusion);
    expect(DEFAULT_POLICY).toEqual(before);
  });

  test('B5 controls cannot be made to end before the response that applies them', () => {
    expect(refused(() => load('policy: { ddos: { high: { block: { ttlSeconds: 1799 } } } }')).code).toBe(
      'CONFIG_INVALID',
    );
    expect(load('policy: { ddos: { high: { block: { ttlSeconds: 1800 } } } }').config.policy.ddos).toBeDefined();
  });

  test('B5 management and service addresses of the inventory are protected', () => {
    const site = siteOf(
      load(`hosts: { web-1: { address: 192.0.2.10, management: [192.0.2.0/28], serviceAddresses: ["2001:db8::1"] } }`)
        .config,
    );
    expect(site.protectedAddresses).toEqual([
      { address: '192.0.2.0/28', label: 'management of web-1' },
      { address: '2001:db8::1', label: 'inventory host web-1' },
    ]);
    expect(site.hosts.get('web-1')).toMatchObject({ user: 'firebreak', port: 22, isolation: 'allowed' });
    expect(site.ownAccounts).toEqual(['firebreak']);
  });

  test('C1 a host may name a fail2ban jail; nothing but a jail’s name is one', () => {
    const named = (jail: string) =>
      `hosts: { web-1: { address: 192.0.2.10, management: [192.0.2.0/28], fail2banJail: ${jail} } }`;
    expect(siteOf(load(named('sshd_ddos-2')).config).hosts.get('web-1')?.fail2banJail).toBe('sshd_ddos-2');
    for (const jail of ['', 'a b', '--all;reload', 'x'.repeat(65), '$(id)'])
      expect(refused(() => load(named(JSON.stringify(jail)))).problems.map(({ path }) => path)).toEqual([
        'hosts.web-1.fail2banJail',
      ]);
  });
});

describe('L2 secrets', () => {
  test.each([
    ['postgres://fb:hunter2@db:5432/x', 'postgres://fb:***@db:5432/x'],
    ['postgres://fb:p@ss@db/x', 'postgres://fb:***@db/x'],
    [
      'postgres://db/x?user=fb&password=hunter2&sslmode=require',
      'postgres://db/x?user=fb&password=***&sslmode=require',
    ],
    ['postgres://fb@db/x', 'postgres://fb@db/x'],
  ])('%s is shown without its password', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
    const loaded = load('', { env: { DATABASE_URL: url } });
    expect(effectiveValues(loaded).find(({ key }) => key === 'database.url')?.value).toBe(shown);
  });

  test('come from the variable, else from a file that others cannot read', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, 'from-file\n', { mode: 0o640 });
    expect(secretFrom('X', file, { X: 'from-variable' })).toBe('from-variable');
    expect(secretFrom('X', file, { X: '' })).toBe('from-file');
    expect(secretFrom('X', undefined, {})).toBeUndefined();
    chmodSync(file, 0o644);
    expect(refused(() => secretFrom('X', file, {}))).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(refused(() => secretFrom('X', join(directory, 'none'), {})).code).toBe('CONFIG_INVALID');
  });
});
