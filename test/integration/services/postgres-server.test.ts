import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { serviceAccount } from '../../../src/adapters/embedded-postgres/service-account';
import { type PostgresServer, startPostgres } from '../../../src/adapters/embedded-postgres/start-postgres';
import { openDirectory } from './support/open-directory';
import { quiet } from './support/quiet-log';
import { childrenOf, isAlive, survivors } from './support/processes';

let directory: string;
let started: PostgresServer[];

async function start(dataDir: string, persistent: boolean): Promise<PostgresServer> {
  const server = await startPostgres({ log: quiet, dataDir, persistent });
  started.push(server);
  return server;
}

async function ask<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

beforeEach(async () => {
  directory = await openDirectory('pg');
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  await rm(directory, { recursive: true, force: true });
});

test('data and password survive stop and start; a second stop is harmless', async () => {
  const first = await start(directory, true);
  await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  await first.stop();
  await first.stop();

  const second = await start(directory, true);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
  expect(await ask(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('committed rows survive kill -9 and restart on the same port', async () => {
  const server = await start(directory, false);
  await ask(server.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const [pid, family] = [server.pid, await childrenOf(server.pid)];
  await server.kill();
  await expect(ask(server.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');

  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await ask(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  expect(await survivors([pid, ...family])).toEqual([]);
});

test('a stale postmaster.pid whose number now belongs to another process does not hinder the start', async () => {
  const server = await start(directory, false);
  await server.kill();
  const pidFile = join(server.cluster, 'postmaster.pid');
  const lines = (await readFile(pidFile, 'utf8')).split('\n');
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'));

  await server.restart();
  expect(await isAlive(server.pid)).toBe(true);
});

test('a cluster that another server works in is refused, naming the process', async () => {
  const server = await start(directory, true);
  await expect(start(directory, true)).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining(String(server.pid)) as string,
  });
  expect(await ask(server.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

test('listens on loopback only and never trusts', async () => {
  const { url, port } = await start(directory, false);
  const wrong = new URL(url);
  wrong.password = 'guess';
  await expect(ask(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });

  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = (await readFile('/proc/net/tcp', 'utf8')) + (await readFile('/proc/net/tcp6', 'utf8'));
  const listening = sockets.split('\n').filter((line) => line.includes(`:${hex} `) && / 0A /.test(line));
  expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${hex}`]);

  const settings = await ask(
    url,
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'data_checksums') ORDER BY 1",
  );
  expect(settings).toEqual([
    { name: 'data_checksums', setting: 'on' },
    { name: 'fsync', setting: 'on' },
  ]);
  const rules = await ask<{ auth_method: string }>(url, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
  expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
});

test('stop leaves neither files nor processes, and no account is made', async () => {
  const accounts = await readFile('/etc/passwd', 'utf8');
  const server = await start(directory, false);
  const family = [server.pid, ...(await childrenOf(server.pid))];
  expect(family.length).toBeGreaterThan(1);
  await server.stop();
  expect(await survivors(family)).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
  expect(await readFile('/etc/passwd', 'utf8')).toBe(accounts);
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('as root: works below a directory that only root can enter, never as root', async () => {
  const closed = join(directory, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const server = await start(join(closed, 'checkout', 'var'), false);
  expect(server.cluster.startsWith(directory)).toBe(false);
  expect((await stat(`/proc/${server.pid}`)).uid).not.toBe(0);
  expect((await stat(server.cluster)).mode & 0o777).toBe(0o700);
  await server.stop();
  await expect(stat(server.cluster)).rejects.toThrow('ENOENT');
});

asRoot('as root: what a killed process left elsewhere goes once its data directory is gone', async () => {
  const [first, second] = [join(directory, 'closed', 'first'), join(directory, 'closed', 'second')];
  await mkdir(join(directory, 'closed'), { mode: 0o700 });
  const lost = await startPostgres({ log: quiet, dataDir: first, persistent: false });
  await lost.kill();
  await start(second, false);
  expect((await stat(lost.cluster)).isDirectory()).toBe(true);

  await rm(first, { recursive: true });
  await start(join(directory, 'closed', 'third'), false);
  await expect(stat(lost.cluster)).rejects.toThrow('ENOENT');
});

asRoot('H9 as root: each cluster has an account number of its own, which no account database knows', async () => {
  const [first, second] = await Promise.all([
    start(join(directory, 'first'), false),
    start(join(directory, 'second'), true),
  ]);
  const [one, other] = await Promise.all([first, second].map(async ({ pid }) => (await stat(`/proc/${pid}`)).uid));
  expect(one).not.toBe(other);
  const known = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => Number(line.split(':')[2]));
  for (const uid of [one, other]) expect(known).not.toContain(uid);
  expect((await stat(second.cluster)).uid).toBe(other);
  await second.stop();
  const again = await start(join(directory, 'second'), true);
  expect((await stat(`/proc/${again.pid}`)).uid).toBe(other);
  expect((await readdir(dirname(again.cluster))).filter((name) => name.includes('passwd'))).toEqual([]);
});

asRoot('the shared account is an existing one: postgres, else nobody; without either it is an error', async () => {
  const passwd = join(directory, 'passwd');
  await writeFile(passwd, 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n');
  expect(await serviceAccount(passwd)).toEqual({ uid: 65534, gid: 65533 });
  await writeFile(passwd, 'nobody:x:65534:65533::/:/bin/false\npostgres:x:110:111::/:/bin/bash\n');
  expect(await serviceAccount(passwd)).toEqual({ uid: 110, gid: 111 });
  await writeFile(passwd, 'root:x:0:0::/:/bin/sh\n');
  await expect(serviceAccount(passwd)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
});
