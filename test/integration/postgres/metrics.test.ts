import { onRecord } from '../../../src/domain/fact';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { MetricsServer } from '../../../src/adapters/prometheus/metrics-server';
import { startMetricsServer } from '../../../src/adapters/prometheus/metrics-server';
import { METRIC_NAMES } from '../../../src/adapters/postgres/metrics';
import { createPostgres } from '../../../src/adapters/postgres/create-postgres';
import { DOCUMENT, INCIDENT, OTHER_INCIDENT, order, quiet, useDatabase } from './world';

const database = useDatabase();
const warnings: string[] = [];
const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** As a role that only reads. */
async function serving(url = database().urls.reader): Promise<MetricsServer> {
  const reader = createPostgres({ url, applicationName: 'firebreak test', log: quiet });
  const warn = (message: string): void => void warnings.push(message);
  const server = await startMetricsServer({ source: reader.metrics, host: '127.0.0.1', port: 0, warn });
  opened.push(server.stop, () => reader.close());
  return server;
}

const ask = (server: MetricsServer, path = '/metrics', init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

const LINE = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)$/;

/** `name{labels}` with its value; a line that is none fails the test. */
async function scraped(server: MetricsServer): Promise<ReadonlyMap<string, number>> {
  const reply = await ask(server);
  expect({ status: reply.status, type: reply.headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
  const lines = (await reply.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, labels = '', value] = LINE.exec(line) ?? [];
      if (name === undefined) throw new Error(`no line of the format: ${line}`);
      const sorted = labels.split(',').sort().join();
      return [sorted === '' ? name : `${name}{${sorted}}`, Number(value)] as const;
    }),
  );
}

describe('metrics are counted where they are on record', () => {
  it('an installation without incidents has figures, and all of them are zero', async () => {
    const seen = await scraped(await serving());
    expect(seen.get('firebreak_incidents_open{state="all"}')).toBe(0);
    expect(seen.get('firebreak_questions_open{kind="approval"}')).toBe(0);
    expect(seen.get('firebreak_controls_overdue')).toBe(0);
    expect([...seen.values()].filter((value) => value !== 0)).toEqual([]);
  });

  it('incidents, questions, steps and the time they took', async () => {
    const { incidents, responses } = database().postgres;
    await incidents.declare(order(), DOCUMENT, 'stolen key');
    await incidents.declare(order(OTHER_INCIDENT), DOCUMENT, 'another');
    const declared = Date.parse(order().declaredAt);
    const after = (seconds: number): string => new Date(declared + seconds * 1_000).toISOString();
    await incidents.update(INCIDENT, { needsHuman: true, questions: [{ kind: 'approval', until: after(60) }] });
    await incidents.update(OTHER_INCIDENT, {
      outcome: 'contained',
      responseEndedAt: after(20),
      deadlineMet: false,
      acknowledgedBy: ['bob'],
    });
    const step = {
      at: after(0),
      endedAt: after(12),
      phase: 'containing',
      kind: 'step',
      fact: { fact: 'step', box: 'control access' },
    } as const;
    await responses.recordTimeline(OTHER_INCIDENT, 'step:control access:1', step);
    await responses.recordTimeline(OTHER_INCIDENT, 'step:free words:1', {
      ...step,
      fact: { fact: 'recorded', words: onRecord('free words') },
    });
    const seen = await scraped(await serving());
    const { severity, type } = order();
    const of = (outcome: string) =>
      `firebreak_incidents{drill="false",outcome="${outcome}",severity="${severity}",type="${type}"}`;
    expect([seen.get(of('open')), seen.get(of('contained'))]).toEqual([1, 1]);
    expect(
      ['all', 'need_people', 'unacknowledged'].map((state) => seen.get(`firebreak_incidents_open{state="${state}"}`)),
    ).toEqual([2, 1, 1]);
    expect(seen.get('firebreak_questions_open{kind="approval"}')).toBe(1);
    expect(seen.get(`firebreak_response_seconds_total{severity="${severity}"}`)).toBe(20);
    expect(seen.get('firebreak_responses_late_total')).toBe(1);
    expect(seen.get('firebreak_evidence_unsealed')).toBe(1);
    expect(seen.get('firebreak_steps_total{result="done",step="control access"}')).toBe(1);
    expect(seen.get('firebreak_step_seconds_total{step="control access"}')).toBe(12);
    expect([...seen.keys()].filter((key) => key.includes('free words'))).toEqual([]);
  });

  it('acts, notices, controls and the ledger; a code that is none is no series of its own', async () => {
    const { incidents } = database().postgres;
    await incidents.declare(order(), DOCUMENT, 'stolen key');
    await database().admin(`
      INSERT INTO emergency_responses (action_id, execution, attempt, state, incident, host, kind, error_code, occurred_at) VALUES
        ('a', 'x', 1, 'failed', '${INCIDENT}', 'web-1', 'block-sources', 'HOST_TIMEOUT', now()),
        ('a', 'x', 2, 'failed', '${INCIDENT}', 'web-1', 'block-sources', 'made up"\\n', now()),
        ('a', 'x', 3, 'succeeded', '${INCIDENT}', 'web-1', 'block-sources', NULL, now());
      INSERT INTO access_controls (action_id, target, incident, host, kind, rung, reason, since, expires_at) VALUES
        ('a', '192.0.2.1', '${INCIDENT}', 'web-1', 'block-sources', 'nftables', 'x', now(), now() - interval '1 minute'),
        ('a', '192.0.2.2', '${INCIDENT}', 'web-1', 'block-sources', 'nftables', 'x', now(), now() + interval '1 hour');
      INSERT INTO security_readings (incident, stage, host, read_at, reading) VALUES
        ('${INCIDENT}', 'after', 'web-1', now() - interval '1 minute', '{"drift": 7}'),
        ('${INCIDENT}', 'watch', 'web-1', now(), '{"drift": 2, "load": 0.97}'),
        ('${INCIDENT}', 'watch', 'db-1', now() - interval '1 minute', '{"drift": 0, "load": 0.97}'),
        ('${INCIDENT}', 'watch', 'db-1', now(), '{"drift": 0, "load": 0.4}');
      INSERT INTO notification_deliveries (id, incident, kind, person, channel, state, attempts, possible_double, occurred_at)
        VALUES ('n', '${INCIDENT}', 'start', 'sato', 'mail', 'delivered', 1, false, now());`);
    await database().postgres.ledger.append([
      {
        key: 'k',
        level: 'AUDIT',
        incident: INCIDENT,
        actor: 'firebreak',
        stage: 'event',
        action: 'test',
        subject: 'x',
        at: new Date(Date.now() - 90_000).toISOString(),
      },
    ]);
    const seen = await scraped(await serving());
    const acts = (result: string, code: string) =>
      seen.get(`firebreak_acts_total{code="${code}",kind="block-sources",result="${result}"}`);
    expect([acts('failed', 'HOST_TIMEOUT'), acts('failed', 'other'), acts('succeeded', '')]).toEqual([1, 1, 1]);
    expect(seen.get('firebreak_controls_in_force{kind="block-sources"}')).toBe(2);
    expect(seen.get('firebreak_controls_overdue')).toBe(1);
    expect(seen.get('firebreak_controls_missing')).toBe(2);
    expect(seen.get('firebreak_hosts_loaded')).toBe(1);
    expect(seen.get('firebreak_notices{channel="mail",kind="start",state="delivered"}')).toBe(1);
    expect(seen.get('firebreak_ledger_events_total{level="AUDIT"}')).toBe(1);
    expect(seen.get('firebreak_ledger_lag_seconds')).toBeGreaterThanOrEqual(90);
  });
});

describe('H1 what somebody has spoilt', () => {
  it('costs its own figures, not the others, and is counted', async () => {
    const spoilt = {
      at: '2026-11-20T03:00:00Z',
      endedAt: '0',
      phase: 'declared',
      kind: 'step',
      fact: { fact: 'by-order' },
    } as const;
    await database().postgres.responses.recordTimeline(INCIDENT, 'step:open:x', spoilt);
    const seen = await scraped(await serving());
    expect(seen.get('firebreak_metrics_unreadable')).toBe(1);
    expect(seen.get('firebreak_incidents_open{state="all"}')).toBe(0);
    expect([...seen.keys()].some((key) => key.startsWith('firebreak_step_seconds_total'))).toBe(false);
  });

  it('a response that seems to end before it was declared took no time: the signer’s clock may be ahead', async () => {
    const { incidents } = database().postgres;
    await incidents.declare(order(), DOCUMENT, 'stolen key');
    await incidents.update(INCIDENT, {
      responseEndedAt: new Date(Date.parse(order().declaredAt) - 60_000).toISOString(),
    });
    const { severity } = order();
    expect((await scraped(await serving())).get(`firebreak_response_seconds_total{severity="${severity}"}`)).toBe(0);
  });
});

describe('the listener', () => {
  it('H2 a page in a browser on this machine cannot read it, by whatever name', async () => {
    const server = await serving();
    const asked = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asking = get({ port: server.port, host: '127.0.0.1', path: '/metrics', headers }, (reply) => {
          reply.resume();
          resolve(reply.statusCode);
        });
        asking.once('error', reject);
      });
    expect(await asked({ host: 'firebreak.example.net' })).toBe(403);
    expect(await asked({ host: 'localhost', origin: 'http://firebreak.example.net' })).toBe(403);
    expect(await asked({ host: `localhost:${server.port}` })).toBe(200);
  });

  it('answers GET /metrics and nothing else', async () => {
    const server = await serving();
    expect((await ask(server, '/')).status).toBe(404);
    expect((await ask(server, '/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
    const head = await ask(server, '/metrics', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('says 503 where the tables cannot be read, and why in the log only', async () => {
    const server = await serving('postgres://nobody:secret-word@127.0.0.1:1/none');
    const reply = await ask(server);
    expect([reply.status, await reply.text()]).toEqual([503, 'the tables cannot be read\n']);
    expect(warnings.join()).toContain('PostgreSQL cannot be reached');
    expect(warnings.join()).not.toContain('secret-word');
  });
});

describe('what is shipped for Prometheus and Grafana', () => {
  const shipped = (name: string) => readFileSync(join(__dirname, '../../../deploy/monitoring', name), 'utf8');
  const named = (text: string) => [...new Set(text.match(/\bfirebreak_[a-z_]+/g))].sort();

  it('refers to metrics that there are, and shows every one of them', () => {
    expect(named(shipped('dashboard.json'))).toEqual([...METRIC_NAMES].sort());
    expect(named(shipped('alerts.yaml')).filter((name) => !METRIC_NAMES.includes(name))).toEqual([]);
  });

  it('every alert says what it is and what to do', () => {
    const { groups } = parse(shipped('alerts.yaml')) as {
      groups: { rules: { alert: string; annotations: { summary?: string; description?: string } }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    const wordless = rules.filter(({ annotations: { summary = '', description = '' } }) => !summary || !description);
    expect(wordless).toEqual([]);
  });
});
