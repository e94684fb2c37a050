import { execFile } from 'node:child_process';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeHarmless, makeHostile } from '../demo/lab/hostility';
import type { LabHost } from '../demo/lab/types';
import { STOLEN_ACCOUNT } from '../demo/scenario';
import type { PlainMode } from '../demo/receivers/behaviour';
import type { World } from '../demo/world';
import type { IncidentId } from '../src/domain/ids';
import type { ActionKind } from '../src/domain/plan';
import type { AbnormalStage, Channel } from '../src/domain/words';
import type { TemporalServer } from '../temporal/dev-server';
import { BREAKABLE_STEPS, breakOnce } from './breakable-program';
import type { Random } from './random';

/** Something that goes wrong while a response runs. */
export interface Fault {
  readonly name: string;
  /** `host`: one host, and the runs on it. `shared`: every run at this time. */
  readonly scope: 'host' | 'shared';
  /** Stages of the abnormal end (B8) that a run may end in when the kernel does not equal the plan; none: it must. */
  readonly stages: readonly AbnormalStage[];
  /** The host answers, and each act gets its whole time. */
  readonly patient?: true;
  /** Kinds of act that it keeps from being put on whole, without a stage of the abnormal end for it. */
  readonly lacks?: readonly ActionKind[];
  /** Kinds of act that it leaves another means for (C1): they must be in the kernel whatever the stage. */
  readonly spares?: readonly ActionKind[];
  /** There may be no room for the seal; then people must have been told to act. */
  readonly mayLackSeal?: true;
  /** What the report of the incident has to say for it. */
  readonly report?: (random: Random) => { readonly titled?: string; readonly alsoOn?: readonly string[] };
  /** Longest wait after the declaration before it strikes, milliseconds; 0: it is there from the start. */
  readonly withinMs: number;
  strike(where: Place): Promise<void>;
  /** Makes everything whole again; also called when `strike` was not. */
  mend(where: Place): Promise<void>;
  /** What may only be put right when the incident is closed; also called when `strike` was not. */
  afterRelease?(where: Place): Promise<void>;
}

/** What a fault may lay hands on. */
export interface Place {
  readonly world: World;
  readonly host: LabHost;
  readonly random: Random;
}

/** A host that is out of reach is contained by its gateway, or people are called (B2, C6). */
const OUT_OF_REACH: readonly AbnormalStage[] = ['manual', 'escalated', 'emergency'];
const run = promisify(execFile);
/** In memory, so that filling it harms nobody else; a bag is gone from it once its run is judged. */
const EVIDENCE_DISK = 'size=1g,mode=0750';
const CHANNELS: readonly Channel[] = ['mail', 'slack', 'voice', 'sms'];
/** A run on an idle machine takes six seconds; a fault that comes later tests nothing. */
const ANY_MOMENT_MS = 5_000;
/** A server that is restarted comes back within this time. */
const SOON_MS = 3_000;
/** An act waits 30 s for the ledger and then goes on without it (L1). */
const BEYOND_THE_LEDGER_MS = 45_000;
const nothing = (): Promise<void> => Promise.resolve();

export const NO_FAULT: Fault = {
  name: 'none',
  scope: 'host',
  stages: [],
  withinMs: 0,
  strike: nothing,
  mend: nothing,
};

/** A script on the host itself, past the network; one that fails would make the run prove nothing. */
async function onHost(host: LabHost, script: string): Promise<void> {
  const { code, stderr } = await host.exec(`set -e\n${script}`);
  if (code !== 0) throw new Error(`${host.name}: ${script.slice(0, 80)}: exit ${code}: ${stderr.slice(0, 300)}`);
}

function atHost(
  name: string,
  stages: readonly AbnormalStage[],
  withinMs: number,
  strike: (host: LabHost) => Promise<void>,
  mend: (host: LabHost) => Promise<void>,
): Fault {
  return { name, scope: 'host', stages, withinMs, strike: ({ host }) => strike(host), mend: ({ host }) => mend(host) };
}

function onChannels(name: string, channels: readonly Channel[], mode: PlainMode | 'rate-limit'): Fault {
  return {
    name,
    scope: 'shared',
    stages: [],
    withinMs: 0,
    strike: ({ world }) => {
      for (const channel of channels)
        world.receivers.behave(channel, mode === 'rate-limit' ? { mode, retryAfterS: 5 } : mode);
      return Promise.resolve();
    },
    mend: ({ world }) => {
      for (const channel of channels) world.receivers.behave(channel, 'ok');
      return Promise.resolve();
    },
  };
}

function shared(name: string, strike: (where: Place) => Promise<void>): Fault {
  return { name, scope: 'shared', stages: [], withinMs: ANY_MOMENT_MS, strike, mend: nothing };
}

function ownTemporal(world: World): TemporalServer {
  const { temporal } = world.stack;
  if (!('restart' in temporal)) throw new Error('unset TEMPORAL_ADDRESS: this server would have to be killed');
  return temporal as TemporalServer;
}

/** A server of the stack dies, stays away for a while, and comes back. */
async function killAndRestart(
  server: { kill(): Promise<void>; restart(): Promise<void> },
  awayMs: number,
): Promise<void> {
  await server.kill();
  await sleep(awayMs);
  await server.restart();
}

const forensicsOf = (world: World): string => join(world.directory, 'forensics');
const ballastOf = (world: World): string => join(forensicsOf(world), '.ballast');

/**
 * Judged runs need their bags no more: those of three hundred would fill the disk before any fault does. The supplement of a run may come
 * after it was judged, and goes with a later one.
 */
export async function discardBags(world: World, judged: ReadonlySet<IncidentId>): Promise<void> {
  const folder = forensicsOf(world);
  const names = await readdir(folder);
  const done = names.filter((name) => judged.has((name.split('.')[0] ?? '') as IncidentId));
  await Promise.all(done.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Gives the evidence a disk of its own that can really be full. @returns what takes it away again */
export async function mountEvidenceDisk(world: World): Promise<() => Promise<void>> {
  const disk = forensicsOf(world);
  await mkdir(disk, { recursive: true, mode: 0o750 });
  await run('mount', ['-t', 'tmpfs', '-o', EVIDENCE_DISK, 'firebreak-bench', disk]);
  return async () => {
    await run('umount', ['--lazy', disk]);
  };
}

/** Leaves not one byte. */
async function fillEvidenceDisk({ world }: Place): Promise<void> {
  const ballast = await open(ballastOf(world), 'a', 0o600);
  const block = Buffer.alloc(1024 * 1024, 0x5a);
  try {
    for (;;) await ballast.write(block);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  } finally {
    await ballast.close();
  }
}

const SSHD_CONFIG = '/etc/ssh/sshd_config';
const USERMOD = '/usr/sbin/usermod';
const STOLEN_KEYS = `/home/${STOLEN_ACCOUNT}/.ssh/authorized_keys`;
const SSHD_KEY = '/etc/ssh/ssh_host_ed25519_key';

/** Every fault of the issue, and some more; each run is given one of them, or none. */
export const FAULTS: readonly Fault[] = [
  shared('worker killed', ({ world, random }) => {
    random.pick(world.stack.workers).kill();
    return Promise.resolve();
  }),
  shared('both workers killed', ({ world }) => {
    for (const worker of world.stack.workers) worker.kill();
    return Promise.resolve();
  }),
  shared('PostgreSQL killed', ({ world, random }) => killAndRestart(world.stack.postgres, random.upTo(SOON_MS))),
  shared('PostgreSQL away for long', ({ world }) => killAndRestart(world.stack.postgres, BEYOND_THE_LEDGER_MS)),
  shared('Temporal killed', ({ world, random }) => killAndRestart(ownTemporal(world), random.upTo(SOON_MS))),
  atHost(
    'host without power',
    OUT_OF_REACH,
    ANY_MOMENT_MS,
    (host) => host.stop(),
    (host) => host.start(),
  ),
  atHost(
    'host frozen',
    OUT_OF_REACH,
    ANY_MOMENT_MS,
    (host) => host.freeze(),
    (host) => host.thaw(),
  ),
  atHost(
    'management link cut',
    OUT_OF_REACH,
    ANY_MOMENT_MS,
    (host) => host.cutManagementLink(),
    (host) => host.restoreManagementLink(),
  ),
  atHost(
    'sshd does not listen',
    OUT_OF_REACH,
    ANY_MOMENT_MS,
    (host) => onHost(host, 'systemctl stop ssh.service'),
    (host) => onHost(host, 'systemctl start ssh.service'),
  ),
  atHost(
    'sudo refused',
    OUT_OF_REACH,
    0,
    (host) => onHost(host, 'mkdir -p /root/away && mv /etc/sudoers.d/* /root/away/'),
    (host) => onHost(host, 'mv /root/away/* /etc/sudoers.d/ 2>/dev/null || true'),
  ),
  {
    // ipset or iptables must block in its place (C1); isolation needs nft, and without it the gateway holds (C6).
    ...atHost(
      'nft missing',
      OUT_OF_REACH,
      0,
      (host) => onHost(host, 'mv /usr/sbin/nft /usr/sbin/nft.away'),
      (host) => onHost(host, '[ ! -e /usr/sbin/nft.away ] || mv /usr/sbin/nft.away /usr/sbin/nft'),
    ),
    spares: ['block-sources'],
  },
  {
    // A journal that does not run has no rate that could be lifted.
    ...atHost(
      'log system stopped',
      [],
      0,
      (host) =>
        onHost(
          host,
          'systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service rsyslog.service 2>/dev/null || true',
        ),
      (host) =>
        onHost(
          host,
          'systemctl reset-failed 2>/dev/null || true; systemctl start systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service rsyslog.service',
        ),
    ),
    lacks: ['heighten-monitoring'],
  },
  atHost(
    'journal emptied',
    [],
    0,
    (host) =>
      onHost(
        host,
        'journalctl --rotate; journalctl --vacuum-size=1 >/dev/null 2>&1; rm -rf /var/log/journal/* /run/log/journal/*; for f in /var/log/syslog /var/log/auth.log; do : >"$f"; done; systemctl restart systemd-journald.service',
      ),
    nothing,
  ),
  atHost(
    'host key changed',
    OUT_OF_REACH,
    0,
    (host) =>
      onHost(
        host,
        `cp -p ${SSHD_KEY} /root/key.away && rm ${SSHD_KEY} && ssh-keygen -q -t ed25519 -N '' -f ${SSHD_KEY} && systemctl restart ssh.service`,
      ),
    (host) =>
      onHost(
        host,
        `[ ! -e /root/key.away ] || { mv -f /root/key.away ${SSHD_KEY} && ssh-keygen -y -f ${SSHD_KEY} >${SSHD_KEY}.pub && systemctl reset-failed ssh.service && systemctl restart ssh.service; }`,
      ),
  ),
  // It may hold whatever an honest one would; what it does not hold, its gateway does.
  atHost('hostile host', OUT_OF_REACH, 0, (host) => makeHostile(host), makeHarmless),
  {
    // As many systems have it (RHEL 8, upgraded Debian): the part cannot be put on, and the others are.
    ...atHost(
      'sshd without Include',
      [],
      0,
      (host) => onHost(host, `cp -p ${SSHD_CONFIG} /root/ && sed -i '/^Include/d' ${SSHD_CONFIG}`),
      nothing,
    ),
    lacks: ['heighten-monitoring'],
    afterRelease: ({ host }) => onHost(host, `[ ! -e /root/sshd_config ] || mv -f /root/sshd_config ${SSHD_CONFIG}`),
  },
  {
    ...atHost(
      'usermod broken',
      OUT_OF_REACH,
      0,
      (host) =>
        onHost(
          host,
          `mv ${USERMOD} ${USERMOD}.away && printf '#!/bin/sh\nexit 1\n' >${USERMOD} && chmod 755 ${USERMOD}`,
        ),
      (host) => onHost(host, `[ ! -e ${USERMOD}.away ] || mv -f ${USERMOD}.away ${USERMOD}`),
    ),
    patient: true,
    spares: ['block-sources', 'heighten-monitoring'],
  },
  {
    // What intruders do to keep their way in; it stays until the release is over.
    ...atHost('immutable key file', OUT_OF_REACH, 0, (host) => onHost(host, `chattr +i ${STOLEN_KEYS}`), nothing),
    patient: true,
    spares: ['block-sources', 'heighten-monitoring'],
    afterRelease: ({ host }) => onHost(host, `chattr -i ${STOLEN_KEYS}`),
  },
  {
    ...atHost('fail2ban broken', [], 0, (host) => onHost(host, `systemctl stop fail2ban.service`), nothing),
    lacks: ['heighten-monitoring'],
    afterRelease: ({ host }) => onHost(host, 'systemctl start fail2ban.service'),
  },
  onChannels('mail refused', ['mail'], 'refuse'),
  onChannels('mail hangs', ['mail'], 'hang'),
  onChannels('mail rate-limits', ['mail'], 'rate-limit'),
  onChannels('Slack refused', ['slack'], 'refuse'),
  onChannels('Slack rate-limits', ['slack'], 'rate-limit'),
  onChannels('Twilio refused', ['voice', 'sms'], 'refuse'),
  onChannels('Twilio rate-limits', ['voice', 'sms'], 'rate-limit'),
  onChannels('Twilio hangs', ['voice', 'sms'], 'hang'),
  onChannels('all channels refused', CHANNELS, 'refuse'),
  onChannels('all channels hang', CHANNELS, 'hang'),
  {
    ...shared('evidence disk full', fillEvidenceDisk),
    mayLackSeal: true,
    mend: ({ world }) => rm(ballastOf(world), { force: true }),
  },
  { ...NO_FAULT, name: 'unknown host', report: () => ({ alsoOn: ['no-such-host'] }) },
  {
    ...NO_FAULT,
    name: 'TypeError in a step',
    report: (random) => ({ titled: breakOnce(random.pick(BREAKABLE_STEPS)) }),
  },
];
