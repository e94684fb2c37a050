import { TestServer } from '/work/main/test/integration/postgres/world';
import { makeLine, normaliseEvent } from '/work/main/src/adapters/postgres/audit-line';
it('x', async () => {
  const s = await TestServer.start();
  const d = await s.database();
  const evs = Array.from({length: 100000}, (_, i) => ({key:`e-${i}`, level:'AUDIT', incident:'INC-20261120-7F3K', actor:'alice', stage:'event', action:'respond', subject:'web-1', at:'2026-11-20T03:00:00.000Z'} as any));
  let t = Date.now(); const lap = (n: string) => { const x = Date.now(); process.stderr.write(`${n} ${x - t}\n`); t = x; };
  const cpu0 = process.cpuUsage();
  const norm = evs.map((e) => normaliseEvent(e, 'x')); lap('normalise');
  let p: any = {seq: 0, hash: '0'.repeat(64)}; const lines: string[] = [];
  for (const e of norm) { p = makeLine(e, p, '2026-11-20T03:00:00.000Z'); lines.push(p.line); } lap('lines');
  await d.postgres.pool.query('SELECT key FROM security_logs WHERE key = ANY($1::text[])', [norm.map((e) => e.key)]); lap('keys');
  await d.postgres.pool.query('SELECT count(*) FROM unnest($1::text[])', [lines]); lap('transfer');
  await d.postgres.pool.query('SELECT count(r.seq) FROM unnest($1::text[]) l, json_to_record(l::json) AS r (seq bigint, prev text, key text, level text, incident text, actor text, action text, at timestamptz)', [lines]); lap('transfer+record');
  await d.postgres.pool.query(`SELECT count(encode(sha256(convert_to(l, 'UTF8')), 'hex')) FROM unnest($1::text[]) l`, [lines]); lap('transfer+sha');
  await d.postgres.ledger.append(evs); lap('append');
  process.stderr.write(JSON.stringify(process.cpuUsage(cpu0)) + '\n');
  await s.stop();
}, 100000);
