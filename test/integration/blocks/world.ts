import { RESPONDER_PORT, type ProbeResult, type TrafficSource } from '../../../demo/lab/types';
import { firstSupported, onFirstSupported } from '../../../src/adapters/host-script/first-supported';
import { restoreBlocksScript, type BlockRung } from '../../../src/adapters/host-script/source-blocks/block-scripts';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import { IPSET_RUNG, IPTABLES_RUNG } from '../../../src/adapters/ipset/xtables-rungs';
import { SshHostInspector } from '../../../src/adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../../../src/adapters/nftables/nftables-rung';
import { actionId, type IncidentId } from '../../../src/domain/ids';
import type { BlockSources } from '../../../src/domain/plan';
import type { HostShell } from '../../../src/ports/host-shell';
import { CONTEXT, inAnHour, LabWorld } from '../isolation/support/lab-world';

export const RUNGS: readonly BlockRung[] = [NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG];

/** The block drivers of all rungs over one shell, as composition wires them. */
export function wire(shell: HostShell) {
  const drivers = RUNGS.map((rung) => new SourceBlockDriver(rung, shell));
  const inspector = new SshHostInspector(RUNGS, shell);
  return {
    drivers,
    inspector,
    ladder: firstSupported(drivers),
    lifter: {
      lift: (...act: Parameters<SourceBlockDriver['lift']>) =>
        onFirstSupported(drivers, (driver) => driver.lift(...act)),
    },
    scripts: [...drivers.map((driver) => driver.script), inspector.script],
  };
}

/** One lab host set up for blocking. */
export async function blockWorld(): Promise<LabWorld> {
  const unused = wire({} as HostShell);
  return LabWorld.up([{ name: 'web-1', role: 'host' }], unused.scripts, [restoreBlocksScript(RUNGS)]);
}

export function blockOf(
  incident: IncidentId,
  sources: readonly string[],
  more: Partial<BlockSources> = {},
): BlockSources {
  return {
    id: actionId(incident, 'block-sources', 'web-1'),
    kind: 'block-sources',
    host: 'web-1',
    approval: 'none',
    expiresAt: inAnHour(),
    direction: 'in',
    sources,
    protect: [],
    ...more,
  };
}

/** How many of these sources reach the host's responder, both families together. */
export async function reaching(world: LabWorld, from: TrafficSource, sources: readonly string[]): Promise<number> {
  const { serviceAddress, serviceAddress6 } = world.labHost('web-1');
  const probe = (target: string, list: string[]): Promise<ProbeResult> =>
    list.length === 0
      ? Promise.resolve({ reached: [], unreached: [] })
      : from.probe({ sources: list, target, targetPort: RESPONDER_PORT });
  const [v4, v6] = await Promise.all([
    probe(
      serviceAddress,
      sources.filter((text) => !text.includes(':')),
    ),
    probe(
      serviceAddress6,
      sources.filter((text) => text.includes(':')),
    ),
  ]);
  return v4.reached.length + v6.reached.length;
}

export const withIncident = (incident: IncidentId) => ({ ...CONTEXT, incident });
