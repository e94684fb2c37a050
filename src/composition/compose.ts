import type { Client } from '@temporalio/client';
import { createDepositing } from '../adapters/authorisation/create-authorisation';
import { createEvidenceStore } from '../adapters/evidence-bag/evidence-store';
import { IPSET_RUNG, IPTABLES_RUNG } from '../adapters/ipset/xtables-rungs';
import { ShellHostCollector } from '../adapters/journal/host-collector';
import { SshMachineReader } from '../adapters/machine/machine-reader';
import { SshHostInspector } from '../adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../adapters/nftables/nftables-rung';
import type { LoadedConfig } from '../config/load';
import type { Config } from '../config/schema';
import { siteOf } from '../config/site';
import { temporalWireOf } from '../config/wire';
import type { IncidentId } from '../domain/ids';
import type { Site } from '../domain/site';
import type { Logger } from '../observability/logger';
import type { OperationsDeps } from '../operations/deps';
import type { EvidenceStore } from '../ports/evidence-store';
import { composePreviewer } from './containment';
import { composeDataConverter } from './data-converter';
import { verifyingSigner } from './evidence-reading';
import { lazyHostShell } from './lazy-host-shell';
import { openPostgres } from './open-postgres';

const RUNGS = [NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG] as const;

/**
 * What the command line uses: it deposits signed orders and reads; no key of the workers is among it (DESIGN §1). What workers use is in
 * `compose-worker.ts`.
 */
export interface Firebreak {
  readonly config: Config;
  readonly site: Site;
  readonly operations: OperationsDeps;
  /** How many rows of the incident lie in each of the four tables (B11). */
  tableCounts(incident: IncidentId): Promise<Readonly<Record<string, number>>>;
  /** Powers that a role of the database must not have, in words. */
  roleFaults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @throws FirebreakError CONFIG_INVALID */
export function compose(loaded: LoadedConfig, logger: Logger, applicationName = 'firebreak cli'): Firebreak {
  const { config } = loaded;
  const site = siteOf(config);
  const now = (): Date => new Date();
  const postgres = openPostgres(config, applicationName, logger);
  const shell = lazyHostShell();
  const openEvidence = async (): Promise<EvidenceStore> =>
    createEvidenceStore({ forensicsDir: config.paths.forensics, signer: await verifyingSigner(config), now });
  let evidence: Promise<EvidenceStore> | undefined;
  const inspector = new SshHostInspector(RUNGS, shell);
  let client: Promise<Client> | undefined;
  return {
    config,
    site,
    operations: {
      site,
      incidents: postgres.declared,
      admissions: postgres.admissions,
      plans: postgres.plans,
      responses: postgres.responses,
      controls: postgres.controls,
      ledger: postgres.announcements,
      authorisation: createDepositing(postgres.grants),
      inspector,
      machines: new SshMachineReader(shell),
      collector: new ShellHostCollector(shell),
      now,
      previewer: composePreviewer(shell, now),
      operators: postgres.operators,
      evidence: () => (evidence ??= openEvidence()),
      temporal: () => (client ??= connect(config)),
    },
    tableCounts: (incident) => postgres.tableCounts(incident),
    roleFaults: () => postgres.roleFaults(),
    close: async () => {
      await Promise.allSettled([shell.close(), client?.then((made) => made.connection.close()), postgres.close()]);
    },
  };
}

async function connect(config: Config): Promise<Client> {
  const wire = temporalWireOf(config);
  const [{ Client: TemporalClient }, { connectWire }, dataConverter] = await Promise.all([
    import('@temporalio/client'),
    import('../../temporal/connect.js'),
    composeDataConverter(config),
  ]);
  return new TemporalClient({
    connection: await connectWire(wire),
    namespace: config.temporal.namespace,
    ...(dataConverter === undefined ? {} : { dataConverter }),
  });
}
