import { setTimeout as delay } from 'node:timers/promises';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { Client } from 'pg';
import type { BagLocks } from '../../../src/ports/bag-locks';
import type { EvidenceStore } from '../../../src/ports/evidence-store';
import { onDatabase, quiet, TestServer, type TestDatabase } from '../postgres/world';
import { PostgresBagLocks } from '../../../src/adapters/postgres/bag-locks';
import { readRecords } from './forger';
import type { World } from './world';
import { INCIDENT, addBytes, makeWorld, opening, provenance, steadyClock } from './world';
import { join } from 'node:path';

let server: TestServer;
let database: TestDatabase;
let world: World;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.database();
  world = await makeWorld();
});
afterEach(() => world.remove());

const storeWith = (locks: BagLocks): EvidenceStore =>
  createEvidenceStore({ forensicsDir: world.forensics, signer: world.signer, now: steadyClock(), locks });
const bag = (): string => join(world.forensics, INCIDENT);
const verdict = async (): Promise<string> =>
  (await world.store.verify(bag(), { incident: INCIDENT, publicKey: world.signer.vkey })).verdict;
/** Of every record, whether it says that the lock service was away. */
const marked = async (): Promise<readonly boolean[]> =>
  (await readRecords(bag())).map(({ lock }) => lock === 'directory');

describe('locks of bags in PostgreSQL (O3)', () => {
  test('one worker has a bag at a time; the other one gets it when it is given back, or when the session ends', async () => {
    const [one, other] = [database.postgres.bagLocks, server.open(database.url).bagLocks];
    const lock = await one.take('bag');
    expect(await other.take('bag')).toBe('busy');
    // The same session would be given it twice by PostgreSQL.
    expect(await one.take('bag')).toBe('busy');
    expect(typeof (await other.take('another'))).toBe('object');
    if (typeof lock === 'string') throw new Error(lock);
    await lock.release();
    const taken = await other.take('bag');
    if (typeof taken === 'string') throw new Error(taken);
    expect(taken.lost).toBe(false);
    await database.admin(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`);
    while (!taken.lost) await delay(5);
    const again = await one.take('bag');
    expect(typeof again).toBe('object');
    await taken.release();
    expect(await other.take('bag')).not.toBe('away');
  });

  test('the command line and readers cannot take a bag’s lock', async () => {
    for (const url of [database.urls.cli, database.urls.reader]) {
      expect(await server.open(url).bagLocks.take('bag')).toBe('away');
    }
  });

  test('a writer that loses its session in the middle of its work begins anew, and nothing is written twice', async () => {
    const store = storeWith(database.postgres.bagLocks);
    await store.open(opening());
    for (let i = 0; i < 20; i += 1) {
      const adding = addBytes(store, INCIDENT, 'web-1', `log-${i}`, `line ${i}`);
      if (i % 4 === 0)
        await database.admin(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`);
      await adding;
    }
    await store.seal(INCIDENT);
    expect(await verdict()).toBe('SIGNED');
    expect((await readRecords(bag())).filter(({ type }) => type === 'artefact')).toHaveLength(20);
  });

  test('two workers fill one bag at once, through a restart of PostgreSQL, and while it is away the chain says so', async () => {
    const stores = [storeWith(database.postgres.bagLocks), storeWith(server.open(database.url).bagLocks)];
    await Promise.all(stores.map((store) => store.open(opening())));
    const fill = (round: string) =>
      Promise.all(
        stores.flatMap((store, index) =>
          Array.from({ length: 5 }, (_, i) =>
            addBytes(store, INCIDENT, `web-${index}`, `${round}-${i}`, `${round} ${i}`),
          ),
        ),
      );
    await fill('before');
    expect(await marked()).not.toContain(true);
    await server.server.kill();
    await fill('away');
    expect(await marked()).toContain(true);
    await server.server.restart();
    await fill('after');
    await stores[1]!.seal(INCIDENT);
    expect(await verdict()).toBe('SIGNED');
    expect((await readRecords(bag())).filter(({ type }) => type === 'artefact')).toHaveLength(30);
  });

  test('PostgreSQL that was never there does not keep evidence from being written', async () => {
    const url = onDatabase('postgres://nobody@127.0.0.1:1', 'nowhere');
    const store = storeWith(new PostgresBagLocks({ url, applicationName: 'test' }, quiet));
    await store.open(opening());
    await store.record(INCIDENT, provenance('act'), 'act', {});
    await store.seal(INCIDENT);
    expect(await verdict()).toBe('SIGNED');
    expect(await marked()).toEqual([true, true, true]);
  });

  test('somebody who takes the lock and does no work holds nobody up for good', async () => {
    const thief = new Client({ connectionString: database.adminUrl });
    thief.on('error', () => undefined);
    await thief.connect();
    const [held] = await Promise.all([heldKey(database)]);
    await thief.query('SELECT pg_advisory_lock($1)', [held]);
    const store = storeWith(database.postgres.bagLocks);
    await store.open(opening());
    await addBytes(store, INCIDENT, 'web-1', 'auth.log', 'Failed password');
    await store.seal(INCIDENT);
    await thief.end();
    expect(await verdict()).toBe('SIGNED');
    expect(await marked()).not.toContain(false);
  });
});

/** The key of the bag's lock, as PostgreSQL sees it. */
async function heldKey({ postgres, admin }: TestDatabase): Promise<string> {
  const lock = await postgres.bagLocks.take(INCIDENT);
  const [row] = await admin<{ key: string }>(
    `SELECT ((classid::bigint << 32) | objid::bigint)::text AS key FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  if (typeof lock === 'string') throw new Error(lock);
  await lock.release();
  return row!.key;
}
