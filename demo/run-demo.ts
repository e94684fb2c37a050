import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { respond } from '../src/operations/respond';
import { followIncident, incidentStatus } from '../src/operations/status';
import { ensurePoppler } from './debian-packages';
import { demoResult } from './demo-result';
import { RESPONDER_PORT } from './lab/types';
import { collectProof, leftOfAttacker, reachability } from './proof';
import { ATTACKED, STOLEN_ACCOUNT, attackSources, incidentDocument } from './scenario';
import { worldUp } from './world';

export interface DemoOptions {
  readonly say: (line: string) => void;
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

/** A lab under attack, the response, and the proof (O2). Leaves nothing behind but caches and what is kept on purpose. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  const { say } = options;
  await ensurePoppler(say);
  say(
    'bringing up a lab of real Debian hosts, PostgreSQL, Temporal, two workers, and receivers for mail, Slack and phone',
  );
  const world = await worldUp({ log: (line) => say(`  ${line}`) });
  try {
    const { operations } = world.firebreak;
    const host = world.lab.hosts.get(ATTACKED);
    if (host === undefined) throw new TypeError(`the lab has no ${ATTACKED}`);
    say(`Temporal UI: ${world.stack.temporal.uiUrl ?? '-'}`);
    say('');
    say(`THE ATTACK: 1,000 addresses hammer ${ATTACKED}; a stolen key has a live session as ${STOLEN_ACCOUNT}`);
    const sources = attackSources(world.lab.attacker);
    const hammers = await Promise.all([
      world.lab.attacker.hammer({
        sources: sources.v4,
        target: host.serviceAddress,
        targetPort: RESPONDER_PORT,
        perSecond: RATE_PER_SECOND / 2,
      }),
      world.lab.attacker.hammer({
        sources: sources.v6,
        target: host.serviceAddress6,
        targetPort: RESPONDER_PORT,
        perSecond: RATE_PER_SECOND / 2,
      }),
    ]);
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
    const before = await reachability(world);
    say(
      `  seen from outside: ${before.attackers.reached} of ${before.attackers.of} attackers and ${before.bystanders.reached} of ${before.bystanders.of} bystanders reach it`,
    );

    say('');
    say('THE RESPONSE: firebreak respond --incident-type intrusion --severity-level critical --response-mode isolate');
    const document = Buffer.from(
      JSON.stringify(
        incidentDocument([...sources.v4, ...sources.v6, world.lab.management.address, '0.0.0.0/0'], new Date()),
      ),
    );
    const [started] = await respond(
      operations,
      await world.credentials(),
      {
        types: ['intrusion'],
        severity: 'critical',
        mode: 'isolate',
        document,
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
      signal: AbortSignal.timeout(35 * 60_000),
      onChange: (row) =>
        say(
          `  ${row.phase}${row.abnormal === 'none' ? '' : ` [${row.abnormal}]`}${row.outcome === null ? '' : ` → ${row.outcome}`}`,
        ),
    });
    await waitForDeliveries(world, started.incident);
    const counts = await Promise.all(hammers.map((hammer) => hammer.stop()));
    say(
      `  the attack sent ${counts.reduce((sum, one) => sum + one.sent, 0)} connections, ${counts.reduce((sum, one) => sum + one.answered, 0)} were answered, none since the block`,
    );

    say('');
    say('THE PROOF');
    const status = await incidentStatus(operations, started.incident);
    const { after, checks } = await collectProof(world, status, before, { source: stolenFrom });
    for (const check of checks) say(`  ${check.ok ? '✔' : '✘'} ${check.what}: ${check.seen}`);
    const kept = await keep(world, status.row.order.incident, options.keepIn);
    const result = demoResult(status, before, after, checks);
    say('');
    say(`report and evidence are kept in ${kept}`);
    const ok = checks.every((check) => check.ok);
    if (!options.once) {
      say(`Temporal UI: ${started.temporalUi ?? '-'}`);
      say('the lab stays up; Ctrl-C ends it and removes everything');
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    }
    return { ok, result: withKeptPaths(result, world.directory, kept) };
  } finally {
    say('taking everything down');
    await world.down();
  }
}

/** Messages of the completion are under way when the response has ended. */
async function waitForDeliveries(
  world: Awaited<ReturnType<typeof worldUp>>,
  incident: Parameters<typeof incidentStatus>[1],
): Promise<void> {
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    const deliveries = await world.firebreak.operations.responses.deliveries(incident);
    if (
      deliveries.some((delivery) => delivery.kind === 'completion') &&
      deliveries.every((delivery) => delivery.state === 'delivered')
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 300));
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
