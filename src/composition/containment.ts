import { AccountDisabling } from '../adapters/accounts/account-disabling';
import { EmergencyAccounts } from '../adapters/accounts/emergency-accounts';
import { JailClearing, JailFeeding } from '../adapters/fail2ban/jail-feeding';
import { firstSupported, onFirstSupported } from '../adapters/host-script/first-supported';
import { SourceBlockDriver } from '../adapters/host-script/source-blocks/source-block-driver';
import { IPSET_RUNG, IPTABLES_RUNG } from '../adapters/ipset/xtables-rungs';
import { ForcedIsolationLadder } from '../adapters/isolation/forced-isolation-ladder';
import { InterfaceShutdown } from '../adapters/isolation/interface-shutdown';
import { IsolationGate } from '../adapters/isolation/isolation-gate';
import { Isolations } from '../adapters/isolation/isolations';
import { MonitoringHeightening } from '../adapters/monitoring/monitoring-heightening';
import { NFTABLES_RUNG } from '../adapters/nftables/nftables-rung';
import { FirebreakError } from '../domain/errors';
import type { ActionKind } from '../domain/plan';
import type { ActPreviewer, BlockLifter, ContainmentDriver, ForcedIsolation } from '../ports/containment';
import type { HostShell } from '../ports/host-shell';

const RUNGS = [NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG] as const;

/** Previews; of blocks by the first packet filter that the host has. */
export function composePreviewer(shell: HostShell, now: () => Date): ActPreviewer {
  const isolations = new Isolations(new IsolationGate(shell, undefined, now), now);
  const accounts = new AccountDisabling(shell, now);
  const drivers = RUNGS.map((rung) => new SourceBlockDriver(rung, shell, now));
  return {
    preview: (host, action, context) => onFirstSupported(drivers, (driver) => driver.preview(host, action, context)),
    isolation: (host, action, context) => isolations.preview(host, action, context),
    account: (host, action, context) => accounts.preview(host, action, context),
  };
}

/** One driver for all kinds of act: each kind goes to the adapter that knows it. */
export function composeContainment(
  shell: HostShell,
  now: () => Date,
): { readonly containment: ContainmentDriver; readonly lifter: BlockLifter; readonly forced: ForcedIsolation } {
  const gate = new IsolationGate(shell, undefined, now);
  const blocks = RUNGS.map((rung) => new SourceBlockDriver(rung, shell, now));
  const drivers = [
    new JailFeeding(firstSupported(blocks), shell),
    new AccountDisabling(shell, now),
    new EmergencyAccounts(shell, now),
    new Isolations(gate, now),
    new MonitoringHeightening(shell, now),
  ] as readonly ContainmentDriver[];
  return {
    containment: byKind(drivers),
    // The host's journal names the rung that holds the block; every other one answers UNSUPPORTED_HOST.
    lifter: new JailClearing({ lift: (...act) => onFirstSupported(blocks, (driver) => driver.lift(...act)) }, shell),
    forced: new ForcedIsolationLadder(gate, new InterfaceShutdown(shell, now), now),
  };
}

function byKind(drivers: readonly ContainmentDriver[]): ContainmentDriver {
  const driverOf = (kind: ActionKind): ContainmentDriver => {
    const driver = drivers.find((candidate) => candidate.kinds.includes(kind));
    if (driver === undefined) throw new FirebreakError('UNEXPECTED', `no driver for ${kind}`);
    return driver;
  };
  return {
    kinds: drivers.flatMap((driver) => driver.kinds),
    perform: (host, action, context) => driverOf(action.kind).perform(host, action, context),
    verify: (host, action, context) => driverOf(action.kind).verify(host, action, context),
    reassert: (host, action, context) => driverOf(action.kind).reassert(host, action, context),
    undo: (host, action, context) => driverOf(action.kind).undo(host, action, context),
  };
}
