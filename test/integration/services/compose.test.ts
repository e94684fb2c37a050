import { createPrivateKey, X509Certificate } from 'node:crypto';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { configSchema } from '../../../src/config/schema';
import { temporalWireOf } from '../../../src/config/wire';
import { setUpDatabase } from '../../../src/composition/set-up';
import { SEARCH_ATTRIBUTES } from '../../../src/domain/queues';
import { freePorts } from '../../../src/supervision/free-ports';
import { DYNAMIC_CONFIG } from '../../../temporal/dynamic-config';
import { ensureNamespace, inspectNamespace } from '../../../temporal/namespace';
import { quiet } from './support/quiet-log';

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
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
}

const compose = parse(inRoot('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
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

test('H5 nobody outside reaches Temporal or PostgreSQL: only the UI has a port, and it cannot write', () => {
  expect(services.flatMap(([name, { ports = [] }]) => (ports.length > 0 ? [name] : []))).toEqual(['temporal-ui']);
  for (const name of ['postgres', 'temporal', 'temporal-schema']) {
    const { networks } = compose.services[name] ?? {};
    expect(networks?.map((network) => compose.networks[network]?.internal)).toEqual([true]);
  }
  expect(compose.services['temporal-ui']?.environment).toMatchObject({ TEMPORAL_DISABLE_WRITE_ACTIONS: 'true' });
});

test('H5 both servers demand a certificate, and everybody has one of the same CA', () => {
  const { environment } = compose.services['temporal'] ?? {};
  expect(environment).toMatchObject({ TEMPORAL_TLS_REQUIRE_CLIENT_AUTH: 'true', SQL_TLS_ENABLED: 'true' });
  expect(environment).toMatchObject({ SQL_HOST_VERIFICATION: 'true', TEMPORAL_TLS_CLIENT1_CA_CERT: '/tls/ca.pem' });
  const start = inRoot('deploy/compose/start-postgres.sh');
  expect(start.match(/^host\S* all all (?!127\.0\.0\.1)\S+ +.*$/gm)).toEqual([
    expect.stringMatching(/^hostssl .* clientcert=verify-ca$/),
    expect.stringMatching(/^hostssl .* clientcert=verify-ca$/),
  ]);
  const issued = [...inRoot('deploy/compose/make-certificates.sh').matchAll(/^issue (\S+)/gm)].map(([, name]) => name);
  for (const [name, { volumes = [] }] of services) {
    const given = volumes.flatMap((volume) => /secrets\/tls\/([\w-]+):\/tls:ro$/.exec(volume)?.[1] ?? []);
    expect([name, given.length, issued]).toEqual([name, 1, expect.arrayContaining(given)]);
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
  const mentioned = inRoot('docker-compose.yml').match(/\.\/deploy\/[\w./-]+/g) ?? [];
  const named = mentioned.filter((file) => !file.startsWith('./deploy/compose/secrets/'));
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
  const passwordOf = (role: string): string =>
    new RegExp(`^FIREBREAK_${role}_DATABASE_PASSWORD=([\\w-]{32})$`, 'm').exec(setUp)?.[1] ?? '';
  const [worker, cli, reader] = [passwordOf('WORKER'), passwordOf('CLI'), passwordOf('READER')];
  expect(new Set([...passwords, worker, cli, reader]).size).toBe(6);
  const at = '@postgres:5432/firebreak\n';
  expect(await read('firebreak.env')).toBe(`DATABASE_URL=postgres://firebreak_worker:${worker}${at}`);
  expect(await read('firebreak-cli.env')).toBe(`DATABASE_URL=postgres://firebreak_cli:${cli}${at}`);

  // Every certificate is of the CA, lasts, and carries the name by which its service is reached; the second time nothing changes.
  const tls = join(directory, 'secrets/tls');
  const ca = new X509Certificate(await read('tls/ca.pem'));
  for (const name of ['postgres', 'temporal', 'temporal-ui', 'firebreak']) {
    const certificate = new X509Certificate(await read(`tls/${name}/cert.pem`));
    expect([name, certificate.verify(ca.publicKey), certificate.checkHost(name)]).toEqual([name, true, name]);
    expect(certificate.checkPrivateKey(createPrivateKey(await read(`tls/${name}/key.pem`)))).toBe(true);
    expect((await stat(join(tls, name, 'key.pem'))).mode & 0o777).toBe(0o600);
  }
  const before = await read('tls/temporal/cert.pem');
  await run(join(directory, 'make-certificates.sh'), [tls]);
  expect(await read('tls/temporal/cert.pem')).not.toBe(before);
  expect(await read('tls/ca.pem')).toBe(ca.toString());
  await rm(directory, { recursive: true, force: true });
});

/** Those of others; Firebreak's own image is built from this checkout, which takes a registry of npm packages as well. */
const PULLED = ['postgres', 'temporal-schema', 'temporal', 'temporal-ui'];
const PULL_WITHIN_MS = 300_000;

function docker(args: readonly string[], timeout = 20_000, env: NodeJS.ProcessEnv = process.env) {
  return spawnSync('docker', args, { cwd: root, encoding: 'utf8', timeout, env });
}

/** Why nothing can be run here; undefined when it can. Asked once, in the order in which things are needed. */
function whyNotRun(): string | undefined {
  if (docker(['compose', 'version']).status !== 0) return 'docker compose is not installed';
  if (docker(['info']).status !== 0) return 'no Docker daemon answers';
  const images = PULLED.map((name) => compose.services[name]?.image ?? name);
  for (const image of new Set(images)) {
    if (docker(['image', 'inspect', image]).status === 0) continue;
    const { status, stderr } = docker(['pull', '--quiet', image], PULL_WITHIN_MS);
    if (status !== 0) return `${image} cannot be pulled: ${(stderr || 'it takes too long').trim().split('\n').at(-1)}`;
  }
  return undefined;
}

const composeIsHere = docker(['compose', 'version']).status === 0;
(composeIsHere ? test : test.skip)(
  `docker compose reads the file${composeIsHere ? '' : ' (docker compose is not installed)'}`,
  () => {
    expect(docker(['compose', 'config', '--quiet', '--no-env-resolution'])).toMatchObject({ status: 0 });
  },
);

const obstacle = whyNotRun();
(obstacle === undefined ? test : test.skip)(
  `O3 PostgreSQL, the schema job, Temporal and its UI come up from the file${obstacle === undefined ? '' : ` (not run: ${obstacle})`}`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'firebreak-compose-'));
    const [postgresPort, temporalPort, uiPort] = await freePorts(3);
    const env = {
      ...process.env,
      TEMPORAL_UI_PORT: String(uiPort),
    };
    const inDirectory = (...args: string[]) =>
      docker(
        ['compose', '--project-name', `fb-test-${process.pid}`, '--project-directory', directory, ...args],
        400_000,
        env,
      );
    await cp(join(root, 'docker-compose.yml'), join(directory, 'docker-compose.yml'));
    // For the test alone its own programs come in: with a certificate, by ports that the file does not open.
    await writeFile(
      join(directory, 'docker-compose.override.yml'),
      JSON.stringify({
        services: {
          postgres: { ports: [`127.0.0.1:${postgresPort}:5432`] },
          temporal: { ports: [`127.0.0.1:${temporalPort}:7233`] },
        },
        networks: { backend: { internal: false } },
      }),
    );
    await cp(join(root, 'deploy/compose'), join(directory, 'deploy/compose'), {
      recursive: true,
      filter: (path) => !path.includes('secrets') || path.endsWith('.sh'),
    });
    try {
      await run(join(directory, 'deploy/compose/make-secrets.sh'));
      // The UI is started when Temporal is healthy, and that after the schema job.
      const up = inDirectory('up', '--detach', 'temporal', 'temporal-ui');
      expect({ status: up.status, said: up.status === 0 ? '' : up.stderr }).toEqual({ status: 0, said: '' });

      // What the namespace job does, against the server that has come up on PostgreSQL.
      const own = (name: string): string => join(directory, 'deploy/compose/secrets/tls/firebreak', name);
      const tls = { ca: own('ca.pem'), cert: own('cert.pem'), key: own('key.pem') };
      const config = configSchema.parse({
        temporal: { address: `127.0.0.1:${temporalPort}`, tls: { ...tls, serverName: 'temporal' } },
        database: { tls: { ...tls, serverName: 'postgres' } },
      });
      const connection = await Connection.connect({ ...temporalWireOf(config, {}), connectTimeout: '20s' });
      try {
        const wanted = { namespace: 'firebreak', searchAttributes: SEARCH_ATTRIBUTES };
        await ensureNamespace(connection, { log: quiet, ...wanted, retentionDays: 30 });
        expect(await inspectNamespace(connection, wanted)).toMatchObject({ exists: true, missing: [] });
      } finally {
        await connection.close();
      }
      const page = `http://127.0.0.1:${uiPort}/api/v1/namespaces/firebreak`;
      const giveUpAt = Date.now() + 60_000;
      const seen = () => fetch(page).then(({ status }) => status, String);
      let answer = await seen();
      while (answer !== 200 && Date.now() < giveUpAt) {
        await sleep(500);
        answer = await seen();
      }
      expect(answer).toBe(200);

      // What the database job does: roles, rights and tables, with the passwords that were made.
      const secret = await readFile(join(directory, 'deploy/compose/secrets/firebreak-set-up.env'), 'utf8');
      const admin = /^FIREBREAK_ADMIN_DATABASE_URL=(.+)$/m.exec(secret)?.[1] ?? '';
      const passwordOf = (role: string): string =>
        new RegExp(`^FIREBREAK_${role}_DATABASE_PASSWORD=(.+)$`, 'm').exec(secret)?.[1] ?? '';
      const passwords = { worker: passwordOf('WORKER'), cli: passwordOf('CLI'), reader: passwordOf('READER') };
      const adminUrl = admin.replace('@postgres:5432/', `@127.0.0.1:${postgresPort}/`);
      expect((await setUpDatabase(adminUrl, passwords, quiet, config)).length).toBeGreaterThan(0);
    } finally {
      inDirectory('down', '--volumes', '--timeout', '5');
      await rm(directory, { recursive: true, force: true });
    }
  },
  600_000,
);
