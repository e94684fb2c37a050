import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ATTACKER_PREFIX,
  BYSTANDER_PREFIX,
  managementPrefixes,
  MAX_HOSTS,
  operatorAddresses,
  SEGMENT,
} from './address-plan';
import { cgroupPaths } from './cgroups';
import { makeHostDisk } from './host-disk';
import { requireLabDown } from './lab-down';
import { LabError } from './lab-error';
import { type HostRecord, knownHostsFile, type LabRecord, LabRecordFile, readRecord } from './lab-record';
import { reserveManagementNetwork } from './management-network';
import { type LabNetwork, makeLabNetwork, managementLink, outsideNamespace, switchNamespace } from './network';
import { NspawnHost } from './nspawn-host';
import { ensureRootfs, runningLabsDirectory } from './rootfs';
import { settleAll } from './settle-all';
import { createTrafficSource } from './traffic-source';
import type { Lab, LabHostSpec, LabLog, LabOptions } from './types';

const ID_PATTERN = /^[a-z0-9]{1,6}$/;
const HOST_NAME_PATTERN = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;
/** A booted host writes a third of it. */
const LEAST_DISK_MIB = 64;
/** Parts of the lab itself are called so. */
const RESERVED_NAMES = ['outside', 'switch'];

/**
 * Builds a lab: real Debian hosts on a network of their own with attackers and bystanders outside. The first lab on
 * a machine also installs Debian packages and builds the base system (half a minute); later ones take seconds.
 * A lab that fails on the way up is removed again before the call rejects.
 *
 * @throws LabError `LAB_NEEDS_ROOT`, `LAB_BAD_OPTIONS`, `LAB_PACKAGES_MISSING`, `LAB_ID_TAKEN`, `LAB_NO_FREE_NETWORK`,
 * `LAB_BOOT_FAILED`, `LAB_PROVISION_FAILED`, or `LAB_COMMAND_FAILED` with what a tool said.
 */
export async function labUp(options: LabOptions): Promise<Lab> {
  const id = options.id ?? randomBytes(3).toString('hex');
  requireSound(id, options.hosts);
  requireRoot();
  const rootfs = await ensureRootfs(options.log);
  const file = LabRecordFile.create(id, {
    detached: options.detached ?? false,
    directory: options.directory,
  });
  try {
    await makeSurroundings(file, options);
    const labDirectory = join(runningLabsDirectory(), id);
    const hosts = await settleAll(
      options.hosts.map((spec, index) => makeHostDisk(file, { spec, index, rootfs, labDirectory })),
    );
    file.update({ hosts });
    for (const host of hosts) intendHost(file, host);
    writeFileSync(knownHostsFile(id), hosts.map(knownHost).join(''), { mode: 0o600 });

    const lab = assemble(file.record, options.log);
    options.log(`Booting ${options.hosts.map(({ name }) => name).join(', ')}`);
    await settleAll([...lab.hosts.values()].map((host) => host.start()));
    await provision(lab, options);
    return lab;
  } catch (error) {
    await requireLabDown(id, options.log).catch((incomplete: unknown) => options.log(String(incomplete)));
    throw error;
  }
}

/** @throws LabError `LAB_NEEDS_ROOT`. */
export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabError('LAB_NEEDS_ROOT', 'The lab boots real hosts with networks of their own: run it as root.');
}

/**
 * Gives the handle of a lab that another process has built.
 *
 * @throws LabError `LAB_UNKNOWN` when there is no such lab.
 */
export function attachLab(id: string, log: LabLog = () => undefined): Promise<Lab> {
  const record = readRecord(id);
  if (record === undefined || record.hosts.length === 0) {
    return Promise.reject(new LabError('LAB_UNKNOWN', `There is no lab ${id}.`));
  }
  return Promise.resolve(assemble(record, log));
}

async function makeSurroundings(file: LabRecordFile, options: LabOptions): Promise<void> {
  const { id } = file.record;
  const network = await reserveManagementNetwork(id);
  file.update({ network });
  const management = managementPrefixes(network);
  file.intend(
    { kind: 'path', path: join(runningLabsDirectory(), id) },
    { kind: 'route', prefix: management.v4 },
    { kind: 'route', prefix: management.v6 },
    { kind: 'namespace', name: switchNamespace(id) },
    { kind: 'namespace', name: outsideNamespace(id) },
  );
  options.log(`Lab ${id}: laying the network, management ${management.v4} and ${management.v6}`);
  await makeLabNetwork({ id, network, hasGateway: hasGateway(options.hosts) });
}

function knownHost({ service, hostKey }: HostRecord): string {
  return `${service.v4},${service.v6} ${hostKey}\n`;
}

function intendHost(file: LabRecordFile, host: HostRecord): void {
  file.intend(
    { kind: 'namespace', name: host.unit },
    { kind: 'link', name: managementLink(file.record.id, host.index) },
    ...cgroupPaths(host.unit).map((path) => ({ kind: 'cgroup' as const, path })),
  );
}

async function provision(lab: Lab, options: LabOptions): Promise<void> {
  const script = options.provision;
  if (script === undefined) return;
  await settleAll(
    [...lab.hosts.values()].map(async (host) => {
      options.log(`Provisioning ${host.name}`);
      const { code, stderr } = await host.exec(script(host, lab.management));
      if (code === 0) return;
      throw new LabError('LAB_PROVISION_FAILED', `Provisioning ${host.name} ended with ${code}: ${stderr.trim()}`);
    }),
  );
}

function assemble(record: LabRecord, log: LabLog): Lab {
  const network: LabNetwork = { id: record.id, network: record.network, hasGateway: hasGateway(record.hosts) };
  const operator = operatorAddresses(record.network);
  const managed = new Set([operator, ...record.hosts.map((host) => host.management)].flatMap(({ v4, v6 }) => [v4, v6]));
  return {
    id: record.id,
    hosts: new Map(record.hosts.map((host) => [host.name, new NspawnHost(network, host, log)])),
    management: { address: operator.v4, address6: operator.v6 },
    segment: { prefix4: SEGMENT.prefix4, prefix6: SEGMENT.prefix6 },
    attacker: createTrafficSource(record.id, ATTACKER_PREFIX, managed),
    bystander: createTrafficSource(record.id, BYSTANDER_PREFIX, managed),
    down: () => requireLabDown(record.id, log),
  };
}

function hasGateway(hosts: readonly LabHostSpec[]): boolean {
  return hosts.some(({ role }) => role === 'gateway');
}

function requireSound(id: string, hosts: readonly LabHostSpec[]): void {
  const names = hosts.map(({ name }) => name);
  const faults = [
    ID_PATTERN.test(id) ? [] : [`the id ${id} is not one to six lower-case letters and digits`],
    hosts.length > 0 && hosts.length <= MAX_HOSTS ? [] : [`it takes 1 to ${MAX_HOSTS} hosts`],
    names
      .filter((name) => !HOST_NAME_PATTERN.test(name) || RESERVED_NAMES.includes(name))
      .map((name) => `${name} is not a host name the lab can use`),
    new Set(names).size === names.length ? [] : ['two hosts have the same name'],
    hosts
      .filter(({ diskMiB = LEAST_DISK_MIB }) => !Number.isInteger(diskMiB) || diskMiB < LEAST_DISK_MIB)
      .map(({ name }) => `the disk of ${name} is smaller than ${LEAST_DISK_MIB} MiB`),
    hosts.filter(({ role }) => role === 'gateway').length <= 1 ? [] : ['it takes at most one gateway'],
  ].flat();
  if (faults.length > 0) throw new LabError('LAB_BAD_OPTIONS', `Not a lab: ${faults.join('; ')}.`);
}
