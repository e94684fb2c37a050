import { setTimeout as sleep } from 'node:timers/promises';
import { setFrozen } from './cgroups';
import { consoleTail, execInContainer, findInit, launchContainer, type LaunchedContainer, shutDown } from './container';
import { LabError } from './lab-error';
import type { HostRecord } from './lab-record';
import { connectHost, type LabNetwork, powerOffLinks, setManagementCut } from './network';
import type { ExecOptions, ExecResult, LabHost, LabLog } from './types';

const BOOT_PATIENCE_MS = 60_000;
const BOOT_POLL_MS = 25;

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
  get diskMiB(): number | undefined {
    return this.record.diskMiB;
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

  /**
   * Booted means that systemd has finished its start-up; sshd and the responder are then listening, because both tell it so.
   * Asking from the inside also works on a host that a drill has cut off for good.
   */
  private async untilBooted(container: LaunchedContainer): Promise<void> {
    const giveUpAt = Date.now() + BOOT_PATIENCE_MS;
    for (;;) {
      const state = await this.systemState();
      if (state === 'running') return;
      if (state === 'degraded') break;
      const ended = container.ended();
      if (ended !== undefined) throw this.bootFailure(`systemd-nspawn ended (${ended})`);
      if (Date.now() > giveUpAt) throw this.bootFailure(`not ready within ${BOOT_PATIENCE_MS / 1000} s`);
      await sleep(BOOT_POLL_MS);
    }
    // A drill may well have broken a service on purpose; that is no reason not to boot.
    const failed = await this.exec('systemctl list-units --failed --plain --no-legend | cut -d" " -f1');
    this.log(`${this.name} runs without ${failed.stdout.trim().replaceAll('\n', ', ')}, which failed to start`);
  }

  /** Waits for the end of the start-up where systemd can be asked already. */
  private async systemState(): Promise<string> {
    if (findInit(this.record) === undefined) return 'offline';
    const answer = await this.exec('systemctl is-system-running --wait', { timeoutMs: BOOT_PATIENCE_MS });
    return answer.stdout.trim();
  }

  private bootFailure(why: string): LabError {
    return new LabError('LAB_BOOT_FAILED', `${this.name} did not boot: ${why}.\n${consoleTail(this.record)}`);
  }
}
