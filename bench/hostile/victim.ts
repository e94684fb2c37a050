import { setTimeout as sleep } from 'node:timers/promises';
import { plainHost } from '../../demo/plain-host';
import { IPSET_RUNG, IPTABLES_RUNG } from '../../src/adapters/ipset/xtables-rungs';
import { ShellHostCollector } from '../../src/adapters/journal/host-collector';
import { SshMachineReader } from '../../src/adapters/machine/machine-reader';
import { SshHostInspector } from '../../src/adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../../src/adapters/nftables/nftables-rung';
import { NodeSshHostShell } from '../../src/adapters/ssh/node-ssh-host-shell';
import { composeContainment } from '../../src/composition/containment';
import { HOST_PROGRAMS } from '../../src/composition/host-programs';
import { FirebreakError } from '../../src/domain/errors';
import type { Host } from '../../src/domain/host';
import { actionId, incidentId } from '../../src/domain/ids';
import type { ActionResult, PlannedAction } from '../../src/domain/plan';
import type { ArtefactSink, CollectionContext } from '../../src/ports/collection';
import { ATTACKS, FLOOR, WAITING } from './attacks';
import { LongestStretch, type Stretch } from './stretch';

/** What one attack did to the process that was attacked. */
export interface Seen extends Stretch {
  readonly program: string;
  readonly attack: string;
  /** Code of the catalogue, `answered`, or what else was thrown. */
  readonly end: string;
  /** False for a text that must not reach a person. */
  readonly printable: boolean;
}

export interface Whole {
  readonly grownMiB: number;
}

interface Input {
  readonly port: number;
  readonly identityFile: string;
  readonly hostKey: string;
}

const MIB = 1024 * 1024;
const GIVE_UP_MS = 1_500;
/** Few, so that what is measured is not the work of connecting to many at once. */
const SIDE_BY_SIDE = 6;
const INCIDENT = incidentId('INC-20261120-7F3K');
const EXPIRES = new Date(Date.now() + 600_000).toISOString();
const MANAGEMENT = ['127.0.0.0/8'];

const common = (step: string) => ({
  id: actionId(INCIDENT, step, 'web-1'),
  host: 'web-1',
  approval: 'none' as const,
  expiresAt: EXPIRES,
});
const BLOCK = {
  ...common('block-sources'),
  kind: 'block-sources',
  direction: 'in',
  sources: ['198.18.0.1', '198.18.0.2'],
  protect: [],
  jail: 'sshd',
} as unknown as PlannedAction;
const ACCOUNT = {
  ...common('disable-account'),
  kind: 'disable-account',
  account: 'mallory',
} as unknown as PlannedAction;
const ACCESS = {
  ...common('emergency-access'),
  kind: 'emergency-access',
  account: 'rescue',
  publicKeys: [`ssh-ed25519 ${Buffer.alloc(51, 7).toString('base64')}`],
  from: MANAGEMENT,
} as unknown as PlannedAction;
const ISOLATE = {
  ...common('isolate-host'),
  kind: 'isolate-host',
  management: MANAGEMENT,
  onUnconfirmed: 'disarm',
} as unknown as PlannedAction;
const MONITOR = { ...common('heighten-monitoring'), kind: 'heighten-monitoring' } as unknown as PlannedAction;
const FORCED = actionId(INCIDENT, 'forced-isolation', 'web-1');

/** Keeps nothing: what is measured is what the collector itself needs. */
const SINK: ArtefactSink = {
  artefact: async (_name, produce) => {
    await produce(() => Promise.resolve());
  },
  absence: () => Promise.resolve(),
};

class Victim {
  readonly #shell = new NodeSshHostShell({ idleMs: 50 });
  readonly #parts = composeContainment(this.#shell, () => new Date());
  readonly #collector = new ShellHostCollector(this.#shell);
  readonly #inspector = new SshHostInspector([NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG], this.#shell);

  readonly #machines = new SshMachineReader(this.#shell);

  constructor(private readonly input: Input) {}

  /** The way to a program that the product itself takes. */
  async reach(program: string, host: Host, signal: AbortSignal): Promise<unknown> {
    const context = { incident: INCIDENT, signal, attempt: 1, onProgress: () => undefined };
    const collection: CollectionContext = { signal, budgetMs: GIVE_UP_MS + 1_500, onProgress: () => undefined };
    const logs = { since: new Date(0).toISOString(), maxBytes: 8 * MIB, paths: [] } as never;
    const { containment, forced } = this.#parts;
    const undoing = /^(restore|remove|lift)-/.test(program);
    const act = (action: PlannedAction): Promise<ActionResult> =>
      undoing ? containment.undo(host, action, context) : containment.perform(host, action, context);
    if (program === 'check-isolation') return containment.verify(host, ISOLATE, context);
    if (program === 'interfaces-up') return forced.lift(host, undefined, FORCED, undefined, context);
    if (program === 'interfaces-down')
      return forced.force(host, undefined, FORCED, { management: MANAGEMENT, expiresAt: EXPIRES }, context);
    if (program.startsWith('block-') || program === 'feed-jail') return act(BLOCK);
    if (program.endsWith('-account')) return act(ACCOUNT);
    if (program.endsWith('-access')) return act(ACCESS);
    if (program.includes('monitoring')) return act(MONITOR);
    if (program.includes('isol')) return act(ISOLATE);
    if (program === 'read-machine')
      return this.#machines.look(host, [actionId(INCIDENT, 'block-sources', 'web-1')], context);
    if (program === 'host-facts') return this.#inspector.facts(host, context);
    if (program === 'collect-volatile') return this.#collector.volatile(host, SINK, collection);
    if (program === 'collect-logs') return this.#collector.logs(host, SINK, logs, collection);
    if (program === 'collect-ladder') return this.#collector.alternative(host, SINK, logs, collection);
    if (program === 'read-security')
      return this.#collector.reading(host, { accounts: ['mallory'], sources: ['198.18.0.0/15'] }, collection);
    throw new Error(`no way to ${program}: teach the test`);
  }

  async suffer(program: string, attack: string): Promise<Seen> {
    const calledOff = new AbortController();
    const timer = setTimeout(() => calledOff.abort(new FirebreakError('HOST_TIMEOUT', 'called off')), GIVE_UP_MS);
    const stretch = new LongestStretch();
    let end = 'answered';
    let said = '';
    try {
      said = JSON.stringify(await this.reach(program, this.#host(program, attack), calledOff.signal));
    } catch (thrown) {
      end = thrown instanceof FirebreakError ? thrown.code : `${String(thrown)} ${(thrown as Error).stack ?? ''}`;
      said = thrown instanceof Error ? thrown.message : '';
    }
    clearTimeout(timer);
    const printable = !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(said);
    return { program, attack, end, printable, ...stretch.stop() };
  }

  async close(): Promise<void> {
    await this.#shell.close();
  }

  #host(target: string, name: string): Host {
    const { port, identityFile, hostKey } = this.input;
    // What a header may hold: scripts are told which account is Firebreak's own.
    const user = `${target}:${Object.keys(ATTACKS).indexOf(name)}`;
    return plainHost({
      name: 'web-1',
      address: '127.0.0.1',
      port,
      user,
      identityFile,
      hostKey,
      management: MANAGEMENT,
    });
  }
}

async function main(): Promise<void> {
  const input = JSON.parse(process.argv[2] ?? '{}') as Input & { readonly only?: string; readonly floor: boolean };
  const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  const programs = HOST_PROGRAMS.map(({ name }) => name);
  const victim = new Victim(input);
  // The first time through costs memory and time of its own: loading and compiling. It is also the proof that every way leads there.
  for (const program of programs) {
    const { end } = await victim.suffer(program, 'none');
    say({ program, attack: 'none', end });
  }
  for (const program of programs) await victim.suffer(program, 'random bytes');
  global.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  for (const attack of Object.keys(ATTACKS)) {
    if (input.only !== undefined && attack !== input.only) continue;
    // What honest answers cost in between is what the attacks have to be compared with.
    if (input.floor) for (const program of programs) say({ ...(await victim.suffer(program, 'none')), attack: FLOOR });
    // Those that only keep one waiting are suffered side by side.
    if (WAITING.includes(attack)) {
      for (let at = 0; at < programs.length; at += SIDE_BY_SIDE) {
        const some = programs.slice(at, at + SIDE_BY_SIDE);
        for (const seen of await Promise.all(some.map((program) => new Victim(input).suffer(program, attack))))
          say(seen);
      }
      continue;
    }
    for (const program of programs) say(await victim.suffer(program, attack));
  }
  clearInterval(watch);
  say({ grownMiB: (most - before) / MIB } satisfies Whole);
  await victim.close();
  await sleep(0);
}

void main();
