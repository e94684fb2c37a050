import { ACCOUNT_PROGRAMS } from '../adapters/accounts/account-programs';
import { FEED_JAIL } from '../adapters/fail2ban/jail-feeding';
import { blockScript, restoreBlocksScript } from '../adapters/host-script/source-blocks/block-scripts';
import { setupScript, type EmergencyList, type HostSetup, type HostSigner } from '../adapters/host-script/setup';
import { IPSET_RUNG, IPTABLES_RUNG } from '../adapters/ipset/xtables-rungs';
import { INTERFACES_RESTORER, ISOLATION_PROGRAMS, ISOLATION_RESTORER } from '../adapters/isolation/isolation-programs';
import { COLLECTION_SCRIPTS } from '../adapters/journal/collection-scripts';
import { READ_MACHINE } from '../adapters/machine/machine-reader';
import { DROP_LOGGING_RESTORER, MONITORING_PROGRAMS } from '../adapters/monitoring/monitoring-programs';
import { hostFactsScript } from '../adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../adapters/nftables/nftables-rung';
import { sha256Hex } from '../domain/hash';
import type { NeededProgram } from '../operations/doctor-hosts';
import type { Host } from '../domain/host';
import type { HostScript } from '../ports/host-shell';

export { signerLine, type HostSigner } from '../adapters/host-script/setup';

const RUNGS = [NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG] as const;

/** Every program that Firebreak ever runs on a host; a host's gate knows these and no others (C11). */
export const HOST_PROGRAMS: readonly HostScript[] = [
  ...RUNGS.map((rung) => blockScript(rung)),
  FEED_JAIL,
  ...ACCOUNT_PROGRAMS,
  ...ISOLATION_PROGRAMS,
  ...MONITORING_PROGRAMS,
  ...COLLECTION_SCRIPTS,
  hostFactsScript(RUNGS),
  READ_MACHINE,
];

/** Name and digest of each, as the allow list of a host has to hold them. */
export function neededPrograms(): readonly NeededProgram[] {
  return HOST_PROGRAMS.map(({ name, text }) => ({ name, sha256: sha256Hex(text) }));
}

/** What a host runs by itself, at boot and after a restart of its firewall, in this order (C10). */
export const HOST_RESTORERS: readonly HostScript[] = [
  restoreBlocksScript(RUNGS),
  ISOLATION_RESTORER,
  DROP_LOGGING_RESTORER,
  INTERFACES_RESTORER,
];

/** Emergency access on a host as plans ask for it: its own management prefixes, unless the configuration names others. */
export function emergencyListOf(
  emergency: EmergencyList | undefined,
  management: readonly string[],
): EmergencyList | undefined {
  return emergency === undefined
    ? undefined
    : { ...emergency, from: emergency.from.length > 0 ? emergency.from : management };
}

/** Who manages a host, and the hosts that it is the gateway of: its isolations keep the way open for nobody else. */
export function managementOf(host: Host, inventory: Iterable<Host>): readonly string[] {
  const gated = [...inventory].filter(({ gateway }) => gateway === host.name);
  return [...new Set([host, ...gated].flatMap(({ management }) => management))];
}

/** Whose orders hosts obey where somebody is let in again, as the configuration has them. */
export function signersOf(signers: Readonly<Record<string, string>>): readonly HostSigner[] {
  return Object.entries(signers).map(([operator, publicKey]) => ({ operator, publicKey }));
}

/** The root shell script that prepares a host; see setupScript. */
export function hostSetup(options: Omit<HostSetup, 'scripts' | 'restorers' | 'limits'>): string {
  return setupScript({
    ...options,
    scripts: HOST_PROGRAMS,
    restorers: HOST_RESTORERS,
  });
}
