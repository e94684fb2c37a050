import { HOSTILE_DISK_MIB, makeHarmless, makeHostile } from '../demo/lab/hostility';
import type { LabHost, LabHostSpec } from '../demo/lab/types';
import { worldUp, type World } from '../demo/world';
import { DEADLINE_MS } from '../src/domain/numbers';
import type { Credentials } from '../src/operations/deps';
import { respond } from '../src/operations/respond';
import { followIncident, incidentStatus } from '../src/operations/status';
import { operatorPool } from './operators';
import { releaseIncident } from './release';
import { median, medianOfRatios } from './statistics';
import { trigger } from './trigger';

const HONEST = ['app-1', 'db-1'] as const;
const HOSTILE = 'evil-1';
const SITE: readonly LabHostSpec[] = [
  { name: 'gw-1', role: 'gateway' },
  ...HONEST.map((name) => ({ name, role: 'host' as const })),
  { name: HOSTILE, role: 'host', diskMiB: HOSTILE_DISK_MIB },
];
const SOURCES = 40;
/** What the hostile host may cost the others: its flood of processes runs on the same machine. */
const BAR_RATIO = 1.5;
const PATIENCE_MS = DEADLINE_MS + 60_000;

interface Round {
  readonly hostile: boolean;
  /** From declaration to the last act on the two honest hosts. */
  readonly containedMs: number;
  /** From declaration to the end of the response. */
  readonly totalMs: number;
  readonly outcome: string;
  readonly wrong: readonly string[];
}

/** The same incident on three hosts, in turns with all of them honest and with one hostile: what that costs the other two. */
export async function hostileCompany(pairs: number, say: (line: string) => void) {
  const world = await worldUp({ log: say, hosts: SITE });
  try {
    const operator = await operatorPool(world, 6);
    const pids = world.stack.workers.map(({ pid }) => pid);
    const seen: (readonly [Round, Round])[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const order = pair % 2 === 0 ? [false, true] : [true, false];
      const rounds: Round[] = [];
      for (const hostile of order) rounds.push(await round(world, operator, hostile, say));
      const [calm, hostile] = [rounds.find((one) => !one.hostile), rounds.find((one) => one.hostile)];
      if (calm !== undefined && hostile !== undefined) seen.push([hostile, calm]);
    }
    const restarted = world.stack.workers.filter(({ pid }, index) => pid !== pids[index]).length;
    const rounds = seen.flat();
    const ratio = medianOfRatios(seen.map(([hostile, calm]) => [hostile.containedMs, calm.containedMs]));
    const of = (hostile: boolean) => rounds.filter((one) => one.hostile === hostile).map((one) => one.containedMs);
    say(
      `two hosts contained beside a hostile third: median ${median(of(true))} ms, beside an honest one ${median(of(false))} ms; median ratio of ${pairs} pairs ${ratio.toFixed(2)} (bar ${BAR_RATIO})`,
    );
    const failures = [
      ...rounds.flatMap(({ wrong }) => wrong),
      ...(restarted === 0 ? [] : [`${restarted} workers ended`]),
      ...(ratio <= BAR_RATIO ? [] : [`beside a hostile host ${ratio.toFixed(2)} times as long`]),
    ];
    return { ratio, rounds, failures };
  } finally {
    await world.down();
  }
}

async function round(
  world: World,
  operator: () => Promise<Credentials>,
  hostile: boolean,
  say: (line: string) => void,
): Promise<Round> {
  const evil = world.lab.hosts.get(HOSTILE) as LabHost;
  if (hostile) await makeHostile(evil);
  const { operations } = world.firebreak;
  const document = {
    title: hostile ? 'with a hostile host' : 'with honest hosts',
    hosts: [...HONEST, HOSTILE],
    sources: world.lab.attacker.addresses4(SOURCES),
    indicators: [{ kind: 'login-success-after-failures', value: 'deploy', count: 1 }],
  };
  const [started] = await respond(
    operations,
    await operator(),
    trigger(['intrusion'], 'critical', 'isolate', Buffer.from(JSON.stringify(document))),
    { drill: false, evenIfOpen: true, trigger: 'operator' },
  );
  if (started === undefined) throw new Error('nothing was started');
  const { incident } = started;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await followIncident(operations, incident, { until: 'response-ended', signal, onChange: () => undefined });
  const { row, results } = await incidentStatus(operations, incident);
  if (hostile) await makeHarmless(evil);
  const declaredAt = Date.parse(row.order.declaredAt);
  const acts = results.filter(({ host }) => HONEST.some((name) => name === host));
  const failed = acts.filter(({ verified, kind }) => !verified || kind === 'forced-isolation');
  const held = hostile ? row.needsHuman || row.outcome === 'contained-by-force' : row.outcome === 'contained';
  const wrong = [
    ...HONEST.filter((name) => !acts.some(({ host, kind }) => host === name && kind === 'isolate-host')).map(
      (name) => `${incident}: ${name} is not isolated`,
    ),
    ...failed.map(({ host, kind }) => `${incident}: ${kind} on ${host} failed`),
    ...(held ? [] : [`${incident}: outcome ${row.outcome ?? '-'}`]),
    ...(await releaseIncident(world, operator, incident, PATIENCE_MS)).map((words) => `${incident}: ${words}`),
  ];
  const containedMs = Math.max(...acts.map(({ endedAt }) => Date.parse(endedAt))) - declaredAt;
  const totalMs = Date.parse(row.responseEndedAt ?? '') - declaredAt;
  const outcome = row.outcome ?? '-';
  say(
    `  ${hostile ? 'hostile' : 'honest '} third: the two are contained after ${containedMs} ms, the response ended after ${totalMs} ms, ${outcome}${wrong.map((one) => `; ${one}`).join('')}`,
  );
  return { hostile, containedMs, totalMs, outcome, wrong };
}
