import type { Client } from '@temporalio/client';
import type { Site } from '../domain/site';
import type { Authorisation, OperatorRegistry } from '../ports/authorisation';
import type { HostCollector } from '../ports/collection';
import type { ActPreviewer, HostInspector, MachineReader } from '../ports/containment';
import type { EvidenceStore } from '../ports/evidence-store';
import type { IncidentAdmissions } from '../ports/incident-admissions';
import type {
  ControlRepository,
  IncidentRepository,
  Ledger,
  PlanRepository,
  ResponseRepository,
} from '../ports/repositories';

/** What the use cases need; wired by composition. */
export interface OperationsDeps {
  readonly site: Site;
  readonly incidents: IncidentRepository;
  readonly admissions: Pick<IncidentAdmissions, 'openOfPeople' | 'joinedTo'>;
  readonly plans: PlanRepository;
  readonly responses: ResponseRepository;
  readonly controls: ControlRepository;
  readonly ledger: Ledger;
  readonly authorisation: Authorisation;
  readonly operators: OperatorRegistry;
  /** Opened on first use: only who looks at evidence needs the signing key. Throws CONFIG_INVALID. */
  readonly evidence: () => Promise<EvidenceStore>;
  readonly inspector: HostInspector;
  readonly machines: MachineReader;
  readonly collector: Pick<HostCollector, 'reading'>;
  readonly previewer: ActPreviewer;
  /** Connects on first use: commands that only read the tables never load the Temporal client. Throws TEMPORAL_UNREACHABLE. */
  readonly temporal: () => Promise<Client>;
  readonly now: () => Date;
}

/** The two factors of the person who gives an order (B15). */
export interface Credentials {
  readonly operator: string;
  /** Signs a text with the operator's key; @returns the armoured SSH signature. */
  readonly sign: (text: string) => Promise<string>;
  readonly otp: string | undefined;
}
