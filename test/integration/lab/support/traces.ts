import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { managementPrefixes } from '../../../../demo/lab/address-plan';
import { RUN_DIRECTORY } from '../../../../demo/lab/lab-record';
import { runningLabsDirectory } from '../../../../demo/lab/rootfs';

/** Everything on this machine that belongs to one lab, kind by kind; found by looking, not by reading the lab's record. */
export type Traces = Readonly<Record<(typeof KINDS)[number], readonly string[]>>;

const KINDS = [
  'namespaces',
  'links',
  'routes',
  'mounts',
  'cgroups',
  'processes',
  'nspawnDirectories',
  'directories',
  'reservations',
] as const;

export const NO_TRACES: Traces = Object.fromEntries(KINDS.map((kind) => [kind, []])) as never;

export function tracesOf(id: string, network: number): Traces {
  const label = `fbl-${id}-`;
  const labelled = (lines: readonly string[]) => lines.filter((line) => line.includes(label)).sort();
  const { v4, v6 } = managementPrefixes(network);
  return {
    namespaces: labelled(namesIn('/run/netns')),
    links: labelled(namesIn('/sys/class/net')),
    routes: [...output('ip', '-4', 'route', 'show', 'root', v4), ...output('ip', '-6', 'route', 'show', 'root', v6)],
    mounts: labelled(readFileSync('/proc/mounts', 'utf8').split('\n')),
    cgroups: labelled(['', 'unified', 'systemd'].flatMap((mount) => namesIn(join('/sys/fs/cgroup', mount)))),
    processes: labelled(commandLines()),
    nspawnDirectories: labelled(namesIn('/run/systemd/nspawn/propagate')),
    directories: [join(RUN_DIRECTORY, id), join(runningLabsDirectory(), id)].filter((path) => existsSync(path)),
    reservations: namesIn(join(RUN_DIRECTORY, 'networks')).filter((name) => name === String(network)),
  };
}

/** What a lab could leave without its label on it: accounts, and files in the directory given as TMPDIR. */
export function unlabelled(temporary: string): object {
  return {
    accounts: readFileSync('/etc/passwd', 'utf8'),
    temporaryFiles: namesIn(temporary),
  };
}

function commandLines(): readonly string[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function output(command: string, ...args: readonly string[]): readonly string[] {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}
