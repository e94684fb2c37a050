import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../../src/supervision/cache-directory';
import { withExclusiveLock } from '../../src/supervision/exclusive-lock';
import { ensureOutsidePackages } from './outside-packages';
import { runCommand } from './run-command';
import type { LabLog } from './types';

const SUITE = 'bookworm';

/** What a lab host has installed besides the minimal base: an ordinary server with every tool that a drill touches. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'openssh-server', 'sudo', 'cron', 'rsyslog'],
  ...['nftables', 'iptables', 'ipset', 'conntrack', 'fail2ban', 'iproute2', 'procps', 'lsof'],
  ...['curl', 'ca-certificates', 'python3-minimal'],
];

/** Part of the version below: a change here makes a new base, as a change of the package list does. */
const BUILD_OPTIONS = [
  '--variant=minbase',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
  // A key made once for all hosts would be no identity.
  '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*',
];

const PARTIAL = '.partial';

/** Holds the disks of running labs, each in a directory named by the lab's id. */
export function runningLabsDirectory(): string {
  return join(labCache(), 'running');
}

function labCache(): string {
  return join(cacheRoot(), 'lab');
}

/**
 * Gives the directory of the Debian system that all hosts share as the read-only lower layer of their file systems, after making
 * it when it is not in the cache: about 25 seconds and 300 MB once. Nothing may ever be written into it.
 *
 * It is named by what it is made of, built under another name and renamed when complete. Concurrent callers wait for one build.
 *
 * @throws LabError `LAB_PACKAGES_MISSING` or `LAB_COMMAND_FAILED`, for example without a way to a Debian mirror.
 */
export async function ensureRootfs(log: LabLog): Promise<string> {
  const cache = labCache();
  const version = createHash('sha256')
    .update(JSON.stringify([SUITE, process.arch, PACKAGES, BUILD_OPTIONS]))
    .digest('hex')
    .slice(0, 12);
  const rootfs = join(cache, `debian-${SUITE}-${version}`);
  const cached = existsSync(rootfs);
  await ensureOutsidePackages(cached ? 'run' : 'build', log);
  if (cached) return rootfs;

  await mkdir(cache, { recursive: true });
  await withExclusiveLock(join(cache, 'build.lock'), async () => {
    if (existsSync(rootfs)) return;
    await removePartialBuilds(cache);
    log(
      `Building the hosts' base system (Debian ${SUITE}, ${PACKAGES.length} packages and what they need); once, about half a minute`,
    );
    // The process id keeps a killed build, whose mmdebstrap may still be writing, out of our way.
    const partial = `${rootfs}.${process.pid}${PARTIAL}`;
    const began = Date.now();
    await runCommand('mmdebstrap', [...BUILD_OPTIONS, `--include=${PACKAGES.join(',')}`, SUITE, partial]);
    await rename(partial, rootfs);
    log(`Base system built in ${Math.round((Date.now() - began) / 1000)} s, kept in ${rootfs}`);
  });
  return rootfs;
}

/** Under the lock, a partial build can only be a killed one's. */
async function removePartialBuilds(cache: string): Promise<void> {
  const partial = (await readdir(cache)).filter((name) => name.endsWith(PARTIAL));
  await Promise.all(partial.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}
