import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error';
import { waitUntil } from './processes';

/**
 * Control groups tie a container's processes together: whatever a host starts stays in its group, so the group, and not a
 * list of process ids, is what gets frozen and killed. Without a group of its own, systemd-nspawn would also put
 * all containers into one (`/payload`) when the machine does not run systemd itself.
 */
const MOUNT = '/sys/fs/cgroup';
const FREEZE_PATIENCE_MS = 5_000;

/** Where cgroup v2 is mounted: alone, or next to v1 (hybrid). */
function unifiedMount(): string {
  const hybrid = join(MOUNT, 'unified');
  if (existsSync(join(hybrid, 'cgroup.procs'))) return hybrid;
  if (existsSync(join(MOUNT, 'cgroup.controllers'))) return MOUNT;
  throw new LabError('LAB_COMMAND_FAILED', `The lab needs cgroup v2, mounted at ${MOUNT} or ${hybrid}.`);
}

/** The directories that a container called `name` is put into: cgroup v2, and systemd's own v1 hierarchy where there is one. */
export function cgroupPaths(name: string): readonly string[] {
  const named = join(MOUNT, 'systemd');
  const mounts = existsSync(join(named, 'cgroup.procs')) ? [unifiedMount(), named] : [unifiedMount()];
  return mounts.map((mount) => join(mount, name));
}

/** Ids of all processes in the group and below; none when there is no such group. */
export function cgroupProcesses(path: string): readonly number[] {
  return subgroups(path).flatMap((group) =>
    readOrEmpty(join(group, 'cgroup.procs'))
      .split('\n')
      .filter((line) => line !== '' && line !== '0')
      .map(Number),
  );
}

/**
 * Makes all processes of the group `name` stand still, or go on.
 *
 * @throws LabError `LAB_HOST_DOWN` when there is no such group, `LAB_COMMAND_TIMEOUT` when the kernel does not get there.
 */
export async function setFrozen(name: string, frozen: boolean): Promise<void> {
  const group = join(unifiedMount(), name);
  const wanted = frozen ? '1' : '0';
  try {
    writeFileSync(join(group, 'cgroup.freeze'), wanted);
  } catch (cause) {
    throw new LabError('LAB_HOST_DOWN', `${name} does not run.`, { cause });
  }
  const settled = () => readOrEmpty(join(group, 'cgroup.events')).includes(`frozen ${wanted}`);
  if (!(await waitUntil(settled, FREEZE_PATIENCE_MS))) {
    throw new LabError('LAB_COMMAND_TIMEOUT', `The kernel did not ${frozen ? 'freeze' : 'thaw'} ${name} in time.`);
  }
}

/** Removes the group and those below; the processes in them must have ended. A missing one is no error. */
export function removeCgroup(path: string): void {
  for (const group of subgroups(path).reverse()) rmdirSync(group);
}

/** The group itself and all below it, parents first. */
function subgroups(path: string): string[] {
  let below: string[];
  try {
    below = readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (thrown) {
    // A unit that ends takes its group along, between two looks as well.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
  return [path, ...below.flatMap((name) => subgroups(join(path, name)))];
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
