import { setTimeout } from 'node:timers/promises';
import { createAuthorisation } from '../adapters/authorisation/create-authorisation';
import { createEvidenceStore } from '../adapters/evidence-bag/evidence-store';
import { createProgramKeeper } from '../adapters/evidence-bag/programs';
import { createFileSigner } from '../adapters/evidence-bag/signer';
import { readVerifier } from '../adapters/evidence-bag/verifier';
import { GuardedHostShell } from '../adapters/host-guard/guarded-host-shell';
import { NotingHostShell } from '../adapters/host-guard/noting-host-shell';
import { scriptSha256 } from '../adapters/host-script/host-script';
import { IPSET_RUNG, IPTABLES_RUNG } from '../adapters/ipset/xtables-rungs';
import { ShellHostCollector } from '../adapters/journal/host-collector';
import { SshMachineReader } from '../adapters/machine/machine-reader';
import { SshHostInspector } from '../adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../adapters/nftables/nftables-rung';
import { createNoticeRenderer } from '../adapters/notice-text/notice-renderer';
import { NodeSshHostShell } from '../adapters/ssh/node-ssh-host-shell';
import type { LoadedConfig } from '../config/load';
import { siteOf } from '../config/site';
import { FirebreakError } from '../domain/errors';
import type { Logger } from '../observability/logger';
import type { ActivityDeps } from '../ports/activity-deps';
import type { IncidentScope } from '../ports/host-programs';
import { composeChannels } from './channels';
import { recordConfiguration } from './configuration-record';
import { composeContainment, composePreviewer } from './containment';
import { HOST_PROGRAMS } from './host-programs';
import { namingPrograms } from './naming-programs';
import { openPostgres } from './open-postgres';
import { OWN_MACHINE } from './own-machine';
import { rememberGrants } from './remember-grants';
import { rememberPlans } from './remember-plans';

/** While the ledger is away, it is tried so often; milliseconds. */
const TRY_EVERY_MS = 10_000;

/** What a worker uses: it holds the keys, and logs in as the role that writes. */
export interface WorkerProgram {
  /** Loads channels, the signing key and the PDF writer. @throws FirebreakError CONFIG_INVALID when a key is missing */
  activityDeps(): Promise<ActivityDeps>;
  /** What runs on hosts during an activity, ran for this incident. */
  readonly scope: IncidentScope;
  /** Writes which configuration this worker acts by into the ledger, as soon as it can be reached (L1). */
  recordConfiguration(): Promise<void>;
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
  const postgres = openPostgres(config, applicationName, logger);
  const { authorisation, enrolment, seals } = createAuthorisation({
    grants: postgres.grants,
    operators: postgres.operators,
    keyFile: config.paths.totpKey,
  });
  const ssh = new NodeSshHostShell();
  // Where bags are filled, the texts of the programs are kept as they run; elsewhere acts only name them.
  const keeper = config.temporal.queues.includes('evidence') ? createProgramKeeper(config.paths.forensics) : undefined;
  const shell = new NotingHostShell(new GuardedHostShell(ssh, postgres.conversations(seals)), keeper, logger);
  let isClosed = false;
  return {
    scope: shell,
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
        machines: new SshMachineReader(shell),
        inspector: new SshHostInspector([NFTABLES_RUNG, IPSET_RUNG, IPTABLES_RUNG], shell),
        now,
        machine: OWN_MACHINE,
        evidence: createEvidenceStore({
          forensicsDir: config.paths.forensics,
          signer,
          now,
          locks: postgres.bagLocks,
          programs: new Map(HOST_PROGRAMS.map((script) => [scriptSha256(script), script])),
        }),
        ...namingPrograms(composeContainment(shell, now), shell),
        previewer: composePreviewer(shell, now),
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
    recordConfiguration: async () => {
      while (!isClosed) {
        const isRecorded = await recordConfiguration(postgres.ledger, loaded, OWN_MACHINE.name, now()).then(
          () => true,
          () => false,
        );
        if (isRecorded) return;
        await setTimeout(TRY_EVERY_MS, undefined, { ref: false });
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled([shell.close(), postgres.close()]);
    },
  };
}
