import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { inEnglish } from '../src/domain/fact-words';
import { DEADLINE_MS } from '../src/domain/numbers';
import type { IncidentRow } from '../src/ports/repositories';
import type { StartedIncident } from '../src/operations/respond';
import { respond } from '../src/operations/respond';
import { followIncident, incidentStatus } from '../src/operations/status';
import { attackSources, incidentDocument } from '../demo/scenario';
import type { World } from '../demo/world';
import { worldUp } from '../demo/world';
import { runBeside } from './beside';
import { detectorCredentials } from './detector';
import { hostileCompany } from './hostile-company';
import { noopThroughput } from './noop';
import { trigger } from './trigger';

/** B16: our own bars for the largest case. */
const BAR_MS = 15_000;
const BAR_WORKER_MIB = 512;
const LOG_LINES = 100_000;
const CONCURRENT = 50;
/** Acts on one host never interleave (B9), so one host would be all that is measured. */
const CONCURRENT_HOSTS = ['web-1', 'db-1'] as const;
/** Longer than the deadline of a response (B7): none may still be under way. */
const PATIENCE_MS = DEADLINE_MS + 60_000;
const LOOK_EVERY_MS = 5_000;
const CASES: readonly string[] = ['largest', 'concurrent', 'hostile'];
const DEFAULT_PAIRS = 3;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Peak resident memory of a process, MiB, as the kernel accounts it. */
function peakMiB(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1_024;
}

interface HistoryFigures {
  readonly events: number;
  readonly bytes: number;
  readonly activities: number;
}

async function historyOf(world: World, workflowId: string): Promise<HistoryFigures> {
  const client = await world.firebreak.operations.temporal();
  const handle = client.workflow.getHandle(workflowId);
  const [history, described] = await Promise.all([handle.fetchHistory(), handle.describe()]);
  return {
    events: history.events?.length ?? 0,
    bytes: described.historySize ?? 0,
    activities: (history.events ?? []).filter((event) => Boolean(event.activityTaskScheduledEventAttributes)).length,
  };
}

async function largestCase(world: World) {
  const { operations } = world.firebreak;
  for (const host of world.lab.hosts.values()) {
    if (host.role !== 'host') continue;
    const made = await host.exec(
      `seq 1 ${LOG_LINES} | awk '{ printf "2026-11-20T03:00:00+00:00 ${host.name} app[4242]: request %d from 198.51.100.%d took %d ms and was answered with 200 OK\\n", $1, $1 % 250, $1 % 900 }' >/var/log/app.log && wc -l </var/log/app.log`,
    );
    if (Number(made.stdout.trim()) !== LOG_LINES)
      throw new Error(`no ${LOG_LINES} lines on ${host.name}: ${made.stderr}`);
  }
  const sources = attackSources(world.lab.attacker);
  const document = {
    ...incidentDocument([...sources.v4, ...sources.v6], new Date()),
    logSources: ['/var/log/app.log'],
  };
  const [started] = await respond(
    operations,
    await world.credentials(),
    trigger(['intrusion'], 'critical', 'isolate', Buffer.from(JSON.stringify(document))),
    {
      drill: false,
      evenIfOpen: true,
      trigger: 'operator',
    },
  );
  if (started === undefined) throw new Error('nothing was started');
  await ended(world, started);
  const status = await incidentStatus(operations, started.incident);
  const { row } = status;
  const totalMs = Date.parse(row.responseEndedAt ?? '') - Date.parse(row.order.declaredAt);
  const appLog = (await (await operations.evidence()).entries(started.incident)).filter(
    (entry) => entry.name.includes('app.log') || entry.name.includes('app-log'),
  );
  return {
    incident: started.incident,
    outcome: row.outcome,
    abnormal: row.abnormal,
    totalMs,
    steps: status.timeline
      .filter(({ kind, endedAt }) => endedAt !== undefined && (kind === 'step' || kind === 'failure'))
      .map((entry) => ({ step: inEnglish(entry.fact), ms: Date.parse(entry.endedAt ?? '') - Date.parse(entry.at) })),
    acts: status.results
      .map((result) => ({
        act: `${result.host} ${result.kind}`,
        ms: Date.parse(result.endedAt) - Date.parse(result.startedAt),
      }))
      .sort((a, b) => b.ms - a.ms),
    logBytes: appLog.reduce((sum, entry) => sum + entry.bytes, 0),
    history: await historyOf(world, `${started.incident}:response-1`),
    workerPeakMiB: Math.max(...world.stack.workers.map((worker) => peakMiB(worker.pid))),
  };
}

async function ended(world: World, started: StartedIncident): Promise<void> {
  await followIncident(world.firebreak.operations, started.incident, {
    until: 'response-ended',
    signal: AbortSignal.timeout(PATIENCE_MS),
    onChange: () => undefined,
  });
}

const responseMs = (row: IncidentRow): number =>
  row.responseEndedAt === null ? PATIENCE_MS : Date.parse(row.responseEndedAt) - Date.parse(row.order.declaredAt);

/**
 * Looks at one after the other, so that watching costs next to nothing, and says how far they are: on two cores this takes minutes.
 * @throws when one has not ended in time
 */
async function allEnded(world: World, started: readonly StartedIncident[]): Promise<IncidentRow[]> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  const rows: IncidentRow[] = [];
  let open = started;
  while (open.length > 0) {
    const left: StartedIncident[] = [];
    for (const one of open) {
      const row = await world.firebreak.operations.incidents.find(one.incident);
      if (row !== undefined && row.responseEndedAt !== null) rows.push(row);
      else left.push(one);
    }
    open = left;
    say(`  ${rows.length} of ${started.length} responses have ended`);
    if (open.length > 0 && Date.now() > giveUpAt)
      throw new Error(`not ended: ${open.map((one) => one.incident).join()}`);
    if (open.length > 0) await sleep(LOOK_EVERY_MS);
  }
  return rows;
}

/** Incidents at once against the same number of workflows with as many no-op activities, on the same server. */
async function concurrentCase(world: World, count: number) {
  const { operations } = world.firebreak;
  const credentials = await detectorCredentials(world);
  const sources = world.lab.attacker.addresses4(count * 2);
  const startedAt = Date.now();
  const started = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const document = {
        title: `concurrent incident ${index + 1}`,
        confidence: 0.9,
        hosts: [CONCURRENT_HOSTS[index % CONCURRENT_HOSTS.length]],
        sources: sources.slice(2 * index, 2 * index + 2),
        indicators: [{ kind: 'failed-logins', value: 'sshd', count: 10 }],
      };
      const [one] = await respond(
        operations,
        credentials,
        trigger(['intrusion'], 'medium', 'block', Buffer.from(JSON.stringify(document))),
        {
          drill: false,
          evenIfOpen: true,
          trigger: 'detector',
        },
      );
      if (one === undefined) throw new Error('nothing was started');
      return one;
    }),
  );
  const rows = await allEnded(world, started);
  const incidentMs = Date.now() - startedAt;
  const figures = await Promise.all(
    started
      .slice(0, 5)
      .map(
        async (one) =>
          (await historyOf(world, one.workflowId)).activities +
          (await historyOf(world, `${one.incident}:response-1`)).activities,
      ),
  );
  const activities = Math.round(figures.reduce((sum, count) => sum + count, 0) / figures.length);
  const noopMs = await noopThroughput(world.stack.temporal, count, activities);
  return {
    incidents: count,
    contained: rows.filter((row) => row.outcome === 'contained').length,
    others: rows
      .filter((row) => row.outcome !== 'contained')
      .map((row) => `${row.order.incident} ${row.outcome ?? row.phase} (${row.abnormal})`),
    slowestMs: Math.max(...rows.map(responseMs)),
    medianMs: rows.map(responseMs).sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0,
    activitiesEach: activities,
    perMinute: Math.round((60_000 * count) / incidentMs),
    noopPerMinute: Math.round((60_000 * count) / noopMs),
    ratio: Math.round((100 * noopMs) / incidentMs) / 100,
  };
}

type Largest = Awaited<ReturnType<typeof largestCase>>;
type Concurrent = Awaited<ReturnType<typeof concurrentCase>>;

function sayLargest(largest: Largest): void {
  say('');
  say(
    `largest case: 1,000 sources, 2 hosts, ${LOG_LINES} log lines each: ${largest.totalMs} ms (bar ${BAR_MS}), ${largest.outcome ?? '-'}`,
  );
  for (const { step, ms } of largest.steps) say(`  ${String(ms).padStart(6)} ms  ${step}`);
  for (const { act, ms } of largest.acts) say(`      of it ${String(ms).padStart(6)} ms  ${act}`);
  say(
    `  worker peak ${largest.workerPeakMiB.toFixed(0)} MiB (bar ${BAR_WORKER_MIB}); history ${largest.history.events} events, ${largest.history.bytes} bytes, ${largest.history.activities} activities`,
  );
}

function sayConcurrent(concurrent: Concurrent): void {
  say(
    `${concurrent.incidents} incidents at once on ${CONCURRENT_HOSTS.length} hosts: ${concurrent.perMinute} a minute, the median response takes ${(concurrent.medianMs / 1_000).toFixed(0)} s, the slowest ${(concurrent.slowestMs / 1_000).toFixed(0)} s; as many workflows of ${concurrent.activitiesEach} no-op activities: ${concurrent.noopPerMinute} a minute; ratio ${concurrent.ratio}`,
  );
}

function missedBars(largest: Largest | null, concurrent: Concurrent | null): string[] {
  const missed: string[] = [];
  if (largest !== null) {
    if (largest.totalMs > BAR_MS) missed.push(`total ${largest.totalMs} ms is above ${BAR_MS} ms`);
    if (largest.workerPeakMiB > BAR_WORKER_MIB)
      missed.push(`worker peak ${largest.workerPeakMiB.toFixed(0)} MiB is above ${BAR_WORKER_MIB} MiB`);
    if (largest.outcome !== 'contained') missed.push(`outcome ${largest.outcome ?? '-'}`);
    if (largest.logBytes === 0) missed.push(`the ${LOG_LINES} log lines are not in the bag`);
  }
  if (concurrent !== null && concurrent.contained < concurrent.incidents)
    missed.push(`${concurrent.contained} of ${concurrent.incidents} contained; ${concurrent.others.join(', ')}`);
  return missed;
}

/**
 * `npm run bench:flow [-- --only largest|concurrent|hostile] [-- --incidents N] [-- --pairs N]`; with `--beside DIR` the first two run in
 * turns with those of another built tree, and only the ratio counts.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      incidents: { type: 'string' },
      beside: { type: 'string' },
      pairs: { type: 'string' },
    },
  });
  const { only } = values;
  if (only !== undefined && !CASES.includes(only)) throw new Error(`--only: one of ${CASES.join(', ')}`);
  const pairs = Number(values.pairs ?? DEFAULT_PAIRS);
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error('--pairs: a whole number from 1');
  if (values.beside !== undefined) {
    const args = [
      ...(only === undefined ? [] : ['--only', only]),
      ...(values.incidents === undefined ? [] : ['--incidents', values.incidents]),
    ];
    finish(await runBeside(values.beside, pairs, args, say));
    return;
  }
  const measured = only === 'hostile' ? { largest: null, concurrent: null } : await ownWorld(only, values.incidents);
  const hostile = only === undefined || only === 'hostile' ? await hostileCompany(pairs, say) : null;
  const failures = [...missedBars(measured.largest, measured.concurrent), ...(hostile?.failures ?? [])];
  finish({ ...measured, hostile, failures });
}

/** The cases that share one world. */
async function ownWorld(only: string | undefined, incidents: string | undefined) {
  const world = await worldUp({
    log: say,
    config: { 'detector.maximum': 'block', 'openIncidents.perDetector': 1_000, 'openIncidents.detectors': 1_000 },
  });
  try {
    const largest = only === 'concurrent' ? null : await largestCase(world);
    if (largest !== null) sayLargest(largest);
    const concurrent = only === 'largest' ? null : await concurrentCase(world, Number(incidents ?? CONCURRENT));
    if (concurrent !== null) sayConcurrent(concurrent);
    return { largest, concurrent };
  } finally {
    await world.down();
  }
}

function finish<Result extends { readonly failures: readonly string[] }>(result: Result): void {
  for (const failure of result.failures) say(`MISSED: ${failure}`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.failures.length > 0) process.exitCode = 1;
}

main().catch((thrown: unknown) => {
  say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exitCode = 1;
});
