import type { Site } from '../domain/site';
import type { Authorisation, OperatorEnrolment } from './authorisation';
import type {
  ActPreviewer,
  BlockLifter,
  ContainmentDriver,
  ForcedIsolation,
  HostInspector,
  MachineReader,
} from './containment';
import type { HostCollector } from './collection';
import type { EvidenceStore } from './evidence-store';
import type { IncidentAdmissions } from './incident-admissions';
import type { ChannelSender, NoticeRenderer } from './notifier';
import type { OwnMachine } from './own-machine';
import type { ReportWriter } from './report-writer';
import type {
  ControlRepository,
  HostTurns,
  IncidentRepository,
  Ledger,
  PlanRepository,
  ResponseRepository,
} from './repositories';
import type { WorkerSeal } from './worker-seal';

/** Everything the activities need; wired by composition, replaced by fakes in tests. */
export interface ActivityDeps {
  readonly site: Site;
  readonly incidents: IncidentRepository;
  readonly admissions: IncidentAdmissions;
  readonly plans: PlanRepository;
  readonly responses: ResponseRepository;
  readonly controls: ControlRepository;
  readonly ledger: Ledger;
  readonly turns: HostTurns;
  readonly authorisation: Authorisation;
  readonly seals: WorkerSeal;
  readonly enrolment: OperatorEnrolment;
  /** One driver for all kinds of act. */
  readonly containment: ContainmentDriver;
  /** Looks ahead at acts, for drills. */
  readonly previewer: ActPreviewer;
  readonly lifter: BlockLifter;
  readonly forced: ForcedIsolation;
  readonly inspector: HostInspector;
  readonly machines: MachineReader;
  readonly collector: HostCollector;
  readonly evidence: EvidenceStore;
  readonly senders: readonly ChannelSender[];
  readonly renderer: NoticeRenderer;
  readonly reports: ReportWriter;
  /** SHA-256 fingerprint of a host's pinned key. */
  readonly hostKeyFingerprint: (host: string) => string;
  /** Of the worker. */
  readonly machine: OwnMachine;
  readonly now: () => Date;
}
