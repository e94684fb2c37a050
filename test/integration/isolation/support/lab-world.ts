import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labUp } from '../../../../demo/lab/lab';
import type { Lab, LabHost, LabHostSpec } from '../../../../demo/lab/types';
import { plainHost } from '../../../../demo/plain-host';
import { limitsOf, type ProgramLimits } from '../../../../src/adapters/host-script/limits';
import { setupScript } from '../../../../src/adapters/host-script/setup';
import { HOST_PROGRAMS } from '../../../../src/composition/host-programs';
import type { Host } from '../../../../src/domain/host';
import { type ActionId, actionId, type IncidentId, incidentId } from '../../../../src/domain/ids';
import type { DisableAccount, EmergencyAccess, IsolateHost } from '../../../../src/domain/plan';
import type { ActContext } from '../../../../src/ports/containment';
import type { HostScript } from '../../../../src/ports/host-shell';
import { LAB_OPERATOR, OperatedShell } from './operated-shell';

export const FIRST = incidentId('INC-20261120-7F3K');
export const SECOND = incidentId('INC-20261120-8H4M');

export const CONTEXT: ActContext = {
  incident: FIRST,
  signal: new AbortController().signal,
  attempt: 1,
  onProgress: () => undefined,
};

/** An hour from now, ISO 8601. */
export const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

export { actionId };

const OWN_PROGRAM: ProgramLimits = {
  seconds: 120,
  cpuSeconds: 60,
  memoryKib: 1_048_576,
  fileKib: 262_144,
  needsOrder: 'none',
};

/** The product's limits; for a test's own programs, which have none, some that do not matter. */
export function labLimits(program: string): ProgramLimits {
  return HOST_PROGRAMS.some(({ name }) => name === program) ? limitsOf(program) : OWN_PROGRAM;
}

function labSetup(
  name: string,
  keys: string,
  { address, address6 }: Lab['management'],
  scripts: readonly HostScript[],
  restorers: readonly HostScript[],
  limits: (program: string) => ProgramLimits,
  endMarginS?: number,
): string {
  const read = (key: string) => readFileSync(join(keys, `${key}.pub`), 'utf8');
  const from = [`${address}/32`, `${address6}/128`, '192.0.2.0/24'];
  const emergency = { account: 'fb-rescue', publicKeys: [read('person')], from };
  return setupScript({
    name,
    signers: [{ operator: LAB_OPERATOR, publicKey: read('operator') }],
    publicKey: read('firebreak'),
    scripts,
    restorers,
    limits,
    from: [address, address6],
    management: from,
    emergency,
    ...(endMarginS === undefined ? {} : { endMarginS }),
  });
}

/** Disables the account on web-1 for an hour. */
export function disableAccount(account: string, incident: IncidentId = FIRST): DisableAccount {
  return {
    id: actionId(incident, 'disable-account', 'web-1', account),
    kind: 'disable-account',
    host: 'web-1',
    account,
    approval: 'none',
    expiresAt: inAnHour(),
  };
}

/** Makes fb-rescue on web-1 for an hour, for the person whose key the world has, from its management prefixes. */
export function emergencyAccess(
  world: Pick<LabWorld, 'personPublicKey' | 'management'>,
  incident: IncidentId,
  overrides: Partial<EmergencyAccess> = {},
): EmergencyAccess {
  return {
    id: actionId(incident, 'emergency-access', 'web-1'),
    kind: 'emergency-access',
    host: 'web-1',
    account: 'fb-rescue',
    publicKeys: [world.personPublicKey],
    from: world.management,
    approval: 'none',
    expiresAt: inAnHour(),
    ...overrides,
  };
}

/** Lab hosts set up for Firebreak, and a shell that reaches them with a key made for this run. */
export class LabWorld {
  readonly lab: Lab;
  shell: OperatedShell;
  readonly #keys: string;

  private constructor(lab: Lab, shell: OperatedShell, keys: string) {
    this.lab = lab;
    this.shell = shell;
    this.#keys = keys;
  }

  static async up(
    hosts: readonly LabHostSpec[],
    scripts: readonly HostScript[],
    restorers: readonly HostScript[] = [],
    limits: (program: string) => ProgramLimits = labLimits,
    endMarginS?: number,
  ): Promise<LabWorld> {
    const keys = mkdtempSync(join(tmpdir(), 'firebreak-lab-world-'));
    try {
      for (const name of ['firebreak', 'person', 'operator']) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(keys, name)]);
      }
      const lab = await labUp({
        hosts,
        log: () => undefined,
        provision: ({ name }, management) => labSetup(name, keys, management, scripts, restorers, limits, endMarginS),
      });
      return new LabWorld(lab, new OperatedShell(join(keys, 'operator')), keys);
    } catch (error) {
      rmSync(keys, { recursive: true });
      throw error;
    }
  }

  async down(): Promise<void> {
    await this.shell.close();
    await this.lab.down();
    rmSync(this.#keys, { recursive: true });
  }

  /** The set-up that web-1 had, for these programs. */
  setup(scripts: readonly HostScript[]): string {
    return labSetup('web-1', this.#keys, this.lab.management, scripts, [], labLimits);
  }

  /** Another shell in place of one that was closed: its connections are new. */
  renewShell(): OperatedShell {
    this.shell = new OperatedShell(this.operatorKey);
    return this.shell;
  }

  /** Key pair of the operator whose orders the hosts obey. */
  get operatorKey(): string {
    return join(this.#keys, 'operator');
  }

  /** Key pair of a person (or of a thief). */
  get personKey(): string {
    return join(this.#keys, 'person');
  }

  get personPublicKey(): string {
    return readFileSync(`${this.personKey}.pub`, 'utf8').trim();
  }

  get management(): readonly string[] {
    return [`${this.lab.management.address}/32`, `${this.lab.management.address6}/128`];
  }

  /** Cuts web-1 off for an hour. */
  isolateHost(id: ActionId, overrides: Partial<IsolateHost> = {}): IsolateHost {
    return {
      id,
      kind: 'isolate-host',
      host: 'web-1',
      approval: 'none',
      expiresAt: inAnHour(),
      management: this.management,
      onUnconfirmed: 'disarm',
      ...overrides,
    };
  }

  labHost(name: string): LabHost {
    return this.lab.hosts.get(name)!;
  }

  host(name: string, overrides: Partial<Host> = {}): Host {
    const { address, port, hostKey, role, serviceAddress, serviceAddress6 } = this.labHost(name);
    return plainHost({
      name,
      address,
      port,
      identityFile: join(this.#keys, 'firebreak'),
      hostKey,
      role,
      management: this.management,
      serviceAddresses: [serviceAddress, serviceAddress6],
      ...overrides,
    });
  }

  /** Runs as root on the host, past its network; a failing script fails the test. */
  async on(name: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.labHost(name).exec(script);
    if (code !== 0) throw new Error(`${name}: exit ${code}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Exit status of an SSH login with the person's key from our own side: 255 when it is refused. */
  login(name: string, user: string, command = 'true'): number {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'ConnectTimeout=5'];
    try {
      execFileSync(
        'ssh',
        [
          '-q',
          '-i',
          this.personKey,
          ...options.flatMap((o) => ['-o', o]),
          `${user}@${this.labHost(name).address}`,
          command,
        ],
        { stdio: 'ignore' },
      );
      return 0;
    } catch (error) {
      return (error as { status: number }).status;
    }
  }
}
