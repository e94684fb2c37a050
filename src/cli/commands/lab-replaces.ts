import { existsSync } from 'node:fs';
import { isLabAddress } from '../../../demo/lab/address-plan';
import { labsOf } from '../../../demo/lab/lab-down';
import type { LoadedConfig } from '../../config/load';
import { loadConfig } from '../../config/load';
import { ensureFirebreakError, FirebreakError } from '../../domain/errors';
import { createLogger } from '../../observability/logger';

export interface Replacement {
  readonly directory: string;
  readonly configFile: string;
  /** Removes the lab of this directory, and takes hosts that are no lab's out of the configuration. */
  readonly replace: boolean;
}

/**
 * Looks before anything is made: `lab up` puts its hosts in the place of those in the configuration. An open incident has controls on
 * these, and they could not be undone any more.
 * @returns ids of the labs of this directory that are to go
 * @throws FirebreakError BAD_INPUT naming what is in the way and the next command
 */
export async function labReplaces(wanted: Replacement, say: (line: string) => void): Promise<readonly string[]> {
  const labs = labsOf(wanted.directory);
  const loaded = existsSync(wanted.configFile) ? loadConfig({ file: wanted.configFile }) : undefined;
  const hosts = Object.entries(loaded?.config.hosts ?? {});
  if (loaded === undefined || hosts.length === 0) return labs;
  await refuseOpenIncidents(loaded, wanted.configFile, say);
  if (wanted.replace) return labs;
  if (labs.length > 0)
    throw new FirebreakError(
      'BAD_INPUT',
      `lab ${labs.join(', ')} is up: \`firebreak lab down\` removes it, and \`firebreak lab up --replace\` puts a new one in its place.`,
    );
  const others = hosts.filter(([, { address }]) => !isLabAddress(address)).map(([name]) => name);
  if (others.length > 0)
    throw new FirebreakError(
      'BAD_INPUT',
      `${wanted.configFile} has hosts that are no lab's: ${others.join(', ')}. They would be taken out of it. \`--config FILE\` names another file; \`--replace\` takes them out.`,
    );
  return labs;
}

/** @throws FirebreakError BAD_INPUT */
async function refuseOpenIncidents(
  loaded: LoadedConfig,
  configFile: string,
  say: (line: string) => void,
): Promise<void> {
  const open = await openIncidents(loaded).catch((thrown: unknown) => ensureFirebreakError(thrown));
  if (open instanceof FirebreakError) {
    say(`Whether incidents are open on the hosts of ${configFile} is not known: ${open.message}`);
    return;
  }
  if (open.length > 0)
    throw new FirebreakError(
      'BAD_INPUT',
      `incidents are open on the hosts of ${configFile}: ${open.join(', ')}. \`firebreak release INCIDENT --wait\` ends one; \`firebreak list\` shows them.`,
    );
}

/** Ids of those that are open. */
async function openIncidents(loaded: LoadedConfig): Promise<readonly string[]> {
  const { compose } = await import('../../composition/compose.js');
  const firebreak = compose(loaded, createLogger({ level: 'silent' }));
  try {
    const rows = await firebreak.operations.incidents.list({ open: true, limit: 100 });
    return rows.map((row) => row.order.incident);
  } finally {
    await firebreak.close();
  }
}
