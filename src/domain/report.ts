import type { Assessment } from './assessment';
import type { Fact, Recorded, Worded } from './fact';
import type { SealedBag } from './evidence';
import type { IncidentId } from './ids';
import type { IncidentDocument, IncidentOrder } from './incident';
import type { ActNow, Ending } from './ending';
import type { Delivery } from './notice';
import type { ActionResult, ResponsePlan } from './plan';
import type { SecurityReading } from './security-state';
import type { AbnormalStage, Locale, Outcome, SecurityState } from './words';

/** One line of the timeline, drawn to scale in the report (P1). */
export interface TimelineEntry {
  readonly at: string;
  readonly phase: string;
  /** Where a bar is drawn. */
  readonly endedAt?: string;
  readonly fact: Fact;
  readonly kind: 'step' | 'act' | 'notice' | 'order' | 'failure';
}

/** Everything a report is made of, from stored data only; the same revision regenerates byte for byte (P1). */
export interface ReportModel {
  readonly revision: number;
  /** Audit position the revision is pinned to. */
  readonly auditPosition: { readonly seq: number; readonly hash: string };
  /** ISO 8601 UTC; the only time stamp in the PDF that is not of an event. */
  readonly generatedAt: string;
  readonly timeZone: string;
  readonly order: IncidentOrder;
  readonly document: IncidentDocument;
  readonly assessment: Assessment;
  readonly plan: ResponsePlan;
  readonly results: readonly ActionResult[];
  /** What has become of the acts that were put in force, up to this revision. */
  readonly acts: readonly ActNow[];
  /** How the incident ended, or was to end; absent in the first revision, and while neither people nor time have ended it. */
  readonly ending?: Ending;
  readonly deliveries: readonly Delivery[];
  readonly approvals: readonly {
    readonly at: string;
    readonly operator: string;
    readonly action: string;
    readonly planHash?: string;
    readonly reason: string;
  }[];
  readonly timeline: readonly TimelineEntry[];
  readonly deviations: readonly Recorded[];
  readonly failures: readonly Recorded[];
  readonly nextSteps: readonly Recorded[];
  readonly bag?: SealedBag;
  readonly evidence: readonly {
    readonly seq: number;
    readonly host: string;
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly absence?: Worded;
    readonly why?: Fact;
  }[];
  readonly readings: { readonly before: readonly SecurityReading[]; readonly after: readonly SecurityReading[] };
  readonly securityState: SecurityState;
  readonly outcome: Outcome;
  readonly abnormal: AbnormalStage;
  readonly startedAt: string;
  /** When the response ended. */
  readonly responseEndedAt: string;
  /** The end of what the revision is about. */
  readonly endedAt: string;
  readonly deadlineMet: boolean;
  readonly lateLedger: boolean;
}

/** A file as it was written; bytes and SHA-256 are those of its contents. */
export interface WrittenFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A written report. */
export interface WrittenReport {
  readonly revision: number;
  readonly pdf: Readonly<Record<Locale, WrittenFile>>;
  readonly json: WrittenFile;
}

/** A written joint overview of several incidents (B9). */
export interface WrittenOverview {
  readonly group: IncidentId;
  /** Most urgent first. */
  readonly incidents: readonly IncidentId[];
  readonly pdf: Readonly<Record<Locale, WrittenFile>>;
}
