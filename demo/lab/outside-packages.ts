import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LabError } from './lab-error';
import { runCommand } from './run-command';
import type { LabLog } from './types';
import { DOWNLOADS, childEnvironment } from '../../src/supervision/child-environment';

/** A program or file of the outer machine, and the Debian package it comes in. */
interface Requirement {
  readonly file: string;
  readonly package: string;
}

const TO_RUN: readonly Requirement[] = [
  { file: 'systemd-nspawn', package: 'systemd-container' },
  { file: 'ip', package: 'iproute2' },
  { file: 'tc', package: 'iproute2' },
  { file: 'ssh', package: 'openssh-client' },
  { file: 'ssh-keygen', package: 'openssh-client' },
  { file: '/usr/bin/python3', package: 'python3' },
];

const TO_BUILD: readonly Requirement[] = [
  { file: 'mmdebstrap', package: 'mmdebstrap' },
  { file: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring' },
];

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const APT_LOCK_PATIENCE_S = 300;

/**
 * Names the Debian packages that the lab needs and this machine lacks, then installs them with apt-get.
 * System users that a package brings along are named too; they belong to the package and stay.
 *
 * @param purpose `build` when the hosts' base system has yet to be made.
 * @throws LabError `LAB_PACKAGES_MISSING` when `FIREBREAK_NO_APT` is 1 or there is no apt-get; `LAB_COMMAND_FAILED` when apt-get fails.
 */
export async function ensureOutsidePackages(purpose: 'run' | 'build', log: LabLog): Promise<void> {
  const required = purpose === 'build' ? [...TO_RUN, ...TO_BUILD] : TO_RUN;
  const missing = [...new Set(required.filter(({ file }) => !isThere(file)).map((one) => one.package))];
  if (missing.length === 0) return;

  const names = missing.join(' ');
  if (process.env.FIREBREAK_NO_APT === '1' || !isThere('apt-get')) {
    throw new LabError('LAB_PACKAGES_MISSING', `The lab needs Debian packages that are not installed: ${names}.`);
  }
  const usersBefore = systemUsers();
  log(`Installing Debian packages that the lab needs: ${names}`);
  const env = childEnvironment(DOWNLOADS, { DEBIAN_FRONTEND: 'noninteractive' });
  const lock = `DPkg::Lock::Timeout=${APT_LOCK_PATIENCE_S}`;
  await runCommand('apt-get', ['update', '-qq', '-o', lock], { env });
  await runCommand('apt-get', ['install', '-qq', '-y', '--no-install-recommends', '-o', lock, ...missing], { env });
  const brought = [...systemUsers()].filter((user) => !usersBefore.has(user));
  if (brought.length > 0) log(`Those packages brought system users that stay: ${brought.join(' ')}`);
}

function isThere(file: string): boolean {
  if (file.startsWith('/')) return existsSync(file);
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, file), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function systemUsers(): ReadonlySet<string> {
  return new Set(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .flatMap((line) => line.split(':')[0] || []),
  );
}
