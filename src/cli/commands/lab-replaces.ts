import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isLabAddress } from '../../../demo/lab/address-plan';
import { labsOf } from '../../../demo/lab/lab-down';
import { SCENARIO_PEOPLE } from '../../../demo/scenario';
import type { HostSigner } from '../../composition/host-programs';
import type { LoadedConfig } from '../../config/load';
import { loadConfig } from '../../config/load';
import { ensureFirebreakError, FirebreakError } from '../../domain/errors';
import { createLogger } from '../../observability/logger';

export interface Replacement {
  readonly directory: string;
  readonly configFile: string;
  /** Operators whose keys the lab's hosts will obey: they take the place of `signers` and `emergencyAccess`. */
  readonly signers: readonly HostSigner[];
  /** Removes the lab of this directory, and takes what is no lab's out of the configuration. */
  readonly replace: boolean;
}

/**
 * Looks before anything is made: `lab up` puts its hosts, people, SSH key and signers in the place of those in the configuration. An open
 * incident has controls on these hosts, and they could not be undone any more; people would not be told any more.
 * @returns ids of the labs of this directory that are to go
 * @throws FirebreakError BAD_INPUT naming what is in the way and the next command
 */
export async function labReplaces(wanted: Replacement, say: (line: string) => void): Promise<readonly string[]> {
  const labs = labsOf(wanted.directory);
  const loaded = existsSync(wanted.configFile) ? loadConfig({ file: wanted.configFile }) : undefined;
  if (loaded === undefined) return labs;
  const hosts = Object.entries(loaded.config.hosts);
  if (hosts.length > 0) await refuseOpenIncidents(loaded, wanted.configFile, say);
  if (wanted.replace) return labs;
  if (hosts.length > 0 && labs.length > 0)
    throw new FirebreakError(
      'BAD_INPUT',
      `lab ${labs.join(', ')} is up: \`firebreak lab down\` removes it, and \`firebreak lab up --replace\` puts a new one in its place.`,
    );
  const own = noLabs(loaded, wanted);
  if (own.length > 0)
    throw new FirebreakError(
      'BAD_INPUT',
      `${wanted.configFile} has what is no lab's: ${own.join('; ')}. It would be taken out. \`--config FILE\` names another file; \`--replace\` takes it out.`,
    );
  return labs;
}

/** What `lab up` would replace and has not written itself, in words. */
function noLabs({ config, origins }: LoadedConfig, wanted: Replacement): readonly string[] {
  const hosts = Object.entries(config.hosts);
  const others = hosts.filter(([, { address }]) => !isLabAddress(address));
  const people = config.people.filter(
    (person) => !SCENARIO_PEOPLE.some((one) => isDeepStrictEqual(one, { ...person })),
  );
  const key = origins.has('ssh.identityFile') && config.ssh.identityFile !== labKeyOf(wanted.directory);
  // Those of an earlier lab stand beside its hosts.
  const isLabs = hosts.length > 0 && others.length === 0;
  const signers = Object.entries(config.signers).filter(
    ([name, line]) => !wanted.signers.some((one) => one.operator === name && one.publicKey === line),
  );
  const access = config.emergencyAccess?.account;
  const replacesSigners = wanted.signers.length > 0 && !isLabs;
  return [
    named(
      'hosts',
      others.map(([name]) => name),
    ),
    named(
      'people',
      people.map(({ id }) => id),
    ),
    named('ssh.identityFile', key ? [config.ssh.identityFile] : []),
    named('signers', replacesSigners ? signers.map(([name]) => name) : []),
    named('emergencyAccess', replacesSigners && access !== undefined ? [access] : []),
  ].flat();
}

function named(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

/** The SSH key that the labs of this directory use. */
export function labKeyOf(directory: string): string {
  return join(directory, 'keys', 'id_ed25519');
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
