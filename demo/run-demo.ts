import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { respond } from '../src/operations/respond';
import { followIncident, incidentStatus } from '../src/operations/status';
import { ensurePoppler } from './debian-packages';
import { demoResult } from './demo-result';
import { onInterruption } from './interruption';
import type { Hammer, HammerCounts } from './lab/types';
import { RESPONDER_PORT } from './lab/types';
import { collectProof, leftOfAttacker, reachability } from './proof';
import { ATTACKED, STOLEN_ACCOUNT, attackSources, incidentDocument } from './scenario';
import type { World } from './world';
import { worldUp } from './world';

export interface DemoOptions {
  readonly say: (line: string) => void;
  /** The proof, which is what the demo is for: data, not talk. */
  readonly show: (lines: readonly string[]) => void;
  /** End when the proof is printed; otherwise stay until Ctrl-C. */
  readonly once: boolean;
  /** Where the report and the bag are kept when everything else is gone. */
  readonly keepIn: string;
}

export interface DemoOutcome {
  readonly ok: boolean;
  readonly result: Record<string, unknown>;
}

const RATE_PER_SECOND = 400;
/** The traffic program gives an answer a second to come, and reports twice a second. */
const COUNTS_SETTLE_MS = 2_000;
/** How long the attack goes on against the blocked host before its counts are read again. */
const ATTACK_GOES_ON_MS = 3_000;

/**
 * A lab under attack, the response, and the proof (O2). Leaves nothing behind but caches and what is kept on purpose, also when it is
 * interrupted; after `kill -9`, `firebreak lab down` removes the rest.
 */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  const interruption = onInterruption(options.say);
  try {
    return await attackRespondProve(options, interruption);
  } catch (thrown) {
    if (!interruption.signal.aborted) throw thrown;
    return { ok: false, result: { interrupted: true } };
  } finally {
    interruption.release();
  }
}

async function attackRespondProve(
  options: DemoOptions,
  { signal, happened }: { readonly signal: AbortSignal; readonly happened: Promise<void> },
): Promise<DemoOutcome> {
  const { say } = options;
  await ensurePoppler(say);
  signal.throwIfAborted();
  say(
    'bringing up a lab of real Debian hosts, PostgreSQL, Temporal, two workers, and receivers for mail, Slack and phone',
  );
  const world = await worldUp({ log: (line) => say(`  ${line}`), signal });
  try {
    const { operations } = world.firebreak;
    say(`Temporal UI: ${world.stack.temporal.uiUrl ?? '-'}`);
    say('');
    const { hammers, sources, stolenFrom } = await attack(world, say, signal);
    const before = await reachability(world);
    signal.throwIfAborted();
    say(
      `  seen from outside: ${before.attackers.reached} of ${before.attackers.of} attackers and ${before.bystanders.reached} of ${before.bystanders.of} bystanders reach it`,
    );

    say('');
    say('THE RESPONSE: firebreak respond --incident-type intrusion --severity-level critical --response-mode isolate');
    const reported = [...sources, world.lab.management.address, '0.0.0.0/0'];
    const [started] = await respond(
      operations,
      await world.credentials(),
      {
        types: ['intrusion'],
        severity: 'critical',
        mode: 'isolate',
        document: Buffer.from(JSON.stringify(incidentDocument(reported, new Date()))),
        hosts: [],
        sources: [],
        accounts: [],
        segments: [],
        reason: 'demo',
        title: undefined,
        limits: {},
      },
      { drill: false, evenIfOpen: false, trigger: 'operator', operatorAddress: world.lab.management.address },
    );
    if (started === undefined) throw new Error('nothing was started');
    say(`  ${started.incident}  ${started.temporalUi ?? ''}`);
    await followIncident(operations, started.incident, {
      until: 'response-ended',
      signal: AbortSignal.any([signal, AbortSignal.timeout(35 * 60_000)]),
      onChange: (row) =>
        say(
          `  ${row.phase}${row.abnormal === 'none' ? '' : ` [${row.abnormal}]`}${row.outcome === null ? '' : ` → ${row.outcome}`}`,
        ),
    });
    signal.throwIfAborted();
    const traffic = await trafficAfterBlock(hammers);
    await waitForDeliveries(world, started.incident, signal);
    signal.throwIfAborted();
    say(
      `  the attack sent ${traffic.all.sent} connections, ${traffic.all.answered} were answered; since the response ended: ${traffic.since.sent} sent, ${traffic.since.answered} answered`,
    );

    const status = await incidentStatus(operations, started.incident);
    const proof = await collectProof(world, status, before, { source: stolenFrom, trafficSince: traffic.since });
    const { result, checks } = demoResult(status, { before, ...proof, reportedSources: reported.length });
    options.show(['', 'THE PROOF', ...checks.map((check) => `  ${check.ok ? '✔' : '✘'} ${check.what}: ${check.seen}`)]);
    signal.throwIfAborted();
    const kept = await keep(world, status.row.order.incident, options.keepIn);
    say('');
    say(`report and evidence are kept in ${kept}`);
    const ok = checks.every((check) => check.ok);
    if (!options.once) {
      say(`Temporal UI: ${started.temporalUi ?? '-'}`);
      say('the lab stays up; Ctrl-C ends it and removes everything');
      await happened;
    }
    return { ok, result: withKeptPaths(result, world.directory, kept) };
  } finally {
    say('taking everything down');
    await world.down();
  }
}

interface Attack {
  readonly hammers: readonly Hammer[];
  /** Of both families. */
  readonly sources: readonly string[];
  /** Where the stolen session comes from. */
  readonly stolenFrom: string;
}

/** A thousand addresses hammer the host, and somebody is logged in with a stolen key. */
async function attack(world: World, say: (line: string) => void, signal: AbortSignal): Promise<Attack> {
  const host = world.lab.hosts.get(ATTACKED);
  if (host === undefined) throw new TypeError(`the lab has no ${ATTACKED}`);
  say(`THE ATTACK: 1,000 addresses hammer ${ATTACKED}; a stolen key has a live session as ${STOLEN_ACCOUNT}`);
  const sources = attackSources(world.lab.attacker);
  const hammers = await Promise.all(
    [
      { sources: sources.v4, target: host.serviceAddress },
      { sources: sources.v6, target: host.serviceAddress6 },
    ].map((traffic) =>
      world.lab.attacker.hammer({ ...traffic, targetPort: RESPONDER_PORT, perSecond: RATE_PER_SECOND / 2 }),
    ),
  );
  const stolenFrom = sources.v4[0] ?? '';
  const session = world.lab.attacker.ssh({
    source: stolenFrom,
    host,
    user: STOLEN_ACCOUNT,
    identityFile: world.stolenKey,
    command: 'while :; do date >>/tmp/loot; sleep 1; done',
  });
  if (!(await session.established)) throw new Error('the stolen key does not log in: the lab is not as it should be');
  const live = await leftOfAttacker(world, stolenFrom);
  if (live.processes === 0 || live.connections === 0)
    throw new Error('the stolen session is not alive: the lab is not as it should be');
  signal.throwIfAborted();
  return { hammers, sources: [...sources.v4, ...sources.v6], stolenFrom };
}

/** What the attack sent and got back altogether, and of that since now; then it ends. */
async function trafficAfterBlock(
  hammers: readonly Hammer[],
): Promise<{ readonly all: HammerCounts; readonly since: HammerCounts }> {
  const sum = (counts: readonly HammerCounts[]): HammerCounts => ({
    sent: counts.reduce((total, one) => total + one.sent, 0),
    answered: counts.reduce((total, one) => total + one.answered, 0),
  });
  await sleep(COUNTS_SETTLE_MS);
  const before = sum(hammers.map((hammer) => hammer.counts()));
  await sleep(ATTACK_GOES_ON_MS);
  const all = sum(await Promise.all(hammers.map((hammer) => hammer.stop())));
  return { all, since: { sent: all.sent - before.sent, answered: all.answered - before.answered } };
}

/** Messages of the completion are under way when the response has ended. */
async function waitForDeliveries(
  world: World,
  incident: Parameters<typeof incidentStatus>[1],
  signal: AbortSignal,
): Promise<void> {
  const until = Date.now() + 20_000;
  while (Date.now() < until && !signal.aborted) {
    const deliveries = await world.firebreak.operations.responses.deliveries(incident);
    if (
      deliveries.some((delivery) => delivery.kind === 'completion') &&
      deliveries.every((delivery) => delivery.state === 'delivered')
    )
      return;
    await sleep(300);
  }
}

async function keep(world: { readonly directory: string }, incident: string, keepIn: string): Promise<string> {
  const target = resolve(keepIn, incident);
  await mkdir(target, { recursive: true });
  await cp(join(world.directory, 'forensics', incident), join(target, 'forensics', incident), { recursive: true });
  await cp(join(world.directory, 'reports', incident), join(target, 'reports', incident), { recursive: true });
  return target;
}

/** The world's directory is gone when the result is read: paths point to what was kept. */
function withKeptPaths(result: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(result).replaceAll(JSON.stringify(from).slice(1, -1), JSON.stringify(to).slice(1, -1)),
  ) as Record<string, unknown>;
}
