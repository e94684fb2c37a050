import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressPair } from './address-plan';
import { LabError } from './lab-error';
import { identify, isRunning, type ProcessIdentity } from './processes';
import type { LabResource } from './resources';
import type { LabHostSpec } from './types';

/** Where running labs are written down; cleared by a reboot of the machine, as the labs themselves are. */
export const RUN_DIRECTORY = '/run/firebreak-lab';

/** A lab's directory gets its record within a millisecond; this leaves room for a stopped process. */
const BEGINNING_MS = 10_000;

export interface HostRecord extends LabHostSpec {
  /** Position in the lab, from 0; numbers its addresses and interfaces. */
  readonly index: number;
  /** `fbl-ID-NAME`: the container's, its network namespace's and its control group's name. */
  readonly unit: string;
  readonly management: AddressPair;
  readonly service: AddressPair;
  /** Root of the host's file system as the outer machine sees it, a mounted overlay. */
  readonly rootDirectory: string;
  readonly console: string;
  /** `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

export interface LabRecord {
  readonly version: 1;
  readonly id: string;
  readonly owner: ProcessIdentity;
  readonly detached: boolean;
  /** As in {@link LabOptions.directory}. */
  readonly directory?: string | undefined;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Number of the management network. */
  readonly network: number;
  readonly hosts: readonly HostRecord[];
  /** In the order of making; removed in reverse. */
  readonly resources: readonly LabResource[];
}

/** The written-down state of one lab. Every change is on disk before the call returns. */
export class LabRecordFile {
  private constructor(private current: LabRecord) {}

  /** @throws LabError `LAB_ID_TAKEN` when a lab of this id is written down already. */
  static create(id: string, { detached, directory }: Pick<LabRecord, 'detached' | 'directory'>): LabRecordFile {
    const owner = identify(process.pid);
    if (owner === undefined) throw new LabError('LAB_COMMAND_FAILED', 'The lab needs /proc.');
    try {
      makeRecordDirectory(id);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw new LabError('LAB_ID_TAKEN', `Lab ${id} exists already: remove it with \`firebreak lab down ${id}\`.`, {
        cause,
      });
    }
    const createdAt = new Date().toISOString();
    const file = new LabRecordFile({
      version: 1,
      id,
      owner,
      detached,
      directory,
      createdAt,
      network: -1,
      hosts: [],
      resources: [],
    });
    file.save();
    return file;
  }

  get record(): LabRecord {
    return this.current;
  }

  /** Writes down what is about to be made. Call before making it: only then a kill in between leaves nothing unknown. */
  intend(...resources: readonly LabResource[]): void {
    this.update({ resources: [...this.current.resources, ...resources] });
  }

  update(change: Partial<Pick<LabRecord, 'network' | 'hosts' | 'resources'>>): void {
    this.current = { ...this.current, ...change };
    this.save();
  }

  private save(): void {
    const path = join(recordDirectory(this.current.id), 'state.json');
    writeFileSync(`${path}.new`, `${JSON.stringify(this.current, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/** The record of lab `id`; undefined when there is none, or none that was ever completely written. */
export function readRecord(id: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(recordDirectory(id), 'state.json'), 'utf8')) as LabRecord;
  } catch {
    return undefined;
  }
}

/** Ids of all labs written down, also of those whose record was never completed. */
export function recordedLabs(): readonly string[] {
  try {
    return readdirSync(RUN_DIRECTORY, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== NETWORKS)
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** Whether nobody answers for lab `id` any more: its process has ended, and it was not meant to outlive it. */
export function isAbandoned(id: string): boolean {
  const record = readRecord(id);
  if (record !== undefined) return !record.detached && !isRunning(record.owner);
  // Without a record, either its process was killed before it made anything, or it is just beginning.
  const begun = statSync(recordDirectory(id), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - begun > BEGINNING_MS;
}

/** The last lab to go takes the run directory with it, maybe between the two steps of this one: then once more. */
function makeRecordDirectory(id: string): void {
  for (let attempt = 1; ; attempt += 1) {
    mkdirSync(RUN_DIRECTORY, { recursive: true, mode: 0o755 });
    try {
      mkdirSync(recordDirectory(id), { mode: 0o700 });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw cause;
    }
  }
}

/** Forgets lab `id`, and the run directory with the last one. */
export function removeRecord(id: string): void {
  rmSync(recordDirectory(id), { recursive: true, force: true });
  for (const directory of [join(RUN_DIRECTORY, NETWORKS), RUN_DIRECTORY]) {
    try {
      rmdirSync(directory);
    } catch {
      // Still in use by another lab, or gone with it.
    }
  }
}

/** Sub-directory of {@link RUN_DIRECTORY} in which labs reserve management networks. */
export const NETWORKS = 'networks';

/** Lists the hosts' service addresses with their keys, for SSH clients on the outside. */
export function knownHostsFile(id: string): string {
  return join(recordDirectory(id), 'known_hosts');
}

export function recordDirectory(id: string): string {
  return join(RUN_DIRECTORY, id);
}
