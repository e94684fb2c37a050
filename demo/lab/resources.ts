import { existsSync, readFileSync, rmSync } from 'node:fs';
import { cgroupProcesses, removeCgroup } from './cgroups';
import { LabError } from './lab-error';
import { waitUntil } from './processes';
import { runCommand, tryCommand } from './run-command';

/** Something a lab makes on the outer machine, named exactly enough to be removed without a look at anything else. */
export type LabResource =
  /** A network namespace made by `ip netns`. */
  | { readonly kind: 'namespace'; readonly name: string }
  /** A network interface of the outer machine. */
  | { readonly kind: 'link'; readonly name: string }
  /** A route of type `unreachable` on the outer machine. */
  | { readonly kind: 'route'; readonly prefix: string }
  | { readonly kind: 'cgroup'; readonly path: string }
  | { readonly kind: 'mount'; readonly path: string }
  /** A file, or a directory with all that is in it. */
  | { readonly kind: 'path'; readonly path: string };

/** For log lines and reports: `namespace fbl-ab12cd-web-1`. */
export function describeResource(resource: LabResource): string {
  switch (resource.kind) {
    case 'namespace':
    case 'link':
      return `${resource.kind} ${resource.name}`;
    case 'route':
      return `route ${resource.prefix}`;
    case 'cgroup':
    case 'mount':
    case 'path':
      return `${resource.kind} ${resource.path}`;
  }
}

/** The processes that live in a resource and have to end before it can go. */
export async function processesOf(resource: LabResource): Promise<readonly number[]> {
  switch (resource.kind) {
    case 'cgroup':
      return cgroupProcesses(resource.path);
    case 'namespace': {
      const { code, stdout } = await tryCommand('ip', ['netns', 'pids', resource.name]);
      return code === 0 ? stdout.split('\n').filter(Boolean).map(Number) : [];
    }
    case 'link':
    case 'route':
    case 'mount':
    case 'path':
      return [];
  }
}

/**
 * Removes one resource whose processes have ended.
 *
 * @returns false when there was nothing to remove.
 * @throws LabError or a file system error when it resists.
 */
export async function removeResource(resource: LabResource): Promise<boolean> {
  switch (resource.kind) {
    case 'namespace':
      if (!existsSync(`/run/netns/${resource.name}`)) return false;
      await runCommand('ip', ['netns', 'delete', resource.name]);
      return true;
    case 'link':
      if (!existsSync(`/sys/class/net/${resource.name}`)) return false;
      await runCommand('ip', ['link', 'delete', resource.name]);
      return true;
    case 'route':
      return removeRoute(resource.prefix);
    case 'cgroup':
      if (!existsSync(resource.path)) return false;
      removeCgroup(resource.path);
      return true;
    case 'mount':
      return unmount(resource.path);
    case 'path':
      return removePath(resource.path);
  }
}

async function removeRoute(prefix: string): Promise<boolean> {
  const family = prefix.includes(':') ? '-6' : '-4';
  const listed = await runCommand('ip', [family, 'route', 'show', 'type', 'unreachable', 'exact', prefix]);
  if (listed.trim() === '') return false;
  await runCommand('ip', [family, 'route', 'delete', 'unreachable', prefix]);
  return true;
}

async function unmount(path: string): Promise<boolean> {
  if (!mountPoints().includes(path)) return false;
  // The last process of a container has ended a moment before the kernel lets go of its mounts.
  const gone = await waitUntil(async () => (await tryCommand('umount', [path])).code === 0, 3_000, 50);
  if (!gone) await runCommand('umount', ['--lazy', path]);
  return true;
}

function removePath(path: string): boolean {
  if (!existsSync(path)) return false;
  const inside = mountPoints().find((mount) => mount === path || mount.startsWith(`${path}/`));
  if (inside !== undefined) {
    throw new LabError('LAB_DOWN_INCOMPLETE', `${path} is not removed: ${inside} is still mounted.`);
  }
  rmSync(path, { recursive: true, force: true });
  return true;
}

function mountPoints(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? []);
}
