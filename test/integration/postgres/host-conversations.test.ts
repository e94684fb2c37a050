import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { GuardedHostShell } from '../../../src/adapters/host-guard/guarded-host-shell';
import { createPostgres, type Postgres } from '../../../src/adapters/postgres/create-postgres';
import { hostScript } from '../../../src/adapters/host-script/host-script';
import type { Host } from '../../../src/domain/host';
import type { HostConversations } from '../../../src/ports/host-conversations';
import type { HostShell } from '../../../src/ports/host-shell';
import { workerSeals } from '../../support/worker-seals';
import { quiet, TestServer, type TestDatabase } from './world';

const SCRIPT = hostScript('anything', 'true');
const OPTIONS = { timeoutMs: 1_000 };

/** Real PostgreSQL, real processes that are killed: the circuit breaker per host (H2). */
describe('H2 hosts that end workers', () => {
  let server: TestServer;
  let database: TestDatabase;
  let postgres: Postgres;
  let conversations: HostConversations;
  let asked: string[];
  let shell: GuardedHostShell;

  const inner: HostShell = {
    run: ({ name }) => {
      asked.push(name);
      return Promise.resolve({ lines: ['end'], stderr: '', code: 0 });
    },
    stream: () => Promise.reject(new Error('not used here')),
    fingerprint: () => '',
    close: () => Promise.resolve(),
  };
  const host = (name: string) => ({ name }) as Host;
  const run = (name: string) => shell.run(host(name), SCRIPT, OPTIONS);

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.database();
    postgres = createPostgres({ url: database.url, applicationName: 'test', log: quiet });
    conversations = postgres.conversations(workerSeals());
    shell = new GuardedHostShell(inner, conversations);
    asked = [];
  });
  afterEach(() => postgres.close());

  /** A worker that talks to a host and is ended by it. */
  async function killedWhileTalkingTo(name: string, alone: boolean, program = SCRIPT.name): Promise<void> {
    const talker = spawn(
      process.execPath,
      [join(__dirname, 'talker.cjs'), database.url, name, program, alone ? 'alone' : 'beside others'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(talker.stdout, 'data');
    const found = async (): Promise<number> => {
      await standing(name);
      const marks = 'SELECT count(*)::integer AS n FROM host_conversations WHERE found_dead IS NOT NULL';
      return (await database.admin<{ n: number }>(marks))[0]!.n;
    };
    const before = await found();
    talker.kill('SIGKILL');
    await once(talker, 'exit');
    // PostgreSQL sees the end of the connection a moment later.
    while ((await found()) === before) await new Promise((done) => setTimeout(done, 20));
  }
  const standing = (name: string) => conversations.standing(name, SCRIPT.name);
  const killedOverAndOver = async (name: string): Promise<void> => {
    for (const alone of [false, true, true]) await killedWhileTalkingTo(name, alone);
  };

  it('a worker killed beside others makes the host suspected; it is asked, alone, and cleared by its answer', async () => {
    await killedWhileTalkingTo('web-1', false);
    expect(await standing('web-1')).toBe('suspected');
    expect(await standing('web-2')).toBe('good');
    await run('web-1');
    expect(asked).toEqual(['web-1']);
    expect(await standing('web-1')).toBe('good');
    expect(await database.admin('SELECT * FROM host_conversations')).toEqual([]);
  });

  it('B10 workers killed in one step after the other: the host is asked all the same, and an answer clears its own program only', async () => {
    for (const program of ['block', 'logs', 'monitoring']) await killedWhileTalkingTo('web-1', true, program);
    expect(await standing('web-1')).toBe('suspected');
    await run('web-1');
    expect(asked).toEqual(['web-1']);
    expect(await database.admin('SELECT program FROM host_conversations ORDER BY program')).toEqual(
      ['block', 'logs', 'monitoring'].map((program) => ({ program })),
    );
    await killedWhileTalkingTo('web-1', true, 'accounts');
    await expect(run('web-1')).rejects.toMatchObject({ code: 'HOST_SET_ASIDE' });
  });

  it('workers killed over the same program, again while they talk to no other suspected host, set the host aside until its time is over', async () => {
    await killedWhileTalkingTo('web-1', false);
    await killedWhileTalkingTo('web-1', true);
    expect(await standing('web-1')).toBe('suspected');
    await killedWhileTalkingTo('web-1', true);
    await expect(run('web-1')).rejects.toMatchObject({ code: 'HOST_SET_ASIDE' });
    await run('web-2');
    expect(asked).toEqual(['web-2']);
    await database.admin(`UPDATE host_conversations SET found_dead = found_dead - interval '11 minutes'`);
    await run('web-1');
    expect(asked).toEqual(['web-2', 'web-1']);
    expect(await database.admin('SELECT * FROM host_conversations')).toEqual([]);
  });

  it('H2 a row that no worker has sealed sets no host aside, whatever times it names', async () => {
    const forged = `INSERT INTO host_conversations (host, worker, program, alone, seal, found_dead)
      VALUES ('web-1', 999999, 'anything', true, $1, '2099-01-01')`;
    const elsewhere = { host: 'web-2', worker: '999999', program: SCRIPT.name, alone: 'true' };
    const seals = [
      null,
      'forged',
      await workerSeals(2).seal('host-conversation', { ...elsewhere, host: 'web-1' }, { at: Date.now() }),
      await workerSeals().seal('host-conversation', elsewhere, { at: Date.now() }),
    ];
    for (const seal of seals) await database.admin(forged, [seal]);
    expect(await standing('web-1')).toBe('good');
    await run('web-1');
    expect(asked).toEqual(['web-1']);
  });

  it('H2 a worker’s own mark sets a host aside no longer than workers say, however its row is changed or copied', async () => {
    await killedOverAndOver('web-1');
    const columns = 'host, worker, program, alone, seal, found_dead';
    await database.admin(`UPDATE host_conversations SET found_dead = '2099-01-01'`);
    await database.admin(`INSERT INTO host_conversations (${columns}) SELECT ${columns} FROM host_conversations`);
    expect(await standing('web-1')).toBe('set-aside');
    const later = Date.now() + 26 * 60_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    try {
      expect(await standing('web-1')).toBe('good');
    } finally {
      clock.mockRestore();
    }
  });

  it('H2 one mark that is copied counts once', async () => {
    await killedWhileTalkingTo('web-1', true);
    const columns = 'host, worker, program, alone, seal, found_dead';
    for (let copies = 1; copies < 8; copies *= 2)
      await database.admin(`INSERT INTO host_conversations (${columns}) SELECT ${columns} FROM host_conversations`);
    expect(await standing('web-1')).toBe('suspected');
  });

  it('PostgreSQL away, or its tables missing, stops no act', async () => {
    const away = createPostgres({ url: 'postgres://x:y@127.0.0.1:1/none', applicationName: 'test', log: quiet });
    shell = new GuardedHostShell(inner, away.conversations(workerSeals()));
    await run('web-1');
    await away.close();
    await database.admin('DROP TABLE host_conversations');
    shell = new GuardedHostShell(inner, conversations);
    await run('web-2');
    expect(asked).toEqual(['web-1', 'web-2']);
  });

  it('a connection lost while talking is no death: the worker says again that it lives', async () => {
    const conversation = await conversations.begin('web-1', SCRIPT.name, true);
    const [before] = await database.admin<{ worker: number }>('SELECT worker FROM host_conversations');
    await database.admin(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = ${before!.worker}`,
    );
    await new Promise((done) => setTimeout(done, 200));
    expect(await standing('web-1')).toBe('good');
    await conversation.end(false);
    expect(await database.admin('SELECT * FROM host_conversations')).toEqual([]);
  });
});
