import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupPaths, cgroupProcesses, setFrozen } from './cgroups';
import { LabError } from './lab-error';
import type { HostRecord } from './lab-record';
import { killUntilNone, sendSignal, waitUntil } from './processes';
import { tryCommand } from './run-command';
import type { ExecOptions, ExecResult } from './types';
import { spawn } from '../../src/supervision/child-process';

const ENTER_GROUPS_THEN_EXEC = `
for group in $1; do mkdir -p "$group" && echo $$ > "$group/cgroup.procs" || exit 1; done
shift
exec "$@"`;

const DEFAULT_EXEC_TIMEOUT_MS = 60_000;
const SHUTDOWN_PATIENCE_MS = 15_000;
const INIT_PID = 1;
const CLEAN_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** A started container, for as long as this process watches it. */
export interface LaunchedContainer {
  /** What systemd-nspawn ended with, once it has; undefined while it runs. */
  ended(): string | undefined;
}

/**
 * Starts systemd-nspawn on the host's file system and network namespace. It outlives this process: what ends it is
 * {@link shutDown}, or killing its control group.
 */
export function launchContainer(host: HostRecord): LaunchedContainer {
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    '--boot',
    `--directory=${host.rootDirectory}`,
    `--machine=${host.unit}`,
    `--network-namespace-path=/run/netns/${host.unit}`,
    '--capability=CAP_NET_ADMIN,CAP_NET_RAW',
    '--register=no',
    '--keep-unit',
    '--link-journal=no',
    '--resolv-conf=off',
    '--timezone=off',
  ];
  const consoleFile = openSync(host.console, 'w', 0o600);
  try {
    const groups = cgroupPaths(host.unit).join(' ');
    const child = spawn('sh', ['-c', ENTER_GROUPS_THEN_EXEC, 'sh', groups, ...nspawn], {
      detached: true,
      stdio: ['ignore', consoleFile, consoleFile],
      env: CLEAN_ENV,
    });
    let ended: string | undefined;
    child.on('error', (error) => (ended = error.message));
    child.on('exit', (code, signal) => (ended = signal === null ? `exit ${code ?? ''}` : `signal ${signal}`));
    child.unref();
    return { ended: () => ended };
  } finally {
    closeSync(consoleFile);
  }
}

/** Process id, on the outer machine, of the host's own process 1; undefined when the host is down. */
export function findInit(host: HostRecord): number | undefined {
  return hostProcesses(host).find((pid) => namespacedPid(pid) === INIT_PID);
}

/**
 * Runs a shell script as root in the host's namespaces, through no network.
 *
 * @throws LabError `LAB_HOST_DOWN` when the host does not run, `LAB_COMMAND_TIMEOUT`.
 */
export async function execInContainer(
  host: HostRecord,
  script: string,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const init = findInit(host);
  if (init === undefined) throw new LabError('LAB_HOST_DOWN', `${host.name} is down.`);
  return tryCommand('nsenter', ['--target', String(init), '--all', '/bin/sh', '-s'], {
    // The braces make the shell read all of the script first; its commands then cannot swallow the rest of it as their input.
    stdin: `{ :\n${script}\n} </dev/null\n`,
    timeoutMs: options.timeoutMs ?? DEFAULT_EXEC_TIMEOUT_MS,
    env: { ...CLEAN_ENV, HOME: '/root' },
  });
}

/** Shuts the host down in order, by force when that takes too long. */
export async function shutDown(host: HostRecord): Promise<void> {
  if (findInit(host) !== undefined) {
    await setFrozen(host.unit, false);
    // systemd-nspawn turns this into the power-off signal for the host's process 1.
    for (const pid of hostProcesses(host).filter(isSupervisor)) sendSignal(pid, 'SIGTERM');
    await waitUntil(() => hostProcesses(host).length === 0, SHUTDOWN_PATIENCE_MS);
  }
  await killUntilNone(() => hostProcesses(host));
}

/** The last lines the host printed while booting, for error texts. */
export function consoleTail(host: HostRecord): string {
  return readFileSync(host.console, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
}

function hostProcesses(host: HostRecord): readonly number[] {
  return [...new Set(cgroupPaths(host.unit).flatMap(cgroupProcesses))];
}

/** A process of the container has a number of its own in the container's process namespace; its supervisor has not. */
function isSupervisor(pid: number): boolean {
  return namespacedPid(pid) === undefined;
}

function namespacedPid(pid: number): number | undefined {
  try {
    const status = readFileSync(join('/proc', String(pid), 'status'), 'utf8');
    const [, inside] = (/^NSpid:\t(.*)$/m.exec(status)?.[1] ?? '').split('\t');
    return inside === undefined ? undefined : Number(inside);
  } catch {
    return undefined;
  }
}
