import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error';
import type { LabHost } from './types';

/** What an attacker who owns a lab host does to whoever comes to contain it. The last one leaves no room for any other. */
export const HOSTILITIES = ['bad-answers', 'sparse-file', 'newline-names', 'process-flood', 'full-disk'] as const;
export type Hostility = (typeof HOSTILITIES)[number];

/** Disk of a host that is to be filled, MiB: booted and set up, a host takes a quarter of it. */
export const HOSTILE_DISK_MIB = 128;

const GATE = '/usr/local/sbin/firebreak-gate';
const FLOOD = 'firebreak-lab-flood';
const FLOOD_PROCESSES = 1_000;
const PREPARING_MS = 120_000;

interface Means {
  /** Root's scripts on the host; each may run again. */
  readonly begin: () => string;
  readonly end: string;
}

/** Directories of keys that accounts own: root's are Firebreak's own. */
const EACH_KEY_DIRECTORY = `for keys in /home/*/.ssh; do [ -d "$keys" ] && [ "$(stat -c %u "$keys")" -ne 0 ] || continue`;

const MEANS: Readonly<Record<Hostility, Means>> = {
  'bad-answers': {
    begin: () => `
      [ -e ${GATE}.honest ] || mv ${GATE} ${GATE}.honest
      cat >${GATE} <<'PROGRAM'
${readFileSync(join(__dirname, 'programs', 'hostile-gate.sh'), 'utf8')}PROGRAM
      chmod 755 ${GATE}`,
    end: `[ ! -e ${GATE}.honest ] || mv -f ${GATE}.honest ${GATE}; rm -f /run/firebreak-lab-turn`,
  },
  'sparse-file': {
    begin: () => `
      mkdir -p /var/log/nginx; truncate -s 6T /var/log/nginx/access.log
      ${EACH_KEY_DIRECTORY}; truncate -s 6T "$keys/authorized_keys2"; done`,
    end: `rm -f /var/log/nginx/access.log; ${EACH_KEY_DIRECTORY}; rm -f "$keys/authorized_keys2"; done`,
  },
  'newline-names': {
    begin: () => `
      mkdir -p '/var/log/app/x
/etc' /var/log/nginx
      cp /etc/shadow '/var/log/app/x
/etc/harmless'
      : >'/var/log/app/x
/etc/shadow'
      : >"/var/log/nginx/$(printf 'a\\033[2J\\342\\200\\256.log')"`,
    end: `rm -rf '/var/log/app/x
'*; rm -f "/var/log/nginx/$(printf 'a\\033[2J\\342\\200\\256.log')"`,
  },
  'process-flood': {
    // Most sleep, so that the machine below stays fit to measure on; some come and go, so that no list of them is ever true.
    begin: () => `
      systemctl is-active --quiet ${FLOOD} || systemd-run --quiet --unit=${FLOOD} -p User=nobody -p Nice=19 \\
        -p TasksMax=infinity -p LimitNPROC=infinity sh -c '
          i=0; while [ $i -lt ${FLOOD_PROCESSES} ]; do sleep 100000 & i=$((i + 1)); done
          while :; do sleep 0.1 & sleep 0.1 & wait $!; done'
      until [ "$(pgrep -c -u nobody)" -gt ${FLOOD_PROCESSES} ]; do sleep 0.2; done`,
    end: `systemctl stop ${FLOOD} 2>/dev/null || true; systemctl reset-failed ${FLOOD} 2>/dev/null || true`,
  },
  'full-disk': {
    begin: () => `
      for block in 1M 4k; do dd if=/dev/zero of=/var/firebreak-lab-ballast.$block bs=$block 2>/dev/null || true; done
      [ "$(df --output=avail / | tail -n 1)" -eq 0 ]`,
    end: 'rm -f /var/firebreak-lab-ballast.*',
  },
};

/**
 * Makes a host hostile in the given ways, default: all. Everything lies on the host, so it ends with the lab at the latest.
 *
 * @throws LabError `LAB_BAD_OPTIONS` when a disk is to be filled that is not the host's own, `LAB_COMMAND_FAILED`.
 */
export async function makeHostile(host: LabHost, how: readonly Hostility[] = HOSTILITIES): Promise<void> {
  if (how.includes('full-disk') && host.diskMiB === undefined)
    throw new LabError(
      'LAB_BAD_OPTIONS',
      `${host.name} has no disk of its own (diskMiB): the machine's would be filled.`,
    );
  for (const one of HOSTILITIES) if (how.includes(one)) await onHost(host, one, MEANS[one].begin());
}

/** Takes back whatever {@link makeHostile} did. @throws LabError `LAB_COMMAND_FAILED` */
export async function makeHarmless(host: LabHost): Promise<void> {
  for (const one of [...HOSTILITIES].reverse()) await onHost(host, one, MEANS[one].end);
}

async function onHost(host: LabHost, what: Hostility, script: string): Promise<void> {
  const { code, stderr } = await host.exec(`set -e\n${script}`, { timeoutMs: PREPARING_MS });
  if (code === 0) return;
  throw new LabError('LAB_COMMAND_FAILED', `${what} on ${host.name}: exit ${code}: ${stderr.trim()}`);
}
