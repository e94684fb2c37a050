import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MANAGEMENT_NETWORKS, managementPrefixes } from './address-plan';
import { LabError } from './lab-error';
import { NETWORKS, recordDirectory, RUN_DIRECTORY } from './lab-record';
import { runCommand } from './run-command';

/**
 * Takes a management network for lab `id`: the one its id hashes to, or the next that neither another lab holds nor
 * this machine has a route into. Reservations are symbolic links named by the network and pointing to the lab, because those
 * are made with their content or not at all.
 *
 * @throws LabError `LAB_NO_FREE_NETWORK`.
 */
export async function reserveManagementNetwork(id: string): Promise<number> {
  mkdirSync(join(RUN_DIRECTORY, NETWORKS), { recursive: true });
  const first = createHash('sha256').update(id).digest().readUInt8(0);
  for (let offset = 0; offset < MANAGEMENT_NETWORKS; offset += 1) {
    const network = (first + offset) % MANAGEMENT_NETWORKS;
    if (!take(network, id)) continue;
    if (!(await isRouted(network))) return network;
    unlinkSync(reservation(network));
  }
  throw new LabError(
    'LAB_NO_FREE_NETWORK',
    `All ${MANAGEMENT_NETWORKS} management networks (${managementPrefixes(0).v4} and following) are in use on this machine.`,
  );
}

/** Gives back whatever lab `id` has reserved. */
export function releaseManagementNetwork(id: string): void {
  const directory = join(RUN_DIRECTORY, NETWORKS);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (holder(Number(name)) === id) unlinkSync(reservation(Number(name)));
  }
}

function take(network: number, id: string): boolean {
  try {
    symlinkSync(id, reservation(network));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const other = holder(network);
  if (other !== undefined && existsSync(recordDirectory(other))) return false;
  // Its lab was forgotten without it; the next network is as good, this one is free from then on.
  unlinkSync(reservation(network));
  return false;
}

function holder(network: number): string | undefined {
  try {
    return readlinkSync(reservation(network));
  } catch {
    return undefined;
  }
}

/** A wider route (a VPN's 10.0.0.0/8, the default route) is no obstacle: ours is more specific. */
async function isRouted(network: number): Promise<boolean> {
  const { v4, v6 } = managementPrefixes(network);
  const routes = await Promise.all([
    runCommand('ip', ['-4', 'route', 'show', 'table', 'all', 'root', v4]),
    runCommand('ip', ['-6', 'route', 'show', 'table', 'all', 'root', v6]),
  ]);
  return routes.some((listed) => listed.trim() !== '');
}

function reservation(network: number): string {
  return join(RUN_DIRECTORY, NETWORKS, String(network));
}
