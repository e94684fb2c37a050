import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HOSTILE_DISK_MIB, makeHostile } from '../../../demo/lab/hostility';
import { labUp } from '../../../demo/lab/lab';
import { labDown, labsOf, requireLabDown } from '../../../demo/lab/lab-down';
import type { LabRecord } from '../../../demo/lab/lab-record';
import { isAbandoned, readRecord, recordedLabs } from '../../../demo/lab/lab-record';
import { removeAbandonedWorlds } from '../../../demo/world-place';
import {
  ATTACKED,
  SCENARIO_HOSTS,
  SCENARIO_PEOPLE,
  EMERGENCY_ACCOUNT,
  attackSources,
  incidentDocument,
  inventoryOf,
  provisionScript,
} from '../../../demo/scenario';
import type { LabHostSpec } from '../../../demo/lab/types';
import { updateConfigFile } from '../../composition/config-file';
import { hostSetup, type HostSigner } from '../../composition/host-programs';
import { makeSshIdentity } from '../../composition/ssh-identity';
import { FirebreakError } from '../../domain/errors';
import type { CommandContext } from '../context';
import { table } from '../output';
import { labKeyOf, labReplaces } from './lab-replaces';

export interface LabUpFlags {
  readonly host: readonly string[];
  readonly hostile: readonly string[];
  readonly signer: readonly string[];
  readonly directory: string;
  readonly configFile: string | undefined;
  readonly replace?: boolean;
}

/** Boots the lab, keeps it up after this command, and puts its hosts into the configuration. Throws BAD_INPUT. */
export async function labUpCommand(context: CommandContext, options: LabUpFlags): Promise<number> {
  const { output } = context;
  const hosts = hostsOf(options);
  const directory = resolve(options.directory);
  const configFile = resolve(options.configFile ?? join(directory, 'firebreak.yaml'));
  const signers = await signersFrom(options.signer);
  const wanted = { directory, configFile, signers, replace: options.replace === true };
  const gone = await labReplaces(wanted, (line) => output.say(line));
  const publicKey = await makeSshIdentity(labKeyOf(directory));
  const stolen = await makeSshIdentity(join(directory, 'keys', 'stolen'), 'deploy@laptop');
  const publicKeys = signers.map((signer) => signer.publicKey);
  for (const id of gone) await requireLabDown(id, (line) => output.say(line));
  const lab = await labUp({
    hosts,
    detached: true,
    directory,
    log: (line) => output.say(line),
    provision: ({ name }, { address, address6 }) => {
      const from = [address, address6];
      const emergency =
        publicKeys.length === 0 ? undefined : { account: EMERGENCY_ACCOUNT, publicKeys, from: [address] };
      return provisionScript(hostSetup({ name, publicKey, from, management: from, signers, emergency }), stolen);
    },
  });
  for (const name of options.hostile) {
    const host = lab.hosts.get(name);
    if (host === undefined) continue;
    output.say(`Handing ${name} to an attacker`);
    await makeHostile(host);
  }
  const inventory = inventoryOf([...lab.hosts.values()], lab.management);
  await updateConfigFile(configFile, {
    hosts: inventory,
    people: SCENARIO_PEOPLE,
    'ssh.identityFile': labKeyOf(directory),
    ...(publicKeys.length === 0
      ? {}
      : {
          signers: Object.fromEntries(signers.map((signer) => [signer.operator, signer.publicKey])),
          emergencyAccess: { account: EMERGENCY_ACCOUNT, publicKeys, from: [lab.management.address] },
        }),
  });
  if (signers.length === 0)
    output.say(
      'No --signer was named: no order can undo on these hosts what Firebreak has done, before its time is over.',
    );
  const sources = attackSources(lab.attacker);
  const document = join(directory, 'lab', 'incident.json');
  await mkdir(join(directory, 'lab'), { recursive: true });
  await writeFile(
    document,
    `${JSON.stringify(incidentDocument([...sources.v4, ...sources.v6], new Date()), null, 2)}\n`,
  );
  output.result({ lab: lab.id, configFile, document, hosts: inventory }, [
    `lab ${lab.id} is up: ${[...lab.hosts.keys()].join(', ')}`,
    ...options.hostile.map((name) => `  hostile        ${name}`),
    `  configuration  ${configFile}`,
    `  an incident    ${document} (1,000 sources against ${ATTACKED})`,
    '  remove it      firebreak lab down',
  ]);
  return 0;
}

/** A host that is to be hostile gets a disk of its own, which can be filled. */
function hostsOf({ host, hostile }: LabUpFlags): readonly LabHostSpec[] {
  const wanted = host.length === 0 ? SCENARIO_HOSTS : host.map((name) => ({ name, role: 'host' as const }));
  const unknown = hostile.find((name) => !wanted.some((one) => one.name === name));
  if (unknown !== undefined) throw new FirebreakError('BAD_INPUT', `--hostile ${unknown}: the lab has no such host.`);
  return wanted.map((one) => (hostile.includes(one.name) ? { ...one, diskMiB: HOSTILE_DISK_MIB } : one));
}

/** `NAME=FILE.pub` each. @throws FirebreakError BAD_INPUT */
async function signersFrom(named: readonly string[]): Promise<readonly HostSigner[]> {
  return Promise.all(
    named.map(async (text) => {
      const [operator = '', ...path] = text.split('=');
      const publicKey = await readFile(path.join('='), 'utf8').catch(() => {
        throw new FirebreakError(
          'BAD_INPUT',
          `--signer takes NAME=FILE.pub, and ${text} names no file that can be read.`,
        );
      });
      return { operator, publicKey: publicKey.trim() };
    }),
  );
}

export interface LabDownFlags {
  readonly directory: string;
  readonly all?: boolean;
}

/**
 * Removes the lab of this directory, or the one that is named, and what killed runs left: labs, and a demo's directory and database.
 * Labs of other directories, and those that another process is using, stay unless `all`.
 * @throws FirebreakError BAD_INPUT for a lab that there is not, or that is somebody else's
 */
export async function labDownCommand(
  context: CommandContext,
  id: string | undefined,
  options: LabDownFlags,
): Promise<number> {
  const { output } = context;
  const log = (line: string): void => output.say(line);
  const all = options.all === true;
  const directory = resolve(options.directory);
  if (id !== undefined) refuseOthersLab(id, directory, all);
  const removal = await labDown(id === undefined ? { log, all, directory } : { log, id });
  const worlds = await removeAbandonedWorlds();
  const remaining = [...removal.remaining, ...worlds.remaining];
  const others = recordedLabs().filter((one) => !removal.labs.includes(one));
  output.result({ labs: removal.labs, directories: worlds.removed, remaining, others }, [
    removal.labs.length === 0 ? 'there was no lab to remove' : `removed: ${removal.labs.join(', ')}`,
    ...worlds.removed.map((one) => `removed: ${one}`),
    ...remaining.map((one) => `STILL THERE: ${one}`),
    ...(others.length === 0 ? [] : [`not ours, left alone: ${others.join(', ')} (firebreak lab list)`]),
  ]);
  return remaining.length === 0 ? 0 : 1;
}

/** @throws FirebreakError BAD_INPUT */
function refuseOthersLab(id: string, directory: string, all: boolean): void {
  if (!recordedLabs().includes(id))
    throw new FirebreakError('BAD_INPUT', `there is no lab ${id}; \`firebreak lab list\` names those there are.`);
  if (all || isAbandoned(id) || labsOf(directory).includes(id)) return;
  throw new FirebreakError(
    'BAD_INPUT',
    `lab ${id} is not ours: ${usedBy(readRecord(id))}. \`firebreak lab down ${id} --all\` removes it all the same.`,
  );
}

/** Who a lab is there for, in words. */
function usedBy(record: LabRecord | undefined): string {
  if (record === undefined) return 'it is being made';
  if (!record.detached) return `process ${record.owner.pid} is using it`;
  return `it is there for ${record.directory ?? 'another checkout'}`;
}

/** All labs of this machine: whose, since when, which hosts. */
export function labListCommand(context: CommandContext, options: { readonly directory: string }): number {
  const own = labsOf(resolve(options.directory));
  const labs = recordedLabs().map((id) => {
    const record = readRecord(id);
    return {
      lab: id,
      own: own.includes(id),
      use: isAbandoned(id) ? 'abandoned: its process has ended' : usedBy(record),
      createdAt: record?.createdAt ?? null,
      hosts: record?.hosts.map(({ name }) => name) ?? [],
    };
  });
  context.output.result(
    labs,
    labs.length === 0
      ? ['there is no lab']
      : table([
          ['LAB', 'OURS', 'SINCE', 'HOSTS', 'USE'],
          ...labs.map((one) => [
            one.lab,
            one.own ? 'yes' : '-',
            one.createdAt ?? '-',
            one.hosts.join(',') || '-',
            one.use,
          ]),
        ]),
  );
  return 0;
}
