import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error';
import { isAbandoned, readRecord, recordedLabs, removeRecord } from './lab-record';
import { releaseManagementNetwork } from './management-network';
import { killUntilNone } from './processes';
import { describeResource, type LabResource, processesOf, removeResource } from './resources';
import { runningLabsDirectory } from './rootfs';
import type { LabLog } from './types';

export interface LabDownOptions {
  /** The lab to remove. Default: all labs whose process has ended without removing them. */
  readonly id?: string;
  /** Without `id`: also the detached labs of this directory, an absolute path. */
  readonly directory?: string;
  /** Without `id`: remove every lab of this machine, also running and detached ones. */
  readonly all?: boolean;
  readonly log: LabLog;
}

/** What `labDown` found. */
export interface LabLeftovers {
  /** Ids of the labs that are gone now. */
  readonly labs: readonly string[];
  /** What was removed, as `namespace fbl-ab12cd-web-1`. */
  readonly removed: readonly string[];
  /** What could not be removed, each with the reason; its lab stays written down, so that the next call tries again. */
  readonly remaining: readonly string[];
}

/**
 * Removes labs by what they wrote down before making it, so it works as well after `kill -9` of whoever made them. Touches nothing
 * that no lab has written down; calling it again is harmless.
 * Never rejects for what resists removal, see {@link LabLeftovers.remaining}.
 */
export async function labDown(options: LabDownOptions): Promise<LabLeftovers> {
  const labs: string[] = [];
  const removed: string[] = [];
  const remaining: string[] = [];
  if (options.id === undefined) remaining.push(...(await removeAll(strayDirectories(), removed)));
  for (const id of chosenLabs(options)) {
    options.log(`Removing lab ${id}`);
    const resources = readRecord(id)?.resources ?? [];
    const failures = await removeAll(resources, removed);
    remaining.push(...failures);
    if (failures.length > 0) continue;
    releaseManagementNetwork(id);
    removeRecord(id);
    labs.push(id);
  }
  return { labs, removed, remaining };
}

/**
 * As {@link labDown} for one lab.
 *
 * @throws LabError `LAB_DOWN_INCOMPLETE` naming what resists.
 */
export async function requireLabDown(id: string, log: LabLog): Promise<void> {
  const { remaining } = await labDown({ id, log });
  if (remaining.length > 0) throw new LabError('LAB_DOWN_INCOMPLETE', `Still there: ${remaining.join('; ')}`);
}

function chosenLabs(options: LabDownOptions): readonly string[] {
  const recorded = recordedLabs();
  if (options.id !== undefined) return recorded.filter((id) => id === options.id);
  if (options.all === true) return recorded;
  return recorded.filter((id) => isAbandoned(id) || isOf(options.directory, id));
}

/** Whether lab `id` was made to stay, for this directory. */
function isOf(directory: string | undefined, id: string): boolean {
  const record = readRecord(id);
  return directory !== undefined && record?.detached === true && record.directory === directory;
}

/** Ids of the labs that `lab up` has made for this directory, an absolute path. */
export function labsOf(directory: string): readonly string[] {
  return recordedLabs().filter((id) => isOf(directory, id));
}

/** Disks of labs that a reboot of the machine ended: their records in /run went with it. */
function strayDirectories(): readonly LabResource[] {
  const directory = runningLabsDirectory();
  if (!existsSync(directory)) return [];
  const recorded = new Set(recordedLabs());
  return readdirSync(directory)
    .filter((id) => !recorded.has(id))
    .map((id) => ({ kind: 'path', path: join(directory, id) }));
}

async function removeAll(resources: readonly LabResource[], removed: string[]): Promise<readonly string[]> {
  const survivors = await killUntilNone(async () => (await Promise.all(resources.map(processesOf))).flat());
  if (survivors.length > 0) return [`processes ${survivors.join(', ')}: they do not end`];

  const failures: string[] = [];
  for (const resource of [...resources].reverse()) {
    try {
      if (await removeResource(resource)) removed.push(describeResource(resource));
    } catch (error) {
      failures.push(`${describeResource(resource)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
}
