import { createAuthorisation } from '../adapters/authorisation/create-authorisation';
import { createEvidenceStore } from '../adapters/evidence-bag/evidence-store';
import { createFileSigner } from '../adapters/evidence-bag/signer';
import { readVerifier } from '../adapters/evidence-bag/verifier';
import { GuardedHostShell } from '../adapters/host-guard/guarded-host-shell';
import { IPSET_RUNG, IPTABLES_RUNG } from '../adapters/ipset/xtables-rungs';
import { ShellHostCollector } from '../adapters/journal/host-collector';
import { SshHostInspector } from '../adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../adapters/nftables/nftables-rung';
import { createNoticeRenderer } from '../adapters/notice-text/notice-renderer';
import { createPostgres } from '../adapters/postgres/create-postgres';
import { NodeSshHostShell } from '../adapters/ssh/node-ssh-host-shell';
import type { LoadedConfig } from '../config/load';
import { siteOf } from '../config/site';
import { databaseWireOf } from '../config/wire';
import { FirebreakError } from '../domain/errors';
import type { Logger } from '../observability/logger';
import type { ActivityDeps } from '../ports/activity-deps';
import { composeChannels } from './channels';
import { composeContainment } from './containment';
import { rememberGrants } from './remember-grants';
import { rememberPlans } from './remember-plans';

/** What a worker uses: it holds the keys, and logs in as the role that writes. */
export interface WorkerProgram {
  /** Loads channels, the signing key and the PDF writer. @throws FirebreakError CONFIG_INVALID when a key is missing */
  activityDeps(): Promise<ActivityDeps>;
  close(): Promise<void>;
}

/** @throws FirebreakError CONFIG_INVALID */
export function composeWorker(
  loaded: LoadedConfig,
  logger: Logger,
  applicationName = 'firebreak worker',
): WorkerProgram {
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
  const { authorisation, enrolment, seals } = createAuthorisation({
    grants: postgres.grants,
    operators: postgres.operators,
    keyFile: config.paths.totpKey,
  });
  const ssh = new NodeSshHostShell();
  const shell = new GuardedHostShell(ssh, postgres.conversations(seals));
  return {
    activityDeps: async () => {
      const { createReportWriter } = await import('../adapters/pdf/report-writer.js');
      const signer = await createFileSigner({ keyFile: config.paths.signingKey, name: config.evidence.origin });
      return {
        site,
        incidents: postgres.incidents,
        admissions: postgres.admissions,
        plans: rememberPlans(postgres.plans),
        responses: postgres.responses,
        controls: postgres.controls,
        ledger: postgres.ledger,
        authorisation: rememberGrants(authorisation),
        enrolment,
        seals,
        inspector: new SshHostInspector([NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG], shell),
        now,
        evidence: createEvidenceStore({ forensicsDir: config.paths.forensics, signer, now }),
        ...composeContainment(shell, now),
        turns: postgres.turns,
        collector: new ShellHostCollector(shell),
        senders: composeChannels(config, process.env, postgres.phoneLines),
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
          return ssh.fingerprint(host);
        },
      };
    },
    close: async () => {
      await Promise.allSettled([shell.close(), postgres.close()]);
    },
  };
}
