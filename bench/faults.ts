import { setTimeout as sleep } from 'node:timers/promises';
import type { LabHost } from '../demo/lab/types';
import type { PlainMode } from '../demo/receivers/behaviour';
import type { World } from '../demo/world';
import type { AbnormalStage, Channel } from '../src/domain/words';
import type { TemporalServer } from '../temporal/dev-server';
import type { Random } from './random';

/** Something that goes wrong while a response runs. */
export interface Fault {
  readonly name: string;
  /** `host`: one host, and the runs on it. `shared`: every run at this time. */
  readonly scope: 'host' | 'shared';
  /** Stages of the abnormal end (B8) that a run may end in when the kernel does not equal the plan; none: it must. */
  readonly stages: readonly AbnormalStage[];
  /** Longest wait after the declaration before it strikes, milliseconds; 0: it is there from the start. */
  readonly withinMs: number;
  strike(where: Place): Promise<void>;
  /** Makes everything whole again; also called when `strike` was not. */
  mend(where: Place): Promise<void>;
}

/** What a fault may lay hands on. */
export interface Place {
  readonly world: World;
  readonly host: LabHost;
  readonly random: Random;
}

/** A host that is out of reach is contained by its gateway, or people are called (B2, C6). */
const OUT_OF_REACH: readonly AbnormalStage[] = ['manual', 'escalated', 'emergency'];
const CHANNELS: readonly Channel[] = ['mail', 'slack', 'voice', 'sms'];
/** A run on an idle machine takes six seconds; a fault that comes later tests nothing. */
const ANY_MOMENT_MS = 5_000;
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

/** A server of the stack dies, stays away for up to three seconds, and comes back. */
async function killAndRestart(
  server: { kill(): Promise<void>; restart(): Promise<void> },
  random: Random,
): Promise<void> {
  await server.kill();
  await sleep(random.upTo(3_000));
  await server.restart();
}

const SSHD_KEY = '/etc/ssh/ssh_host_ed25519_key';

/** Every fault of the issue; each run is given one of them, or none. */
export const FAULTS: readonly Fault[] = [
  shared('worker killed', ({ world, random }) => {
    random.pick(world.stack.workers).kill();
    return Promise.resolve();
  }),
  shared('both workers killed', ({ world }) => {
    for (const worker of world.stack.workers) worker.kill();
    return Promise.resolve();
  }),
  shared('PostgreSQL killed', ({ world, random }) => killAndRestart(world.stack.postgres, random)),
  shared('Temporal killed', ({ world, random }) => killAndRestart(ownTemporal(world), random)),
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
  atHost(
    'nft missing',
    OUT_OF_REACH,
    0,
    (host) => onHost(host, 'mv /usr/sbin/nft /usr/sbin/nft.away'),
    (host) => onHost(host, '[ ! -e /usr/sbin/nft.away ] || mv /usr/sbin/nft.away /usr/sbin/nft'),
  ),
  atHost(
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
  onChannels('mail refused', ['mail'], 'refuse'),
  onChannels('mail hangs', ['mail'], 'hang'),
  onChannels('Slack refused', ['slack'], 'refuse'),
  onChannels('Slack rate-limits', ['slack'], 'rate-limit'),
  onChannels('Twilio refused', ['voice', 'sms'], 'refuse'),
  onChannels('Twilio hangs', ['voice', 'sms'], 'hang'),
  onChannels('all channels refused', CHANNELS, 'refuse'),
  onChannels('all channels hang', CHANNELS, 'hang'),
];
