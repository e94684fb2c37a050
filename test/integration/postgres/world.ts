import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createAuthorisation } from '../../../src/adapters/authorisation/create-authorisation';
import { makeSealingKeyFile, readSealingKey } from '../../../src/adapters/authorisation/sealing-key';
import { secretOfUri } from '../../../src/adapters/authorisation/totp';
import { type PostgresServer, startPostgres } from '../../../src/adapters/embedded-postgres/start-postgres';
import { createPostgres, type Postgres } from '../../../src/adapters/postgres/create-postgres';
import { type LoginRole, provisionDatabase, type RolePasswords } from '../../../src/adapters/postgres/provision';
import { sha256Hex } from '../../../src/domain/hash';
import { actionId, type IncidentId, incidentId } from '../../../src/domain/ids';
import type { IncidentOrder } from '../../../src/domain/incident';
import type { OperatorRole } from '../../../src/domain/order';
import { KeyRing, type TestKey } from '../../unit/adapters/authorisation/keys';
import { enrolFirst } from '../../support/enrol';

export const MIGRATIONS = join(__dirname, '../../../migrations');
export const quiet = { info: () => undefined, warn: () => undefined };

const TEMPLATE = 'firebreak_template';

/** A database of one test's own. */
export interface TestDatabase {
  /** As a worker; what the command line does first (declare, deposit) it does as the command line. */
  readonly postgres: Postgres;
  /** As the command line. */
  readonly cli: Postgres;
  /** For each role. */
  readonly urls: Readonly<Record<LoginRole, string>>;
  /** For a worker. */
  readonly url: string;
  /** For the superuser. */
  readonly adminUrl: string;
  /** Runs as the superuser, who may do everything. */
  admin<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A real PostgreSQL of one test file's own, with a migrated template to copy from. */
export class TestServer {
  private readonly opened: Postgres[] = [];

  private constructor(
    readonly server: PostgresServer,
    private readonly directory: string,
    private readonly urls: Readonly<Record<LoginRole, string>>,
  ) {}

  static async start(): Promise<TestServer> {
    const directory = await mkdtemp(join(tmpdir(), 'firebreak-test-pg-'));
    const server = await startPostgres({ log: quiet, dataDir: directory, persistent: false });
    const urls = await provisionDatabase({
      adminUrl: server.url,
      database: TEMPLATE,
      passwords: randomPasswords(),
      directory: MIGRATIONS,
      log: quiet,
    });
    return new TestServer(server, directory, urls);
  }

  /** A fresh database, copied from the template in a fraction of a second. */
  async database(): Promise<TestDatabase> {
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await runSql(this.server.url, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    const urls = {
      worker: onDatabase(this.urls.worker, name),
      cli: onDatabase(this.urls.cli, name),
      reader: onDatabase(this.urls.reader, name),
    };
    const adminUrl = onDatabase(this.server.url, name);
    const [worker, cli] = [this.open(urls.worker), this.open(urls.cli)];
    return {
      postgres: together(worker, cli),
      cli,
      urls,
      url: urls.worker,
      adminUrl,
      admin: (sql, values) => runSql(adminUrl, sql, values),
    };
  }

  /** Another process's view of the same database. */
  open(url: string): Postgres {
    const postgres = createPostgres({ url, applicationName: 'firebreak test', log: quiet });
    this.opened.push(postgres);
    return postgres;
  }

  async stop(): Promise<void> {
    await Promise.all(this.opened.map((postgres) => postgres.close()));
    await this.server.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export function randomPasswords(): RolePasswords {
  const made = (): string => randomBytes(18).toString('base64url');
  return { worker: made(), cli: made(), reader: made() };
}

/** A worker's view in which the command line's part is done by the command line. */
export function together(worker: Postgres, cli: Postgres): Postgres {
  const { incidents, grants } = worker;
  return {
    ...worker,
    incidents: new Proxy(incidents, {
      get: (target, name) =>
        name === 'declare' ? cli.incidents.declare.bind(cli.incidents) : bound(target, name as keyof typeof target),
    }),
    grants: new Proxy(grants, {
      get: (target, name) =>
        name === 'deposit' ? cli.grants.deposit.bind(cli.grants) : bound(target, name as keyof typeof target),
    }),
  };
}

function bound<T extends object>(target: T, name: keyof T): unknown {
  const value = target[name];
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}

export async function runSql<Row extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

export function onDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

export const INCIDENT = incidentId('INC-20261120-7F3K');
export const OTHER_INCIDENT = incidentId('INC-20261120-8G4M');
export const DOCUMENT = Buffer.from('{"title":"stolen key"}');

export function order(incident: IncidentId = INCIDENT, changes: Partial<IncidentOrder> = {}): IncidentOrder {
  return {
    incident,
    type: 'intrusion',
    severity: 'critical',
    mode: 'block',
    trigger: 'operator',
    operator: 'alice',
    reason: 'a stolen key with a live session',
    drill: false,
    documentSha256: sha256Hex(DOCUMENT),
    hosts: ['web-1'],
    limits: {},
    declaredAt: '2026-11-20T03:00:00.000Z',
    ...changes,
  };
}

export function blockAction(sources: readonly string[], incident: IncidentId = INCIDENT) {
  return {
    id: actionId(incident, 'block-sources', 'web-1'),
    host: 'web-1',
    approval: 'none',
    expiresAt: '2026-11-20T07:00:00.000Z',
    kind: 'block-sources',
    direction: 'in',
    sources,
    protect: [],
  } as const;
}

type KeyType = Parameters<KeyRing['make']>[0];

/** A database of one test's own in which alice is enrolled as the first operator. */
export interface AuthorityWorld {
  readonly server: TestServer;
  readonly ring: KeyRing;
  /** Real keys; the first one is alice's. */
  readonly keys: readonly TestKey[];
  readonly database: TestDatabase;
  /** The workers' key. */
  readonly keyFile: string;
  /** Of alice's codes. */
  readonly secret: Buffer;
}

/** One server for a test file, and a fresh database for each test. */
export function useDatabase(): () => TestDatabase {
  let server: TestServer;
  let database: TestDatabase;
  beforeAll(async () => void (server = await TestServer.start()));
  afterAll(() => server.stop());
  beforeEach(async () => void (database = await server.database()));
  return () => database;
}

/** One server and ring of keys for a test file, and a fresh database for each test. */
export function useAuthority(types: readonly KeyType[], roles: readonly OperatorRole[]): () => AuthorityWorld {
  let ring: KeyRing;
  let keys: readonly TestKey[];
  let server: TestServer;
  let world: AuthorityWorld;
  beforeAll(async () => {
    ring = new KeyRing();
    keys = types.map((type) => ring.make(type));
    server = await TestServer.start();
  });
  afterAll(async () => {
    await server.stop();
    ring.remove();
  });
  beforeEach(async () => {
    const database = await server.database();
    const keyFile = join(ring.directory, randomUUID());
    await makeSealingKeyFile(keyFile);
    const { grants, operators } = database.postgres;
    const { enrolment } = createAuthorisation({ grants, operators, keyFile });
    const alice = { name: 'alice', publicKey: keys[0]!.publicKey, roles };
    const secret = secretOfUri(await enrolFirst(enrolment, await readSealingKey(keyFile), alice));
    world = { server, ring, keys, database, keyFile, secret };
  });
  return () => world;
}
