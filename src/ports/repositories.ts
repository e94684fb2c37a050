import type { Assessment } from '../domain/assessment';
import type { SealedBag } from '../domain/evidence';
import type { ActionId, IncidentId } from '../domain/ids';
import type { IncidentOrder } from '../domain/incident';
import type { AuditEvent, AuditPosition } from '../domain/ledger';
import type { Machine } from '../domain/machine';
import type { Delivery } from '../domain/notice';
import type { EndingHow, UndoRow } from '../domain/ending';
import type { ActionResult, PlannedAction, ResponsePlan, TargetResult } from '../domain/plan';
import type { SecurityReading } from '../domain/security-state';
import type { TimelineEntry, WrittenOverview, WrittenReport } from '../domain/report';
import type { Question } from '../domain/waiting';
import type { AbnormalStage, IncidentType, Outcome, Phase, SecurityState, Severity } from '../domain/words';

/** What the tables know of an incident (TBL-092); `status`, `list` and `report` read it (DESIGN §3). */
export interface IncidentRow {
  readonly order: IncidentOrder;
  readonly title: string;
  readonly phase: Phase;
  readonly abnormal: AbnormalStage;
  readonly outcome: Outcome | null;
  readonly assessment: Assessment | null;
  readonly planHash: string | null;
  readonly securityState: SecurityState | null;
  readonly needsHuman: boolean;
  readonly workflowId: string;
  readonly runId: string | null;
  readonly responseEndedAt: string | null;
  readonly deadlineMet: boolean | null;
  readonly closedAt: string | null;
  /** How its controls came to their end; null while it is open, or when none ever was in force. */
  readonly ended: EndingHow | null;
  readonly bag: SealedBag | null;
  /** Sealed bags with what came after the seal (E7). */
  readonly supplements: readonly SealedBag[];
  readonly report: WrittenReport | null;
  /** The joint overview that tells of this incident too; null when it came alone, or others are under way (B9). */
  readonly overview: WrittenOverview | null;
  /** A worker's word that the incident is closed; `closed` in the row alone says nothing to a worker. */
  readonly closingSeal: string | null;
  /** Names of people who acknowledged. */
  readonly acknowledgedBy: readonly string[];
  /** What the response asks people just now. */
  readonly questions: readonly Question[];
}

export type IncidentPatch = Partial<
  Pick<
    IncidentRow,
    | 'phase'
    | 'abnormal'
    | 'outcome'
    | 'assessment'
    | 'planHash'
    | 'securityState'
    | 'needsHuman'
    | 'runId'
    | 'responseEndedAt'
    | 'deadlineMet'
    | 'closedAt'
    | 'ended'
    | 'closingSeal'
    | 'bag'
    | 'supplements'
    | 'report'
    | 'overview'
    | 'acknowledgedBy'
    | 'questions'
  >
>;

/** All repositories throw FirebreakError DATABASE_UNREACHABLE when the server cannot be reached. */
export interface IncidentRepository {
  /** Stores the document's bytes and the row; repeated with the same order it changes nothing. */
  declare(order: IncidentOrder, documentBytes: Buffer, title: string): Promise<void>;
  /** undefined when there is none. */
  find(incident: IncidentId): Promise<IncidentRow | undefined>;
  document(incident: IncidentId): Promise<Buffer>;
  update(incident: IncidentId, patch: IncidentPatch): Promise<void>;
  list(filter: { readonly open?: boolean; readonly limit: number }): Promise<readonly IncidentRow[]>;
  /** Notes the run that was started, by whoever started it; a worker that takes the incident up writes its own over it. */
  noteStarted(incident: IncidentId, runId: string): Promise<void>;
  /** Takes back a declaration of which no run is known; it reads as closed until a run is known. */
  withdraw(incident: IncidentId): Promise<void>;
  /** Open incidents of the type that name one of the hosts (U1). */
  openOn(type: IncidentType, hosts: readonly string[]): Promise<readonly IncidentRow[]>;
}

/** A plan as it lies in the tables, where others may write too: nothing is begun with it before its seal is opened (H1). */
export interface StoredPlan {
  readonly plan: ResponsePlan;
  /** Of the worker that derived it; null for plans of earlier versions. */
  readonly seal: string | null;
}

/** Plans by hash: stored before anybody acts on them. */
export interface PlanRepository {
  /** A plan that is stored already gets this seal: the worker that derives it again knows what the row cannot. */
  save(plan: ResponsePlan, seal: string): Promise<void>;
  /** @throws FirebreakError WRONG_STATE when there is no such plan */
  load(incident: IncidentId, planHash: string): Promise<StoredPlan>;
}

/** One attempt of an act, and what became of it (TBL-093). */
export interface AttemptRow {
  readonly action: ActionId;
  readonly incident: IncidentId;
  readonly host: string;
  /** The kind of act; for a failure its verb, as `undo`. */
  readonly kind: string;
  /** The run and activity that the attempt is counted in. */
  readonly execution: string;
  readonly attempt: number;
  /** `given-up`: it was not undone, because its machine is gone; `detail` is who ordered it. */
  readonly state: 'succeeded' | 'failed' | 'undone' | 'given-up';
  readonly result?: ActionResult;
  readonly errorCode?: string;
  readonly detail?: string;
  readonly at: string;
}

/** TBL-093: one row per action and attempt outcome. */
export interface ResponseRepository {
  /** A row that is stored stays as it is. */
  record(row: AttemptRow): Promise<void>;
  results(incident: IncidentId): Promise<readonly ActionResult[]>;
  /** The last undo of each act, also one that failed; single addresses are unblocked by acts of their own. */
  undos(incident: IncidentId): Promise<readonly UndoRow[]>;
  recordDelivery(delivery: Delivery): Promise<void>;
  deliveries(incident: IncidentId): Promise<readonly Delivery[]>;
  recordTimeline(incident: IncidentId, key: string, entry: TimelineEntry): Promise<void>;
  timeline(incident: IncidentId): Promise<readonly TimelineEntry[]>;
  recordReading(incident: IncidentId, stage: 'before' | 'after' | 'watch', reading: SecurityReading): Promise<void>;
  readings(
    incident: IncidentId,
  ): Promise<{ readonly before: readonly SecurityReading[]; readonly after: readonly SecurityReading[] }>;
  /** The last reading of each host, whenever it was. */
  latestReadings(incident: IncidentId): Promise<readonly SecurityReading[]>;
}

/** TBL-094: what is or was in force, where, why, until when, undone when. */
export interface ControlRow {
  readonly incident: IncidentId;
  readonly action: ActionId;
  readonly host: string;
  readonly kind: PlannedAction['kind'] | 'forced-isolation';
  readonly target: string;
  readonly state: 'active' | 'released' | 'expired' | 'given-up';
  readonly since: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  /** When Firebreak saw that its time was over; null for one that was released, and in rows of earlier versions. */
  readonly noticedAt: string | null;
  readonly rung: string;
  /** The machine that it was put on; null in rows of earlier versions. */
  readonly machine: Machine | null;
}

/** An act as `access_controls` lists it. */
export type Control =
  | PlannedAction
  | { readonly id: ActionId; readonly kind: 'forced-isolation'; readonly host: string; readonly expiresAt: string };

export interface ControlRepository {
  /** One statement for all targets of an action; repeated it changes nothing. */
  activate(
    action: Control,
    done: Pick<ActionResult, 'rung' | 'machine'>,
    results: readonly TargetResult[],
    at: string,
  ): Promise<void>;
  /** Marks rows released before the kernel is touched (B14). One whose time is over already is marked expired. */
  release(incident: IncidentId, action: ActionId, at: string, targets?: readonly string[]): Promise<void>;
  /** Marks the rows of an act whose time is over; they end with their time, whenever that is noticed. */
  expire(incident: IncidentId, action: ActionId, noticedAt: string): Promise<void>;
  /** Marks the rows of an act whose machine is gone, by order: nobody knows what became of it there. */
  giveUp(incident: IncidentId, action: ActionId, at: string): Promise<void>;
  /** Everything that was ever in force for the incident. */
  all(incident: IncidentId): Promise<readonly ControlRow[]>;
  active(filter: { readonly incident?: IncidentId; readonly host?: string }): Promise<readonly ControlRow[]>;
  /** What was put in force for the incident and released again, by whatever order. */
  released(incident: IncidentId): Promise<readonly ControlRow[]>;
  /** By which means an act was put in force, also when it has ended since; undefined when it never was. */
  rungOf(action: ActionId): Promise<string | undefined>;
  /** The machine that an act was put in force on; null when it was not recorded, undefined when the act has no controls. */
  machineOf(action: ActionId): Promise<Machine | null | undefined>;
  /**
   * Whether the time of all controls of the act is over, by the database's clock; also when they were released.
   * @param marginMs how much earlier counts as over: the clocks of workers differ from the database's
   * @returns undefined when the act has no controls
   */
  isOver(incident: IncidentId, action: ActionId, marginMs: number): Promise<boolean | undefined>;
}

/** The append-only, hash-chained ledger (L1, TBL-095). Throws LEDGER_UNREACHABLE. */
export interface Ledger {
  /** Appends in order; an event whose key is stored already is skipped. */
  append(events: readonly AuditEvent[]): Promise<AuditPosition>;
  head(): Promise<AuditPosition>;
  events(filter: {
    readonly incident?: IncidentId;
    readonly limit: number;
    /** Only what this writer has stored: its keys begin with its name. */
    readonly writer?: 'order' | 'act' | 'config';
    /** The oldest ones after this place instead of the newest. */
    readonly after?: number;
  }): Promise<readonly (AuditEvent & AuditPosition)[]>;
  /** Walks the whole chain over the stored bytes; lists every fault. */
  verify(): Promise<{
    readonly events: number;
    readonly head: AuditPosition;
    readonly faults: readonly { readonly seq: number; readonly detail: string }[];
  }>;
  /** The stored lines, for an export that verifies offline. */
  export(onLine: (line: string) => Promise<void>): Promise<number>;
}

/** The turn of one incident on one host: incidents never interleave there, and the more severe one goes first (B9). */
export interface HostTurns {
  /**
   * Runs `act` while holding the host. Waits for its turn; the lock ends with the connection, so a dead worker frees it.
   * When PostgreSQL is unreachable it runs at once: the host's own flock still serialises (containment comes first).
   */
  withTurn<T>(
    host: string,
    incident: IncidentId,
    severity: Severity,
    type: IncidentType,
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T>;
}
