import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, cp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { DYNAMIC_CONFIG } from '../../../temporal/dynamic-config';

const run = promisify(execFile);
const root = join(__dirname, '../../..');
const inRoot = (...names: string[]): string => readFileSync(join(root, ...names), 'utf8');

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly env_file?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly command?: readonly string[];
}

const compose = parse(inRoot('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const services = Object.entries(compose.services);

test('O3 docker-compose.yml follows the Compose Specification', () => {
  const schema = JSON.parse(inRoot('test/fixtures/compose-spec/compose-spec.json')) as object;
  const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  validate(compose);
  expect(validate.errors).toBeNull();
});

test('O3 images are pinned and ports are on loopback', () => {
  for (const [name, { image, ports = [] }] of services) {
    expect([name, image]).toEqual([
      name,
      expect.stringMatching(/:(\d+\.\d+\.\d+|18\.4-bookworm|\$\{FIREBREAK_BUILD_ID:-local\})$/),
    ]);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

test('O3 who waits for whom: schema after PostgreSQL, Temporal after schema, workers after namespace and tables', () => {
  const edges = services.flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on).map(([other, { condition }]) => `${name} > ${other} ${condition}`),
  );
  expect(edges.sort()).toEqual([
    'database > postgres service_healthy',
    'make-current > worker-1 service_started',
    'make-current > worker-2 service_started',
    'temporal > temporal-schema service_completed_successfully',
    'temporal-namespace > temporal service_healthy',
    'temporal-schema > postgres service_healthy',
    'temporal-ui > temporal service_healthy',
    ...['worker-1', 'worker-2'].flatMap((worker) => [
      `${worker} > database service_completed_successfully`,
      `${worker} > temporal-namespace service_completed_successfully`,
    ]),
  ]);
  const awaited = services.flatMap(([, { depends_on = {} }]) =>
    Object.entries(depends_on).flatMap(([other, { condition }]) => (condition === 'service_healthy' ? [other] : [])),
  );
  for (const name of awaited) expect(compose.services[name]).toHaveProperty('healthcheck.test');
});

test('no secret is written in the file', () => {
  for (const [, { environment = {} }] of services) {
    expect(Object.keys(environment).filter((key) => /PASSWORD|PWD|SECRET|TOKEN|DATABASE_URL/.test(key))).toEqual([]);
  }
});

test('the files it names exist, and its dynamic settings are those of the development server', () => {
  const named = inRoot('docker-compose.yml').match(/\.\/deploy\/[\w./-]+/g) ?? [];
  expect(named.length).toBeGreaterThan(0);
  for (const file of named) expect(inRoot(file)).not.toBe('');

  const settings = parse(inRoot('deploy/compose/dynamic-config.yaml')) as Record<string, readonly { value: unknown }[]>;
  const values = Object.fromEntries(Object.entries(settings).map(([key, [first]]) => [key, first?.value]));
  expect(values).toEqual(DYNAMIC_CONFIG);
});

test('make-secrets makes different random passwords, private to the owner, and keeps them the second time', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'firebreak-compose-'));
  await cp(join(root, 'deploy/compose'), directory, {
    recursive: true,
    filter: (path) => !path.includes('secrets') || path.endsWith('.sh'),
  });
  const make = (): Promise<unknown> => run(join(directory, 'make-secrets.sh'));
  const read = (name: string): Promise<string> => readFile(join(directory, 'secrets', name), 'utf8');
  await make();
  const postgres = await read('postgres.env');
  await make();
  expect(await read('postgres.env')).toBe(postgres);
  expect((await stat(join(directory, 'secrets/postgres.env'))).mode & 0o777).toBe(0o600);

  const passwords = [...postgres.matchAll(/^\w+=([\w-]{32})$/gm)].map(([, password]) => password);
  expect(new Set(passwords).size).toBe(3);
  expect(await read('temporal.env')).toContain(`POSTGRES_PWD=${passwords[1]}\n`);
  const setUp = await read('firebreak-set-up.env');
  expect(setUp).toContain(
    `FIREBREAK_ADMIN_DATABASE_URL=postgres://firebreak:${passwords[2]}@postgres:5432/firebreak\n`,
  );
  const app = /^FIREBREAK_APP_DATABASE_PASSWORD=([\w-]{32})$/m.exec(setUp)?.[1];
  expect(passwords).not.toContain(app);
  expect(await read('firebreak.env')).toBe(`DATABASE_URL=postgres://firebreak_app:${app}@postgres:5432/firebreak\n`);
  await rm(directory, { recursive: true, force: true });
});

const composeIsHere = spawnSync('docker', ['compose', 'version']).status === 0;

(composeIsHere ? test : test.skip)(
  'docker compose reads the file (skipped where docker compose is not installed)',
  () => {
    const verdict = spawnSync('docker', ['compose', 'config', '--quiet', '--no-env-resolution'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(verdict).toMatchObject({ status: 0 });
  },
);
