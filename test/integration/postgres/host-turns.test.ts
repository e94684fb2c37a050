import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresHostTurns } from '../../../src/adapters/postgres/host-turns';
import type { HostTurns } from '../../../src/ports/repositories';
import type { IncidentType, Severity } from '../../../src/domain/words';
import { INCIDENT, onDatabase, OTHER_INCIDENT, quiet, TestServer, type TestDatabase } from './world';

describe('turns on a host (B9)', () => {
  let server: TestServer;
  let database: TestDatabase;
  let turns: HostTurns;
  const forever = () => new AbortController().signal;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.database();
    turns = database.postgres.turns;
  });

  /** Waits until so many rows wait for, or hold, the host. */
  async function queued(count: number): Promise<void> {
    const giveUpAt = Date.now() + 10_000;
    for (;;) {
      const [row] = await database.admin<{ n: number }>('SELECT count(*)::int AS n FROM host_turns');
      if (row!.n === count) return;
      if (Date.now() > giveUpAt) throw new Error(`${row!.n} rows in host_turns, not ${count}`);
      await sleep(20);
    }
  }

  /** Takes the turn and keeps it until `release`. */
  async function hold(host = 'web-1'): Promise<{ release: () => Promise<void> }> {
    let release = (): void => undefined;
    let held = (): void => undefined;
    const taken = new Promise<void>((resolve) => (held = resolve));
    const done = turns.withTurn(host, INCIDENT, 'critical', 'intrusion', forever(), () => {
      held();
      return new Promise<void>((resolve) => (release = resolve));
    });
    await taken;
    return {
      release: () => {
        release();
        return done;
      },
    };
  }

  it('B9 gives back what the act gives, throws what it throws, and leaves nothing behind', async () => {
    const act = (value: () => Promise<string>) =>
      turns.withTurn('web-1', INCIDENT, 'high', 'malware', forever(), value);
    expect(await act(() => Promise.resolve('done'))).toBe('done');
    await expect(act(() => Promise.reject(new Error('host says no')))).rejects.toThrow('host says no');
    expect(await act(() => Promise.resolve('again'))).toBe('again');
    await queued(0);
  });

  it('B9 two acts on one host never overlap, two processes or not; on two hosts they do', async () => {
    const other = server.open(database.url).turns;
    let on = 0;
    let most = 0;
    const act = async () => {
      most = Math.max(most, (on += 1));
      await sleep(20);
      on -= 1;
    };
    const run = (host: (i: number) => string) =>
      Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          (i % 2 ? turns : other).withTurn(host(i), INCIDENT, 'high', 'ddos', forever(), act),
        ),
      );
    await run(() => 'web-1');
    expect(most).toBe(1);
    const both = [await hold('web-1'), await hold('web-2')];
    await Promise.all(both.map(({ release }) => release()));
  });

  it('B9 who waits is served by severity, then by type, then by arrival', async () => {
    const { release } = await hold();
    const served: string[] = [];
    const arrivals: readonly (readonly [string, Severity, IncidentType])[] = [
      ['medium', 'medium', 'intrusion'],
      ['high ddos', 'high', 'ddos'],
      ['high intrusion 1', 'high', 'intrusion'],
      ['high intrusion 2', 'high', 'intrusion'],
      ['critical unknown', 'critical', 'unknown'],
    ];
    const waiting: Promise<void>[] = [];
    for (const [name, severity, type] of arrivals) {
      const act = () => Promise.resolve(void served.push(name));
      waiting.push(turns.withTurn('web-1', OTHER_INCIDENT, severity, type, forever(), act));
      await queued(waiting.length + 1);
    }
    await release();
    await Promise.all(waiting);
    expect(served).toEqual(['critical unknown', 'high intrusion 1', 'high intrusion 2', 'high ddos', 'medium']);
  });

  it('B9 who waits is served at once when the turn is free, not at the next look', async () => {
    const { release } = await hold();
    let at = 0;
    const waiting = turns.withTurn('web-1', OTHER_INCIDENT, 'high', 'ddos', forever(), () =>
      Promise.resolve((at = Date.now())),
    );
    await queued(2);
    await sleep(600);
    const released = Date.now();
    await release();
    await waiting;
    expect(at - released).toBeLessThan(400);
  });

  it('B10 a worker killed with -9 frees its turn', async () => {
    const holder = spawn(process.execPath, [join(__dirname, 'turn-holder.cjs'), database.url, 'web-1', INCIDENT], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    let taken = false;
    const waiting = turns.withTurn('web-1', OTHER_INCIDENT, 'medium', 'ddos', forever(), () => {
      taken = true;
      return Promise.resolve();
    });
    await queued(2);
    await sleep(700);
    expect(taken).toBe(false);
    holder.kill('SIGKILL');
    await waiting;
    await queued(1);
    await turns.withTurn('web-1', INCIDENT, 'medium', 'ddos', forever(), () => Promise.resolve());
    await queued(0);
  });

  it('B10 a waiter that died does not hold up those behind it', async () => {
    const { release } = await hold();
    const served: string[] = [];
    const doomed = turns.withTurn('web-1', INCIDENT, 'critical', 'intrusion', forever(), () =>
      Promise.resolve(void served.push('critical')),
    );
    await queued(2);
    await database.admin(`SELECT pg_terminate_backend(l.pid) FROM host_turns AS t, pg_locks AS l
      WHERE l.objid = t.id AND l.locktype = 'advisory' AND l.objsubid = 2 AND t.held_from IS NULL`);
    const waiting = turns.withTurn('web-1', OTHER_INCIDENT, 'medium', 'ddos', forever(), () =>
      Promise.resolve(void served.push('medium')),
    );
    await release();
    await Promise.all([doomed, waiting]);
    expect(served.sort()).toEqual(['critical', 'medium']);
  });

  it('B9 an abort ends the wait at once with its reason, and the place is given up', async () => {
    const { release } = await hold();
    const controller = new AbortController();
    const act = jest.fn();
    const waiting = turns.withTurn('web-1', OTHER_INCIDENT, 'critical', 'intrusion', controller.signal, act);
    await queued(2);
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await queued(1);
    await release();
    await expect(
      turns.withTurn('web-1', OTHER_INCIDENT, 'critical', 'intrusion', AbortSignal.abort(reason), act),
    ).rejects.toBe(reason);
    expect(act).not.toHaveBeenCalled();
  });

  it('B9 without PostgreSQL the act runs at once: containment comes first', async () => {
    const url = onDatabase('postgres://nobody@127.0.0.1:1', 'nowhere');
    const away = new PostgresHostTurns({ url, applicationName: 'test' }, quiet);
    const done = await away.withTurn('web-1', INCIDENT, 'high', 'ddos', forever(), () => Promise.resolve('acted'));
    expect(done).toBe('acted');
  });

  it('B10 a restart of PostgreSQL under holder and waiters loses no act', async () => {
    const { release } = await hold();
    let acts = 0;
    const waiting = Array.from({ length: 3 }, () =>
      turns.withTurn('web-1', OTHER_INCIDENT, 'high', 'ddos', forever(), () => Promise.resolve((acts += 1))),
    );
    await queued(4);
    await server.server.kill();
    await server.server.restart();
    await release();
    await Promise.all(waiting);
    expect(acts).toBe(3);
    // Rows of sessions that the restart ended count for nothing; the next one in line clears them away.
    await turns.withTurn('web-1', INCIDENT, 'high', 'ddos', forever(), () => Promise.resolve());
    await queued(0);
  });
});
