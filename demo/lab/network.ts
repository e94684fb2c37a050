import { writeFileSync } from 'node:fs';
import {
  ATTACKER_PREFIX,
  BYSTANDER_PREFIX,
  managementPrefixes,
  operatorAddresses,
  SEGMENT,
  TRANSIT,
} from './address-plan';
import type { HostRecord } from './lab-record';
import { removeResource } from './resources';
import { runCommand, tryCommand } from './run-command';

/**
 * The lab's wiring. Three kinds of links, none shared:
 *
 * - management: one veth from the outer machine straight to each host (`mgmt0`), so that the operator never shares a path with the attackers;
 * - segment: each host's `eth0` (the gateway's `lan0`) on a switch, a namespace that holds a bridge and nothing else;
 * - transit: the gateway's `wan0` to the outside, a namespace in which whole prefixes are local (AnyIP), so that any of their
 *   addresses can be bound while the gateway has a single neighbour. Without a gateway the outside sits on the segment.
 *
 * Forwarding and the like are set inside these namespaces only.
 */
export interface LabNetwork {
  readonly id: string;
  /** Number of the management network. */
  readonly network: number;
  readonly hasGateway: boolean;
}

const BRIDGE = 'br0';

export function outsideNamespace(id: string): string {
  return `fbl-${id}-outside`;
}

export function switchNamespace(id: string): string {
  return `fbl-${id}-switch`;
}

/** The outer machine's end of the management link to the host with index `index`. */
export function managementLink(id: string, index: number): string {
  return `fbl-${id}-m${index}`;
}

/** Makes the outside and the switch, and keeps packets for absent hosts from leaving the machine by its default route. */
export async function makeLabNetwork(lab: LabNetwork): Promise<void> {
  const management = managementPrefixes(lab.network);
  await ip(undefined, [`route add unreachable ${management.v4}`, `route add unreachable ${management.v6}`]);

  const fabric = switchNamespace(lab.id);
  await makeNamespace(fabric, {});
  await ip(fabric, [`link add ${BRIDGE} type bridge`, `link set ${BRIDGE} up`]);

  const outside = outsideNamespace(lab.id);
  // AnyIP covers binding for IPv4 only.
  await makeNamespace(outside, { 'ipv6/ip_nonlocal_bind': 1 });
  await ip(
    outside,
    [ATTACKER_PREFIX, BYSTANDER_PREFIX].flatMap(({ prefix4, prefix6 }) => [
      `route add local ${prefix4} dev lo`,
      `route add local ${prefix6} dev lo`,
    ]),
  );
  if (!lab.hasGateway) {
    await ip(fabric, [`link add outside type veth peer name segment0 netns ${outside}`, ...joinBridge('outside')]);
    await ip(outside, raise('segment0', SEGMENT.router, 24, 64));
  }
}

/** Makes the host's network namespace and links, after removing those of its previous boot. */
export async function connectHost(lab: LabNetwork, host: HostRecord): Promise<void> {
  await disconnectHost(lab, host);
  const isGateway = host.role === 'gateway';
  await makeNamespace(host.unit, isGateway ? { 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 } : {});
  await connectManagement(lab, host);
  await connectSegment(lab, host, isGateway ? 'lan0' : 'eth0');
  if (isGateway) {
    const outside = outsideNamespace(lab.id);
    await ip(outside, [`link add transit0 type veth peer name wan0 ${cardOf(host, 2)}`]);
    await ip(outside, [
      ...raise('transit0', TRANSIT.outside, TRANSIT.bits4, TRANSIT.bits6),
      ...defaultRoutes(TRANSIT.gateway),
    ]);
    await ip(host.unit, [
      ...raise('wan0', TRANSIT.gateway, TRANSIT.bits4, TRANSIT.bits6),
      ...defaultRoutes(TRANSIT.outside),
    ]);
  }
}

/** Takes the host's interfaces down, as a missing power supply would; its neighbours keep theirs. */
export async function powerOffLinks(host: HostRecord): Promise<void> {
  const links = host.role === 'gateway' ? ['mgmt0', 'lan0', 'wan0'] : ['mgmt0', 'eth0'];
  await ip(
    host.unit,
    links.map((link) => `link set ${link} down`),
  );
}

/** Drops everything on the host's management link, in both directions and silently, or lets it pass again. */
export async function setManagementCut(lab: LabNetwork, host: HostRecord, cut: boolean): Promise<void> {
  const ends: readonly (readonly string[])[] = [
    ['qdisc', cut ? 'replace' : 'delete', 'dev', managementLink(lab.id, host.index), 'root'],
    ['-netns', host.unit, 'qdisc', cut ? 'replace' : 'delete', 'dev', 'mgmt0', 'root'],
  ];
  for (const end of ends) {
    if (cut) await runCommand('tc', [...end, 'blackhole']);
    else await tryCommand('tc', end);
  }
}

async function connectManagement(lab: LabNetwork, host: HostRecord): Promise<void> {
  const ours = operatorAddresses(lab.network);
  const link = managementLink(lab.id, host.index);
  await ip(undefined, [`link add ${link} type veth peer name mgmt0 ${cardOf(host, 0)}`]);
  for (const [setting, value] of Object.entries({ disable_ipv6: 0, accept_dad: 0, accept_ra: 0 })) {
    writeFileSync(`/proc/sys/net/ipv6/conf/${link}/${setting}`, String(value));
  }
  await ip(undefined, [
    `link set ${link} up`,
    `addr add ${ours.v4} peer ${host.management.v4} dev ${link}`,
    `addr add ${ours.v6} peer ${host.management.v6} dev ${link} nodad`,
  ]);
  await ip(host.unit, [
    'link set mgmt0 up',
    `addr add ${host.management.v4} peer ${ours.v4} dev mgmt0`,
    `addr add ${host.management.v6} peer ${ours.v6} dev mgmt0 nodad`,
  ]);
}

async function connectSegment(lab: LabNetwork, host: HostRecord, link: string): Promise<void> {
  const port = switchPort(host);
  await ip(switchNamespace(lab.id), [
    `link add ${port} type veth peer name ${link} ${cardOf(host, 1)}`,
    ...joinBridge(port),
  ]);
  const isGateway = host.role === 'gateway';
  await ip(host.unit, [
    ...raise(link, isGateway ? SEGMENT.router : host.service, 24, 64),
    ...(isGateway ? [] : defaultRoutes(SEGMENT.router)),
  ]);
}

async function disconnectHost(lab: LabNetwork, host: HostRecord): Promise<void> {
  await removeResource({ kind: 'link', name: managementLink(lab.id, host.index) });
  await tryCommand('ip', ['-n', switchNamespace(lab.id), 'link', 'delete', switchPort(host)]);
  if (host.role === 'gateway') await tryCommand('ip', ['-n', outsideNamespace(lab.id), 'link', 'delete', 'transit0']);
  await removeResource({ kind: 'namespace', name: host.unit });
}

/** Duplicate address detection would keep IPv6 silent for the first seconds; our addresses are unique by plan. */
async function makeNamespace(name: string, settings: Readonly<Record<string, number>>): Promise<void> {
  await runCommand('ip', ['netns', 'add', name]);
  const all = { 'ipv6/conf/all/accept_dad': 0, 'ipv6/conf/default/accept_dad': 0, ...settings };
  const script = Object.entries(all).map(([path, value]) => `echo ${value} > /proc/sys/net/${path}`);
  await runCommand('ip', ['netns', 'exec', name, 'sh', '-e', '-s'], { stdin: script.join('\n') });
  await ip(name, ['link set lo up']);
}

function raise(link: string, address: { readonly v4: string; readonly v6: string }, bits4: number, bits6: number) {
  return [
    `link set ${link} up`,
    `addr add ${address.v4}/${bits4} dev ${link}`,
    `addr add ${address.v6}/${bits6} dev ${link} nodad`,
  ];
}

function defaultRoutes(via: { readonly v4: string; readonly v6: string }): readonly string[] {
  return [`route add default via ${via.v4}`, `route add default via ${via.v6}`];
}

function joinBridge(port: string): readonly string[] {
  return [`link set ${port} master ${BRIDGE}`, `link set ${port} up`];
}

/** A network card keeps its hardware address over a reboot; with a new one, neighbours would send to the old one for a while. */
function cardOf(host: HostRecord, card: number): string {
  const octets = [0x02, 0xfb, 0, 0, card, host.index].map((octet) => octet.toString(16).padStart(2, '0'));
  return `address ${octets.join(':')} netns ${host.unit}`;
}

function switchPort(host: HostRecord): string {
  return `port${host.index}`;
}

/** Runs `ip` commands in order, in a namespace or on the outer machine; the first that fails ends it. */
async function ip(namespace: string | undefined, commands: readonly string[]): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace];
  await runCommand('ip', [...where, '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
}
