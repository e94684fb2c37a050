import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { managementAddresses, segmentAddresses, TRANSIT } from './address-plan';
import { type HostFile, hostFiles } from './host-files';
import type { HostRecord, LabRecordFile } from './lab-record';
import { runCommand } from './run-command';
import type { LabHostSpec } from './types';

/** Where systemd-nspawn keeps a directory for each container and a lock for each root; a killed one leaves both. */
const NSPAWN_RUN = '/run/systemd/nspawn';
const HOST_KEY = '/etc/ssh/ssh_host_ed25519_key';

export interface HostDiskOptions {
  readonly spec: LabHostSpec;
  readonly index: number;
  /** The shared base system. */
  readonly rootfs: string;
  /** Directory of the lab; each host gets one below. */
  readonly labDirectory: string;
}

/** Makes a host's file system, an overlay on the shared base, and puts its own files and host key in. */
export async function makeHostDisk(file: LabRecordFile, options: HostDiskOptions): Promise<HostRecord> {
  const { spec, index } = options;
  const { id, network } = file.record;
  const directory = join(options.labDirectory, spec.name);
  const unit = `fbl-${id}-${spec.name}`;
  const disk = spec.diskMiB === undefined ? directory : await mountDisk(file, directory, spec.diskMiB);
  const upper = makeDirectory(disk, 'changes');
  const work = makeDirectory(disk, 'work');
  const root = makeDirectory(directory, 'rootfs');

  file.intend({ kind: 'mount', path: root });
  const layers = `lowerdir=${options.rootfs},upperdir=${upper},workdir=${work}`;
  await runCommand('mount', ['-t', 'overlay', unit, '-o', layers, root]);
  const { dev, ino } = statSync(root, { bigint: true });
  file.intend(
    { kind: 'path', path: join(NSPAWN_RUN, 'propagate', unit) },
    { kind: 'path', path: join(NSPAWN_RUN, 'locks', `inode-${dev}:${ino}`) },
  );

  for (const hostFile of hostFiles(spec, network)) writeHostFile(root, hostFile);
  return {
    ...spec,
    index,
    unit,
    management: managementAddresses(network, index),
    service: spec.role === 'gateway' ? TRANSIT.gateway : segmentAddresses(index),
    rootDirectory: root,
    console: join(directory, 'console.log'),
    hostKey: await makeHostKey(root, spec.name),
  };
}

/** A disk that can be full without the machine's being full. */
async function mountDisk(file: LabRecordFile, directory: string, sizeMiB: number): Promise<string> {
  const disk = makeDirectory(directory, 'disk');
  file.intend({ kind: 'mount', path: disk });
  await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0755`, 'firebreak-lab', disk]);
  return disk;
}

async function makeHostKey(root: string, name: string): Promise<string> {
  const path = join(root, HOST_KEY);
  await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

/** Modes are set apart from making: what root sees here is what the host boots with, whatever our umask is. */
function makeDirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
  return path;
}

function writeHostFile(root: string, file: HostFile): void {
  const path = join(root, file.path);
  makeParents(root, dirname(file.path));
  // Anything in its place may be a link that would lead out of the host's file system.
  rmSync(path, { force: true });
  if ('linkTo' in file) {
    symlinkSync(file.linkTo, path);
    return;
  }
  writeFileSync(path, file.content);
  chmodSync(path, file.mode ?? 0o644);
  if (file.group !== undefined) chownSync(path, 0, file.group);
}

function makeParents(root: string, directory: string): void {
  const made = mkdirSync(join(root, directory), { recursive: true });
  if (made === undefined) return;
  for (let path = join(root, directory); path.length >= made.length; path = dirname(path)) chmodSync(path, 0o755);
}
