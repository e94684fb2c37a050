import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../ports/activity-deps';
import { createAuthorisation } from '../adapters/authorisation/create-authorisation';
import { createEvidenceStore } from '../adapters/evidence-bag/evidence-store';
import { createFileSigner } from '../adapters/evidence-bag/signer';
import { readVerifier } from '../adapters/evidence-bag/verifier';
import { IPSET_RUNG, IPTABLES_RUNG } from '../adapters/ipset/xtables-rungs';
import { GuardedHostShell } from '../adapters/host-guard/guarded-host-shell';
import { SshHostInspector } from '../adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../adapters/nftables/nftables-rung';
import { ShellHostCollector } from '../adapters/journal/host-collector';
import { createNoticeRenderer } from '../adapters/notice-text/notice-renderer';
import { createPostgres } from '../adapters/postgres/create-postgres';
import { NodeSshHostShell } from '../adapters/ssh/node-ssh-host-shell';
import type { LoadedConfig } from '../config/load';
import type { Config } from '../config/schema';
import { siteOf } from '../config/site';
import { databaseWireOf, temporalWireOf } from '../config/wire';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import type { Site } from '../domain/site';
import type { Logger } from '../observability/logger';
import type { OperationsDeps } from '../operations/deps';
import type { EvidenceStore } from '../ports/evidence-store';
import type { ChannelSender } from '../ports/notifier';
import { composeChannels } from './channels';
import { composeContainment, composePreviewer } from './containment';
import { composeDataConverter } from './data-converter';
import { rememberGrants } from './remember-grants';
import { rememberPlans } from './remember-plans';

const RUNGS = [NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG] as const;

/** The wired program: from configuration to everything that worker, CLI, demo and tests use (DESIGN §1). */
export interface Firebreak {
  readonly config: Config;
  readonly site: Site;
  readonly operations: OperationsDeps;
  /** Loads what only a worker needs: channels and the PDF writer. */
  activityDeps(): Promise<ActivityDeps>;
  channels(): readonly ChannelSender[];
  /** How many rows of the incident lie in each of the four tables (B11). */
  tableCounts(incident: IncidentId): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** @throws FirebreakError CONFIG_INVALID */
export function compose(loaded: LoadedConfig, logger: Logger, applicationName = 'firebreak cli'): Firebreak {
  const { config } = loaded;
  const site = siteOf(config);
  const now = (): Date => new Date();
  if (config.database.url === undefined)
    throw new FirebreakError('CONFIG_INVALID', 'database.url: give it in the file or as DATABASE_URL');
  const postgres = createPostgres({
    url: config.database.url,
    wire: databaseWireOf(config),
    applicationName,
    log: logger,
  });
  const { authorisation, registry, seals } = createAuthorisation({
    grants: postgres.grants,
    operators: postgres.operators,
    keyFile: config.paths.totpKey,
  });
  const shell = new NodeSshHostShell();
  // For workers: somebody who breaks off a command at a terminal must leave no mark on a host.
  const guarded = new GuardedHostShell(shell, postgres.conversations);
  const openEvidence = async (): Promise<EvidenceStore> => {
    const signer = await createFileSigner({ keyFile: config.paths.signingKey, name: config.evidence.origin });
    return createEvidenceStore({ forensicsDir: config.paths.forensics, signer, now });
  };
  let evidence: Promise<EvidenceStore> | undefined;
  const inspector = new SshHostInspector(RUNGS, shell);
  let client: Promise<Client> | undefined;
  const stores = {
    site,
    incidents: postgres.incidents,
    plans: rememberPlans(postgres.plans),
    responses: postgres.responses,
    controls: postgres.controls,
    ledger: postgres.ledger,
    authorisation: rememberGrants(authorisation),
    inspector,
    now,
  };
  return {
    config,
    site,
    operations: {
      ...stores,
      previewer: composePreviewer(shell, now),
      operators: registry,
      evidence: () => (evidence ??= openEvidence()),
      temporal: () => (client ??= connect(config)),
    },
    channels: () => composeChannels(config),
    tableCounts: (incident) => postgres.tableCounts(incident),
    activityDeps: async () => {
      const { createReportWriter } = await import('../adapters/pdf/report-writer.js');
      return {
        ...stores,
        seals,
        evidence: await openEvidence(),
        inspector: new SshHostInspector(RUNGS, guarded),
        ...composeContainment(guarded, now),
        turns: postgres.turns,
        collector: new ShellHostCollector(guarded),
        senders: composeChannels(config),
        renderer: createNoticeRenderer(),
        reports: createReportWriter({
          reportsDir: config.paths.reports,
          verifierSha256: (await readVerifier()).sha256,
          timeZone: config.timeZone,
          log: logger,
        }),
        hostKeyFingerprint: (name) => {
          const host = site.hosts.get(name);
          if (host === undefined) throw new FirebreakError('UNKNOWN_HOST', name);
          return shell.fingerprint(host);
        },
      };
    },
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
