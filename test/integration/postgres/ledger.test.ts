import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '../../../src/domain/ledger';
import { verifyExport } from '../../../src/adapters/postgres/audit-export';
import { INCIDENT, MIGRATIONS, TestServer, type TestDatabase } from './world';

const NO_HASH = '0'.repeat(64);

function event(key: string, changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    key,
    level: 'AUDIT',
    incident: INCIDENT,
    actor: 'alice',
    stage: 'event',
    action: 'respond',
    subject: 'web-1',
    at: '2026-11-20T03:00:00.000Z',
    ...changes,
  };
}

function events(count: number, prefix = 'e'): AuditEvent[] {
  return Array.from({ length: count }, (_, i) => event(`${prefix}-${i}`));
}

describe('the ledger (L1, TBL-095)', () => {
  let server: TestServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.database();
  });

  const ledger = () => database.postgres.ledger;

  it('L1 an empty ledger verifies and has a head to compare with', async () => {
    expect(await ledger().verify()).toEqual({ events: 0, head: { seq: 0, hash: NO_HASH }, faults: [] });
  });

  it('L1 events come back as they were given, in order, and the chain verifies', async () => {
    const given = [
      event('a', { reason: 'because', result: 'done', detail: { sources: 1000, forced: false, note: null } }),
      event('b', { level: 'CRITICAL', late: true }),
      { ...event('c'), incident: undefined } as unknown as AuditEvent,
    ];
    const position = await ledger().append(given);
    expect(position.seq).toBe(3);
    expect(await ledger().head()).toEqual(position);
    const stored = await ledger().events({ limit: 10 });
    expect(stored.map(({ seq, hash, ...rest }) => ({ ...rest, seq, hash: hash.length }))).toEqual(
      given.map((one, i) => ({ ...(JSON.parse(JSON.stringify(one)) as AuditEvent), seq: i + 1, hash: 64 })),
    );
    expect((await ledger().events({ incident: INCIDENT, limit: 1 })).map(({ key }) => key)).toEqual(['b']);
    expect(await ledger().verify()).toMatchObject({ events: 3, head: position, faults: [] });
  });

  it('L1 an event whose key is stored is skipped, within a batch too, and its position is given again', async () => {
    const first = await ledger().append([event('a'), event('a', { at: '2026-11-20T03:00:09.000Z' })]);
    await ledger().append([event('b')]);
    expect(await ledger().append([event('a')])).toEqual(first);
    expect(await ledger().verify()).toMatchObject({ events: 2, faults: [] });
  });

  it('H1 a different event under a stored key is itself a CRITICAL event, once; the same event again is none', async () => {
    const stand = event('seal:x', { actor: 'firebreak', action: 'evidence.seal', result: 'a' });
    await ledger().append([stand]);
    const forged = { ...stand, actor: 'alice', action: 'stand-down', result: 'false alarm' };
    for (let n = 0; n < 3; n += 1) {
      await ledger().append([{ ...stand, at: '2026-11-20T04:00:00.000Z', late: true }]);
      expect(await ledger().append([forged, event('after', {})])).toMatchObject({ seq: expect.any(Number) as number });
    }
    await ledger().append([event('both', { result: 'one' }), event('both', { result: 'two' })]);
    const stored = await ledger().events({ limit: 10 });
    expect(stored.map(({ action, key }) => (action === 'ledger.conflict' ? action : key))).toEqual([
      'seal:x',
      'after',
      'ledger.conflict',
      'both',
      'ledger.conflict',
    ]);
    expect(stored[2]).toMatchObject({
      level: 'CRITICAL',
      actor: 'firebreak',
      subject: 'seal:x',
      detail: { actor: 'alice', action: 'stand-down', result: 'false alarm' },
    });
    expect((await ledger().verify()).faults).toEqual([]);
  });

  it('L1 odd input never breaks the chain: U+0000, lone surrogates, huge numbers, nanoseconds, long keys', async () => {
    const odd: AuditEvent[] = [
      event('nul\u0000key', { subject: 'a\u0000b', reason: '\u0000', actor: '\ud800' }),
      event('surrogate', { subject: 'x\udc00y', detail: { 'n\u0000': 'v\ud83d', ok: '😀' } }),
      event('numbers', { detail: { a: 1e308, b: Number('1e400'), c: Number.NaN, d: -0, e: 5e-324, f: 2 ** 60 } }),
      event('nanoseconds', { at: '2026-11-20T03:00:00.123456789Z' }),
      event('offset', { at: '2026-11-20T03:00:00+09:00' }),
      event('no time', { at: 'yesterday' }),
      event('30 february', { at: '2026-02-30T00:00:00Z' }),
      event('midnight', { at: '2026-02-28T24:00:00.000000001Z' }),
      event('year 0', { at: '0000-01-01T00:00:00Z' }),
      event('far time', { at: '+275760-09-13T00:00:00.000Z' }),
      event('k'.repeat(10_000)),
      event('big', { subject: 'x'.repeat(1_000_000) }),
      event('quotes', { subject: `'"\\\n\r\u2028{}$$` }),
      event('no incident', { incident: `x\u0000${'y'.repeat(9_000)}` as typeof INCIDENT }),
      event('proto', { detail: { __proto__x: 1, constructor: 'c' } }),
    ];
    for (const one of odd) await ledger().append([one]);
    await ledger().append(odd);
    expect(await ledger().verify()).toMatchObject({ events: odd.length, faults: [] });
    const stored = await ledger().events({ limit: 100 });
    expect(stored.find(({ key }) => key === 'nanoseconds')?.at).toBe('2026-11-20T03:00:00.123456789Z');
    expect(stored.find(({ key }) => key === 'offset')?.at).toBe('2026-11-19T18:00:00.000Z');
    expect(stored.find(({ key }) => key === 'no time')?.detail).toEqual({ atAsGiven: 'yesterday' });
    expect(stored.find(({ key }) => key === 'numbers')?.detail).toMatchObject({ a: 1e308, b: 'Infinity', c: 'NaN' });
  });

  it('L1 16 concurrent appenders in two processes make one chain without a fork', async () => {
    const other = server.open(database.url);
    const appenders = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? ledger() : other.ledger));
    await Promise.all(
      appenders.map(async (appender, i) => {
        for (let n = 0; n < 25; n += 1) await appender.append([event(`${i}-${n}`), event(`shared-${n}`)]);
      }),
    );
    expect(await ledger().verify()).toMatchObject({ events: 16 * 25 + 25, faults: [] });
  });

  it('L1 100,000 events are appended, verified and exported', async () => {
    const batch = events(100_000);
    const head = await ledger().append(batch);
    expect(await ledger().verify()).toMatchObject({ events: 100_000, head, faults: [] });
    const lines: string[] = [];
    await ledger().export((line) => Promise.resolve(void lines.push(line)));
    expect(await verifyExport(lines)).toMatchObject({ events: 100_000, head, faults: [] });
  });

  it('L1 a restart of the server in the middle loses nothing and doubles nothing', async () => {
    const keys = Array.from({ length: 60 }, (_, i) => `r-${i}`);
    const appending = (async () => {
      for (const key of keys) {
        // What an activity's retry does: the same event again until it is taken.
        for (;;) {
          try {
            await ledger().append([event(key)]);
            break;
          } catch (error) {
            expect((error as { code: string }).code).toBe('LEDGER_UNREACHABLE');
          }
        }
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 40));
    await server.server.kill();
    await server.server.restart();
    await appending;
    expect((await ledger().events({ limit: 1000 })).map(({ key }) => key)).toEqual(keys);
    expect(await ledger().verify()).toMatchObject({ events: 60, faults: [] });
  });

  describe('append-only by rights and triggers', () => {
    it.each([
      [
        'INSERT',
        `INSERT INTO security_logs SELECT 99, line, hash, 'x', level, incident, actor, action FROM security_logs`,
      ],
      ['UPDATE', `UPDATE security_logs SET actor = 'mallory'`],
      ['DELETE', 'DELETE FROM security_logs'],
      ['TRUNCATE', 'TRUNCATE security_logs'],
      ['ALTER', 'ALTER TABLE security_logs DISABLE TRIGGER ALL'],
      ['UPDATE of the head', 'UPDATE security_log_heads SET seq = 0'],
      ['DELETE of the head', 'DELETE FROM security_log_heads'],
      ['replica mode', `SET session_replication_role = replica`],
      ['ownership', 'SET ROLE firebreak_owner'],
      ['a table in public', 'CREATE TABLE public.security_logs_2 (a int)'],
    ])('L1 the application role is refused: %s', async (_what, sql) => {
      await ledger().append([event('a')]);
      await expect(database.postgres.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
      expect(await ledger().verify()).toMatchObject({ events: 1, faults: [] });
    });

    it.each([
      ['UPDATE', `UPDATE security_logs SET actor = 'mallory'`],
      ['UPDATE of nothing', `UPDATE security_logs SET actor = 'mallory' WHERE false`],
      ['DELETE', 'DELETE FROM security_logs'],
      ['TRUNCATE', 'TRUNCATE security_logs'],
      ['DELETE of the head', 'DELETE FROM security_log_heads'],
      ['a head set back', 'UPDATE security_log_heads SET seq = 0'],
    ])('L1 triggers refuse even the owner and a superuser in replica mode: %s', async (_what, sql) => {
      await ledger().append([event('a')]);
      for (const prelude of ['SET ROLE firebreak_owner', 'SET session_replication_role = replica']) {
        await expect(database.admin(`${prelude}; ${sql}`)).rejects.toMatchObject({ code: '42501' });
      }
      expect(await ledger().verify()).toMatchObject({ events: 1, faults: [] });
    });

    it('L1 the append function refuses lines that do not continue the chain', async () => {
      await ledger().append([event('a')]);
      const { hash } = await ledger().head();
      const line = (seq: number, prev: string) =>
        JSON.stringify({ ...event('forged'), seq, prev, storedAt: '2026-11-20T03:00:00Z' });
      const append = (text: string) => database.postgres.pool.query('SELECT security_logs_append($1)', [text]);
      await expect(append(line(3, hash))).rejects.toMatchObject({ code: '23502' });
      await expect(append(line(1, hash))).rejects.toMatchObject({ code: '23502' });
      await expect(append(line(2, NO_HASH))).rejects.toMatchObject({ code: '23502' });
      await append(line(2, hash));
      expect(await ledger().verify()).toMatchObject({ events: 2, faults: [] });
    });
  });

  describe('what verify finds when somebody was stronger than the triggers', () => {
    const forced = (sql: string) =>
      database.admin(
        `ALTER TABLE security_logs DISABLE TRIGGER ALL; ALTER TABLE security_log_heads DISABLE TRIGGER ALL; ${sql}`,
      );

    beforeEach(() => ledger().append(events(10)));

    it('L1 a changed line', async () => {
      await forced(
        `UPDATE security_logs SET line = replace(line, 'alice', 'mallory'), actor = 'mallory' WHERE seq = 4`,
      );
      const { faults } = await ledger().verify();
      expect(faults).toEqual([{ seq: 4, detail: expect.stringMatching(/the bytes hash to .* stored is/) as string }]);
    });

    it('L1 a changed line with its hash made new shows at the next line', async () => {
      await forced(`UPDATE security_logs SET line = replace(line, 'alice', 'mallory'), actor = 'mallory' WHERE seq = 4;
        UPDATE security_logs SET hash = encode(sha256(convert_to(line, 'UTF8')), 'hex') WHERE seq = 4`);
      const { faults } = await ledger().verify();
      expect(faults).toEqual([{ seq: 5, detail: expect.stringMatching(/as the one before/) as string }]);
    });

    it('L1 a changed column beside an untouched line', async () => {
      await forced(`UPDATE security_logs SET actor = 'mallory', incident = NULL WHERE seq = 4`);
      expect((await ledger().verify()).faults.map(({ seq, detail }) => [seq, detail])).toEqual([
        [4, 'the column incident does not say what the line says'],
        [4, 'the column actor does not say what the line says'],
      ]);
    });

    it('L1 missing lines in the middle, at the start and at the end, all listed at once', async () => {
      await forced('DELETE FROM security_logs WHERE seq IN (1, 4, 5, 9, 10)');
      expect((await ledger().verify()).faults).toEqual([
        { seq: 2, detail: 'missing before this one: 1' },
        { seq: 6, detail: 'missing before this one: 4 to 5' },
        { seq: 10, detail: 'missing at the end: 9 to 10' },
      ]);
    });

    it('L1 everything deleted', async () => {
      await forced('DELETE FROM security_logs');
      expect((await ledger().verify()).faults).toEqual([{ seq: 10, detail: 'missing at the end: 1 to 10' }]);
    });

    it('L1 a tail cut together with the head, against a position known from elsewhere', async () => {
      const known = await ledger().head();
      await forced(`DELETE FROM security_logs WHERE seq > 6;
        UPDATE security_log_heads SET seq = 6, hash = (SELECT hash FROM security_logs WHERE seq = 6)`);
      expect((await ledger().verify()).faults).toEqual([]);
      expect((await ledger().verify([known])).faults).toEqual([
        { seq: 10, detail: 'known from elsewhere, but the chain ends at 6' },
      ]);
    });

    it('L1 a table rewritten from the start, against a position known from elsewhere', async () => {
      const known = await ledger().head();
      await forced(`DELETE FROM security_logs; UPDATE security_log_heads SET seq = 0, hash = repeat('0', 64)`);
      await ledger().append(events(10).map((one) => ({ ...one, actor: 'mallory' })));
      expect((await ledger().verify()).faults).toEqual([]);
      expect((await ledger().verify([known])).faults).toEqual([
        { seq: 10, detail: expect.stringContaining('the chain was rewritten') as string },
      ]);
    });

    it('L1 the head row removed', async () => {
      await forced('DELETE FROM security_log_heads');
      expect((await ledger().verify()).faults).toEqual([
        { seq: 10, detail: expect.stringMatching(/no head/) as string },
      ]);
    });
  });

  it('L1 an export verifies offline, and every change to it shows', async () => {
    await ledger().append(events(20));
    const lines: string[] = [];
    expect(await ledger().export((line) => Promise.resolve(void lines.push(line)))).toBe(20);
    expect(await verifyExport(lines)).toMatchObject({ events: 20, head: await ledger().head(), faults: [] });
    for (let i = 0; i < lines.length; i += 1) {
      const without = lines.filter((_, at) => at !== i);
      expect((await verifyExport(without)).faults).not.toEqual([]);
      const changed = lines.map((line, at) =>
        at === i ? line.replace(/[0-9a-f](?=")/, (c) => (c === '0' ? '1' : '0')) : line,
      );
      if (changed[i] !== lines[i]) expect((await verifyExport(changed)).faults).not.toEqual([]);
    }
    expect((await verifyExport([...lines, lines[3]!])).faults).not.toEqual([]);
  });

  it('L1 a stranger verifies an export with the python3 lines of migrations/README.md', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'firebreak-test-export-'));
    const readme = await readFile(join(MIGRATIONS, 'README.md'), 'utf8');
    const script = join(directory, 'check.py');
    await writeFile(script, /```python\n([^]+?)```/.exec(readme)?.[1] ?? '');
    await ledger().append([...events(30), event('日本語 😀', { subject: '山田\u0000' })]);
    const lines: string[] = [];
    await ledger().export((line) => Promise.resolve(void lines.push(line)));
    const check = async (text: string) => {
      await writeFile(join(directory, 'export.jsonl'), text);
      return spawnSync('python3', [script, join(directory, 'export.jsonl')], { encoding: 'utf8' });
    };
    const { hash } = await ledger().head();
    expect(await check(`${lines.join('\n')}\n`)).toMatchObject({
      status: 0,
      stdout: `31 events, head ${hash}, 0 faults\n`,
    });
    for (const broken of [
      lines.toSpliced(3, 1),
      lines.toSpliced(30, 1),
      lines.with(7, lines[7]!.replace('alice', 'mallo')),
    ]) {
      expect((await check(`${broken.join('\n')}\n`)).status).toBe(1);
    }
    await rm(directory, { recursive: true });
  });
});
