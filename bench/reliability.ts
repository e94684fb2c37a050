import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SEGMENT } from '../demo/lab/address-plan';
import type { LabHost, LabHostSpec } from '../demo/lab/types';
import { STOLEN_ACCOUNT } from '../demo/scenario';
import type { World } from '../demo/world';
import { worldUp } from '../demo/world';
import type { Credentials } from '../src/operations/deps';
import { respond } from '../src/operations/respond';
import type { IncidentStatus } from '../src/operations/status';
import { followIncident, incidentStatus } from '../src/operations/status';
import type { IncidentId } from '../src/domain/ids';
import { breakableProgram } from './breakable-program';
import type { Case } from './cases';
import { SEGMENT_NAME, caseInWords, cases, documentOf } from './cases';
import { detectorCredentials } from './detector';
import type { Fault, Place } from './faults';
import { FAULTS, NO_FAULT, discardBags, mountEvidenceDisk } from './faults';
import { differences, snapshot } from './in-force';
import { judge, named, reaching } from './judge';
import { operatorPool } from './operators';
import { patiently, wordsOf } from './patiently';
import type { Random } from './random';
import { seeded } from './random';
import { releaseIncident } from './release';

/** Disks of their own, so that one can be full; room for the logs of three hundred runs. */
const DISK_MIB = 512;
/** Both may be cut off by force; their gateway is the rung for one that is out of reach (C6). */
const SITE: readonly LabHostSpec[] = [
  { name: 'gw-1', role: 'gateway' },
  { name: 'app-1', role: 'host', diskMiB: DISK_MIB },
  { name: 'db-1', role: 'host', diskMiB: DISK_MIB },
];
const CONFIG = {
  'detector.maximum': 'isolate',
  'openIncidents.perDetector': 1_000,
  'openIncidents.detectors': 1_000,
  segments: { [SEGMENT_NAME]: { gateway: 'gw-1', prefixes: [SEGMENT.prefix4, SEGMENT.prefix6] } },
  'hosts.app-1.segments': [SEGMENT_NAME],
  'hosts.db-1.segments': [SEGMENT_NAME],
};
/** B16. */
const BAR = 0.999;
const DEFAULT_RUNS = 300;
const SOURCES = 40;
/** A host out of reach is given up within two minutes; on a living one the shares are those of real runs (DESIGN §3). */
const OUT_OF_REACH_LIMITS = {
  accessControlMs: 20_000,
  forcedIsolationMs: 45_000,
  logsMs: 10_000,
  alternativeLogsMs: 10_000,
} as const;
const PATIENCE_MS = 6 * 60_000;

interface RunResult {
  readonly fault: string;
  readonly asked: Case;
  readonly host: string;
  readonly incident: string;
  readonly outcome: string;
  readonly abnormal: string;
  /** From declaration to the end of the response. */
  readonly ms: number | null;
  readonly wrong: readonly string[];
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
class Reliability {
  readonly results: RunResult[] = [];
  private readonly judged = new Set<IncidentId>();
  private readonly cases: Iterator<Case, never>;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly detector: Credentials,
    private readonly operator: () => Promise<Credentials>,
  ) {
    this.cases = cases(random);
  }

  /** One run on every host at once: a shared fault strikes all of them, a host's own strikes one. */
  async round(faults: readonly Fault[]): Promise<void> {
    const hosts = [...this.world.lab.hosts.values()].filter((host) => host.role === 'host');
    const gateway = [...this.world.lab.hosts.values()].find((host) => host.role === 'gateway');
    const shared = faults.find((fault) => fault.scope === 'shared');
    const all = gateway === undefined ? hosts : [gateway, ...hosts];
    const before = new Map(await Promise.all(all.map(async (host) => [host.name, await snapshot(host)] as const)));
    const runs = hosts.map((host, index) => ({
      host,
      fault: shared ?? faults[index] ?? NO_FAULT,
      asked: this.cases.next().value,
    }));
    await Promise.all(hosts.map(letAccountWork));
    const done = await Promise.all(
      runs.map(({ host, fault, asked }, index) => this.run(host, fault, asked, shared === undefined || index === 0)),
    );
    await Promise.all(hosts.map((host) => host.exec(`pkill -KILL -u ${STOLEN_ACCOUNT}; exit 0`)));
    const left = await this.afterwards(all, before);
    for (const result of done) {
      const wrong = [
        ...result.wrong,
        ...left.filter((words) => !words.startsWith(`${otherThan(result.host, hosts)} `)),
      ];
      this.results.push({ ...result, wrong });
      say(
        `${String(this.results.length).padStart(4)}  ${wrong.length === 0 ? 'ok  ' : 'FAIL'} ${result.fault.padEnd(22)} ${result.host.padEnd(6)} ${caseInWords(result.asked)}: ${result.outcome} (${result.abnormal}) ${result.ms === null ? '-' : (result.ms / 1_000).toFixed(1)} s${wrong.length === 0 ? '' : `: ${wrong.join('; ')}`}`,
      );
    }
  }

  /** @param strikes false for the other runs that a shared fault hits */
  private async run(host: LabHost, fault: Fault, asked: Case, strikes: boolean): Promise<RunResult> {
    const place: Place = { world: this.world, host, random: this.random };
    const sources = this.world.lab.attacker.addresses4(SOURCES);
    const wrong: string[] = [];
    let status: IncidentStatus | undefined;
    try {
      if (strikes && fault.withinMs === 0) await fault.strike(place);
      const incident = await this.start(host, fault, asked, sources);
      const striking =
        strikes && fault.withinMs > 0
          ? sleep(this.random.upTo(fault.withinMs)).then(() => fault.strike(place))
          : Promise.resolve();
      await Promise.all([striking, this.ended(incident)]);
      const reached = await reaching(this.world, host, sources);
      // The kernel of a host without power can be read again only when it has power.
      if (strikes) await fault.mend(place);
      status = await patiently('status', () => incidentStatus(this.world.firebreak.operations, incident), PATIENCE_MS);
      wrong.push(...(await judge(this.world, host, fault, status, sources, reached)));
      wrong.push(
        ...(await releaseIncident(this.world, this.operator, incident, PATIENCE_MS)).map((words) =>
          named(incident, host, words),
        ),
      );
      this.judged.add(incident);
      await discardBags(this.world, this.judged);
    } catch (thrown) {
      wrong.push(wordsOf(thrown));
      if (strikes) await fault.mend(place).catch((again: unknown) => wrong.push(`not mended: ${wordsOf(again)}`));
    }
    if (strikes)
      await fault.afterRelease?.(place).catch((again: unknown) => wrong.push(`not put right: ${wordsOf(again)}`));
    const row = status?.row;
    return {
      fault: fault.name,
      asked,
      host: host.name,
      incident: row?.order.incident ?? '-',
      outcome: row?.outcome ?? '-',
      abnormal: row?.abnormal ?? '-',
      ms:
        row === undefined || row.responseEndedAt === null
          ? null
          : Date.parse(row.responseEndedAt) - Date.parse(row.order.declaredAt),
      wrong,
    };
  }

  private async start(host: LabHost, fault: Fault, asked: Case, sources: readonly string[]): Promise<IncidentId> {
    const report = fault.report?.(this.random) ?? {};
    const document = documentOf(asked, {
      title: `reliability run ${this.results.length + 1} on ${host.name} ${report.titled ?? ''}`.trim(),
      hosts: [host.name, ...(report.alsoOn ?? [])],
      sources,
    });
    const [started] = await respond(
      this.world.firebreak.operations,
      asked.by === 'detector' ? this.detector : await this.operator(),
      {
        types: [asked.type],
        severity: asked.severity,
        mode: asked.mode,
        document: Buffer.from(JSON.stringify(document)),
        hosts: [],
        sources: [],
        accounts: [],
        segments: [],
        reason: 'reliability run',
        title: undefined,
        limits: fault.stages.length > 0 && fault.patient !== true ? OUT_OF_REACH_LIMITS : {},
      },
      { drill: false, evenIfOpen: true, trigger: asked.by },
    );
    if (started === undefined) throw new Error('nothing was started');
    return started.incident;
  }

  private async ended(incident: IncidentId): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await patiently(
      'following',
      () =>
        followIncident(this.world.firebreak.operations, incident, {
          until: 'response-ended',
          signal,
          onChange: () => undefined,
        }),
      PATIENCE_MS,
    );
  }

  private async afterwards(hosts: readonly LabHost[], before: ReadonlyMap<string, string>): Promise<string[]> {
    const left = await Promise.all(
      hosts.map(async (host) => {
        const lines = differences(before.get(host.name) ?? '', await snapshot(host));
        return lines.length === 0 ? [] : [`${host.name} is not as before: ${lines.slice(0, 6).join(' | ')}`];
      }),
    );
    return left.flat();
  }
}

/** What the account runs must be ended when it is disabled. */
async function letAccountWork(host: LabHost): Promise<void> {
  const { code } = await host.exec(`setsid runuser -u ${STOLEN_ACCOUNT} -- sleep 3600 >/dev/null 2>&1 &`);
  if (code !== 0) throw new Error(`${host.name}: nothing runs as ${STOLEN_ACCOUNT}`);
}

/** Every fault comes up once before any comes up twice; a fifth of the runs has none, unless only some faults are wanted. */
function* rounds(random: Random, perRound: number, wanted: readonly Fault[]): Generator<readonly Fault[]> {
  const own = wanted.filter((fault) => fault.scope === 'host');
  const shared = wanted.filter((fault) => fault.scope === 'shared');
  for (;;) {
    const calm = wanted === FAULTS ? Math.ceil(FAULTS.length / 5 / perRound) : 0;
    const alone = random.shuffled(own);
    const deck: (readonly Fault[])[] = [
      ...shared.map((fault) => [fault]),
      ...Array.from({ length: calm }, () => []),
      ...Array.from({ length: Math.ceil(alone.length / perRound) }, (_, index) =>
        alone.slice(index * perRound, (index + 1) * perRound),
      ),
    ];
    yield* random.shuffled(deck);
  }
}

/** With two hosts: what is wrong on the other one is not this run's doing. */
function otherThan(host: string, hosts: readonly LabHost[]): string {
  return hosts.find((other) => other.name !== host)?.name ?? '';
}

interface FaultRow {
  readonly fault: string;
  readonly runs: number;
  readonly succeeded: number;
  readonly medianMs: number | null;
}

function tableOf(results: readonly RunResult[]): FaultRow[] {
  const names = [...new Set(results.map((result) => result.fault))].sort();
  return names.map((fault) => {
    const of = results.filter((result) => result.fault === fault);
    const times = of.flatMap((result) => result.ms ?? []).sort((a, b) => a - b);
    return {
      fault,
      runs: of.length,
      succeeded: of.filter((result) => result.wrong.length === 0).length,
      medianMs: times[Math.floor(times.length / 2)] ?? null,
    };
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string' }, seed: { type: 'string' }, fault: { type: 'string', multiple: true } },
  });
  const names = FAULTS.map((fault) => fault.name);
  if (values.fault?.some((name) => !names.includes(name)) === true)
    throw new Error(`--fault: one or more of ${names.join(', ')}`);
  const faults = values.fault === undefined ? FAULTS : FAULTS.filter(({ name }) => values.fault?.includes(name));
  const wanted = Number(values.runs ?? DEFAULT_RUNS);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const random = seeded(seed);
  say(`${wanted} runs, seed ${seed}: repeat the same faults with --runs ${wanted} --seed ${seed}`);
  const programRoot = await breakableProgram();
  const world = await worldUp({
    log: say,
    hosts: SITE,
    programRoot,
    config: CONFIG,
  });
  const startedAt = Date.now();
  let unmount = (): Promise<void> => Promise.resolve();
  try {
    unmount = await mountEvidenceDisk(world);
    const reliability = new Reliability(world, random, await detectorCredentials(world), await operatorPool(world, 12));
    const perRound = SITE.filter((host) => host.role === 'host').length;
    const drawn = rounds(random, perRound, faults);
    while (reliability.results.length < wanted) await reliability.round(drawn.next().value as readonly Fault[]);
    const { results } = reliability;
    const table = tableOf(results);
    const succeeded = results.filter((result) => result.wrong.length === 0).length;
    const share = succeeded / results.length;
    const tookMs = Date.now() - startedAt;
    say('');
    say(`${'fault'.padEnd(22)}  runs    ok  median`);
    for (const row of table)
      say(
        `${row.fault.padEnd(22)} ${String(row.runs).padStart(5)} ${String(row.succeeded).padStart(5)} ${row.medianMs === null ? '-' : `${(row.medianMs / 1_000).toFixed(1)} s`.padStart(7)}`,
      );
    say(
      `${succeeded} of ${results.length} runs succeeded: ${(100 * share).toFixed(1)} % (bar ${100 * BAR} %), in ${(tookMs / 60_000).toFixed(1)} minutes, ${(tookMs / 1_000 / results.length).toFixed(0)} s a run; seed ${seed}`,
    );
    process.stdout.write(`${JSON.stringify({ seed, share, tookMs, table, results })}\n`);
    if (share < BAR) process.exitCode = 1;
  } finally {
    await unmount();
    await world.down();
  }
}

main().catch((thrown: unknown) => {
  say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exitCode = 1;
});
