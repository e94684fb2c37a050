import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World, WorldOptions } from '../../demo/world';
import { workerLog, worldUp } from '../../demo/world';
import { makeSshIdentity } from '../../src/composition/ssh-identity';
import { totpFromUri } from '../../src/composition/totp';
import { inEnglish } from '../../src/domain/fact-words';
import type { IncidentId } from '../../src/domain/ids';
import { incidentId } from '../../src/domain/ids';
import type { OperatorRole } from '../../src/domain/order';
import type { Waiting } from '../../src/domain/waiting';
import type { IncidentStatus } from '../../src/operations/status';
import { incidentStatus } from '../../src/operations/status';
import type { CliOptions, CliRun } from './run-cli';
import { jsonOf, runCli } from './run-cli';

const PROGRAM = join(__dirname, '../../dist');
const STEP_MS = 30_000;

/** An enrolled operator with both factors in hand. */
export interface Person {
  readonly name: string;
  readonly identity: string;
  /** A code that has not been given out yet; waits when the authenticator has shown none since. */
  code(): Promise<string>;
}

/** A whole real world and the people in it; everything is asked of the compiled command, as users do. */
export class WholeWorld {
  private readonly people: Person[] = [];
  private turn = 0;

  private constructor(readonly world: World) {}

  static async up(options: Partial<WorldOptions> & { readonly operators?: number } = {}): Promise<WholeWorld> {
    const lines: string[] = [];
    let world: World | undefined;
    try {
      world = await worldUp({ log: (line) => lines.push(line), programRoot: PROGRAM, ...options });
      const whole = new WholeWorld(world);
      for (let number = 1; number <= (options.operators ?? 6); number += 1)
        whole.people.push(await whole.enrol(`op-${number}`, ['respond', 'approve']));
      return whole;
    } catch (thrown) {
      await world?.down();
      throw new Error(`the world did not come up: ${String(thrown)}\n${lines.slice(-15).join('\n')}`, {
        cause: thrown,
      });
    }
  }

  /** Enrols somebody with a key of their own. */
  async enrol(name: string, roles: readonly OperatorRole[]): Promise<Person> {
    const identity = join(this.world.directory, 'keys', `person-${name}`);
    const publicKey = await makeSshIdentity(identity, name);
    const uri = await this.world.enrol({ name, publicKey, roles });
    const given = new Set<number>();
    return {
      name,
      identity,
      code: async () => {
        for (;;) {
          const now = Math.floor(Date.now() / STEP_MS);
          // The one that is shown, or the next: the window of one step takes both (B15).
          const step = [now, now + 1].find((candidate) => !given.has(candidate));
          if (step !== undefined) {
            given.add(step);
            return totpFromUri(uri, step * STEP_MS);
          }
          await new Promise((resolve) => setTimeout(resolve, (now + 1) * STEP_MS - Date.now() + 50));
        }
      },
    };
  }

  /** Somebody on duty, each time the next one, so that nobody waits for a code. */
  someone(): Person {
    const person = this.people[this.turn++ % this.people.length];
    if (person === undefined) throw new TypeError('nobody is enrolled');
    return person;
  }

  /** `firebreak ARGS` with this world's configuration. */
  cli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    return runCli([...args, '--config', join(this.world.directory, 'firebreak.yaml')], options);
  }

  /** The same, signed by somebody. */
  async order(args: readonly string[], by: Person = this.someone(), options: CliOptions = {}): Promise<CliRun> {
    const signed = ['--operator', by.name, '--identity', by.identity, '--otp', await by.code()];
    return this.cli([...args, ...signed], options);
  }

  /** Declares by the command and gives the ids. */
  async declare(args: readonly string[], by: Person = this.someone()): Promise<IncidentId[]> {
    const run = await this.order(['respond', ...args, '--json'], by);
    if (run.code !== 0) throw new Error(`respond ended with ${run.code}: ${run.stdout}${run.stderr}`);
    const value = jsonOf<{ incident: string } | { incident: string }[]>(run);
    return [value].flat().map(({ incident }) => incidentId(incident));
  }

  status(incident: IncidentId): Promise<IncidentStatus> {
    return incidentStatus(this.world.firebreak.operations, incident);
  }

  /** Waits until the response has ended. */
  ended(incident: IncidentId, withinMs = 500_000): Promise<IncidentStatus> {
    return this.until(
      incident,
      (status) => status.row.responseEndedAt !== null || status.row.closedAt !== null,
      withinMs,
    );
  }

  closed(incident: IncidentId, withinMs = 300_000): Promise<IncidentStatus> {
    return this.until(incident, (status) => status.row.closedAt !== null, withinMs);
  }

  /** Polls the tables; an outage of PostgreSQL is waited out. */
  async until(
    incident: IncidentId,
    isSo: (status: IncidentStatus) => boolean,
    withinMs = 300_000,
  ): Promise<IncidentStatus> {
    const giveUp = Date.now() + withinMs;
    let last: IncidentStatus | undefined;
    while (Date.now() < giveUp) {
      last = (await this.status(incident).catch(() => undefined)) ?? last;
      if (last !== undefined && isSo(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error(
      `${incident} did not get there within ${withinMs / 1_000} s: ${JSON.stringify(last?.row.phase)} ${JSON.stringify(
        last?.timeline.map((entry) => inEnglish(entry.fact)),
      )}\n${await workerLog(this.world, 1)}\n${await workerLog(this.world, 2)}`,
    );
  }

  /** The commands that an incident says it waits for, as whoever looks finds them. */
  async commandsOf(incident: IncidentId, kind: Waiting['kind']): Promise<readonly string[]> {
    await this.until(incident, ({ waitsFor }) => waitsFor.some((waiting) => waiting.kind === kind));
    const { waitsFor } = jsonOf<Pick<IncidentStatus, 'waitsFor'>>(await this.cli(['status', incident, '--json']));
    return waitsFor.find((waiting) => waiting.kind === kind)?.commands ?? [];
  }

  /** Gives the order of a printed command as somebody on duty. */
  asPrinted(command: string, ...more: readonly string[]): Promise<CliRun> {
    return this.order([...command.split(' ').slice(1), ...more]);
  }

  host(name: string) {
    const host = this.world.lab.hosts.get(name);
    if (host === undefined) throw new TypeError(`the lab has no ${name}`);
    return host;
  }

  /** Runs as root on a host, past its network. */
  async on(name: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.host(name).exec(script);
    if (code !== 0) throw new Error(`${name}: exit ${code}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Everything in a host's kernel and files that containment may change. */
  fingerprint(name: string): Promise<string> {
    return this.on(
      name,
      [
        'nft -s list ruleset',
        'getent shadow deploy | cut -d: -f2,8',
        'sha256sum /home/deploy/.ssh/authorized_keys 2>&1',
        'sshd -T 2>/dev/null | grep -i ^loglevel',
        'ls /etc/systemd/journald.conf.d /etc/ssh/sshd_config.d /etc/nftables.d 2>/dev/null',
        'ip -o link | cut -d: -f2 | sort',
        'true',
      ].join('\n'),
    );
  }

  /** Ids of the acts in the host's own journal, forced isolation that is only staged left out. */
  async journal(name: string): Promise<string[]> {
    const seen = await this.on(
      name,
      'for d in /var/lib/firebreak/INC-*; do [ -r "$d/state" ] && echo "$(cat "$d/action") $(cat "$d/state")"; done; true',
    );
    return seen.split('\n').filter((line) => line !== '');
  }

  async auditActions(incident: IncidentId): Promise<string[]> {
    const events = await this.world.firebreak.operations.ledger.events({ incident, limit: 1_000 });
    return events.map((event) => `${event.action}:${event.stage}:${event.result ?? ''}`);
  }

  async reportJson(incident: IncidentId): Promise<string> {
    const { row } = await this.status(incident);
    if (row.report === null) throw new Error(`${incident} has no report`);
    return readFile(row.report.json.path, 'utf8');
  }

  down(): Promise<void> {
    return this.world.down();
  }
}
