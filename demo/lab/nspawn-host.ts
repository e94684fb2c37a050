import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFrozen } from './cgroups';
import { consoleTail, execInContainer, findInit, launchContainer, type LaunchedContainer, shutDown } from './container';
import { LabError } from './lab-error';
import type { HostRecord } from './lab-record';
import { connectHost, type LabNetwork, powerOffLinks, setManagementCut } from './network';
import type { ExecOptions, ExecResult, LabHost, LabLog } from './types';

const BOOT_PATIENCE_MS = 60_000;
const BOOT_POLL_MS = 25;
const BANNER_PATIENCE_MS = 1_000;

/** A lab host, driven through its record alone: any process may hold one for a host that another has booted. */
export class NspawnHost implements LabHost {
  readonly port = 22;

  constructor(
    private readonly lab: LabNetwork,
    private readonly record: HostRecord,
    private readonly log: LabLog,
  ) {}

  get name(): string {
    return this.record.name;
  }
  get role(): LabHost['role'] {
    return this.record.role;
  }
  get address(): string {
    return this.record.management.v4;
  }
  get address6(): string {
    return this.record.management.v6;
  }
  get serviceAddress(): string {
    return this.record.service.v4;
  }
  get serviceAddress6(): string {
    return this.record.service.v6;
  }
  get hostKey(): string {
    return this.record.hostKey;
  }

  exec(script: string, options?: ExecOptions): Promise<ExecResult> {
    return execInContainer(this.record, script, options);
  }

  /** @throws LabError `LAB_BOOT_FAILED` with the console's last lines. */
  async start(): Promise<void> {
    if (findInit(this.record) !== undefined) return;
    const began = Date.now();
    await connectHost(this.lab, this.record);
    await this.untilBooted(launchContainer(this.record));
    this.log(`${this.name} is up after ${((Date.now() - began) / 1000).toFixed(1)} s: ssh on ${this.address}`);
  }

  async stop(): Promise<void> {
    if (findInit(this.record) === undefined) return;
    this.log(`Shutting ${this.name} down`);
    await shutDown(this.record);
    await powerOffLinks(this.record);
  }

  async reboot(): Promise<void> {
    await this.stop();
    await this.start();
  }

  freeze(): Promise<void> {
    this.log(`Freezing ${this.name}: it accepts connections and answers nobody`);
    return setFrozen(this.record.unit, true);
  }

  thaw(): Promise<void> {
    this.log(`Thawing ${this.name}`);
    return setFrozen(this.record.unit, false);
  }

  cutManagementLink(): Promise<void> {
    this.log(`Cutting the management link of ${this.name}`);
    return setManagementCut(this.lab, this.record, true);
  }

  restoreManagementLink(): Promise<void> {
    this.log(`Restoring the management link of ${this.name}`);
    return setManagementCut(this.lab, this.record, false);
  }

  /** Booted means: systemd has finished its start-up (the responder included) and sshd greets on the management address. */
  private async untilBooted(container: LaunchedContainer): Promise<void> {
    const giveUpAt = Date.now() + BOOT_PATIENCE_MS;
    const fail = (why: string) =>
      new LabError('LAB_BOOT_FAILED', `${this.name} did not boot: ${why}\n${consoleTail(this.record)}`);
    for (;;) {
      const ended = container.ended();
      if (ended !== undefined) throw fail(`systemd-nspawn ended (${ended}).`);
      if (Date.now() > giveUpAt) throw fail(`not ready within ${BOOT_PATIENCE_MS / 1000} s.`);
      if (await greets(this.address, this.port)) break;
      await sleep(BOOT_POLL_MS);
    }
    const { stdout, stderr } = await this.exec('systemctl is-system-running --wait', { timeoutMs: BOOT_PATIENCE_MS });
    const state = stdout.trim();
    if (state === 'running') return;
    if (state !== 'degraded') throw fail(`systemd says ${state || stderr.trim()}.`);
    // A drill may well have broken a service on purpose; that is no reason not to boot.
    const failed = await this.exec('systemctl list-units --failed --plain --no-legend | cut -d" " -f1');
    this.log(`${this.name} runs without ${failed.stdout.trim().replaceAll('\n', ', ')}, which failed to start`);
  }
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(BANNER_PATIENCE_MS, () => finish(false));
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
