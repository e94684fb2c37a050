import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Assessment } from '../src/domain/assessment';
import type { EndingHow } from '../src/domain/ending';
import type { SealedBag } from '../src/domain/evidence';
import type { BoxName } from '../src/domain/boxes';
import type { Fact, Recorded } from '../src/domain/fact';
import type { Fault } from '../src/domain/fault';
import type { IncidentId } from '../src/domain/ids';
import type { IncidentOrder, ResponseLimits } from '../src/domain/incident';
import type { Notice } from '../src/domain/notice';
import type { Order } from '../src/domain/order';
import type { ActionResult } from '../src/domain/plan';
import type { WrittenReport } from '../src/domain/report';
import type { SecurityReading } from '../src/domain/security-state';
import type { Question } from '../src/domain/waiting';
import type { AbnormalStage, Channel, IncidentType, Outcome, Phase, SecurityState } from '../src/domain/words';
import type { Authority, LateRecord, PlanSummary, UnblockOutput, WatchRound } from '../activities';

/** All messages of the workflows, without workflow code, so that CLI and tests can import them. */

/** What every activity is given first: for which incident it works, and by which order (H1). */
export interface OnBehalf {
  readonly incident: IncidentId;
  readonly authority: Authority;
}

export interface IncidentInput {
  readonly order: IncidentOrder;
  readonly grantId: string;
  readonly title: string;
  /** Carried over a continue-as-new: the response is over and the watch goes on. */
  readonly resumed?: ResumedIncident;
}

export interface ResumedIncident {
  readonly progress: Progress;
  readonly result: ResponseResult;
  readonly orders: readonly GivenOrder[];
  readonly watch: WatchState;
  readonly notUndone: readonly UndoItem[];
  /** Absent in runs of earlier versions. */
  readonly notUnblocked?: readonly UndoItem[];
  /** The last revision of the report; absent in runs of earlier versions. */
  readonly revision?: number;
  /** Orders without authority so far. */
  readonly unauthorised: number;
}

/** Whether the incident's controls are being watched; `stopped`: although some are still in force. */
export type WatchState = 'none' | 'running' | 'stopped' | 'ended';

/** One act that has to be undone; the targets are in the store. */
export type UndoItem = WatchRound['expired'][number] & {
  /** By whose order, where it has been ordered; else its time is over. */
  readonly ordered?: { readonly by: string; readonly authority: Authority };
};

/** An order whose grant was verified; whoever acts on it can verify it again with the same `use` (B15). */
export interface GivenOrder extends Authority {
  readonly order: Order;
  readonly by: string;
}

/** What all orders so far add up to. */
export interface OrdersState {
  readonly classifiedAs: {
    readonly type: Exclude<IncidentType, 'unknown'>;
    readonly by: string;
    readonly authority: Authority;
  } | null;
  readonly decision: {
    readonly approved: boolean;
    readonly planHash: string;
    readonly by: string;
    readonly authority: Authority;
  } | null;
  readonly acknowledgedBy: readonly string[];
  readonly takenOverBy: string | null;
  readonly escalated: boolean;
  readonly ended: {
    readonly how: 'stand-down' | 'release';
    readonly by: string;
    readonly authority: Authority;
    /** Hosts whose machine is gone, says the order. */
    readonly gone?: readonly string[];
  } | null;
}

export interface ResponseInput {
  readonly order: IncidentOrder;
  /** The grant that its incident was started with; every act rests on it (B15). */
  readonly authority: Authority;
  readonly title: string;
  /** ISO 8601 UTC; the same for both tries. */
  readonly deadlineAt: string;
  readonly limits: ResponseLimits;
  readonly orders: readonly GivenOrder[];
  /** Set on the second try: what the first one is known to have done is not done again. */
  readonly before: CarriedOver | null;
  readonly attempt: 1 | 2;
}

export interface CarriedOver {
  readonly assessment: Assessment | null;
  readonly plan: PlanSummary | null;
  readonly results: readonly ActionResult[];
  readonly failures: readonly Recorded[];
  /** The first of them, coded for notices; absent in news of an earlier version. */
  readonly firstFailures?: readonly Fact[];
  readonly abnormal: AbnormalStage;
  /** Hosts that took the fallback. */
  readonly failedHosts: readonly string[];
  /** Hosts that neither the plan nor forced isolation cut off. */
  readonly uncontained: readonly string[];
  readonly readingsBefore: readonly SecurityReading[];
  /** Hosts whose evidence is in the bag. */
  readonly preserved: { readonly volatile: readonly string[]; readonly logs: readonly string[] };
  readonly bag: SealedBag | null;
  readonly report: WrittenReport | null;
  readonly nextSteps: readonly Recorded[];
  /** What ledger and tables missed while they were unreachable, sealed by the workers that acted (L1, B11). */
  readonly unrecorded: readonly LateRecord[];
}

/** What the response came to; the incident keeps it for the watch, release and later report revisions. */
export interface ResponseResult extends CarriedOver {
  readonly outcome: Outcome;
  readonly securityState: SecurityState;
  readonly deviations: readonly Recorded[];
  readonly startedAt: string;
  readonly endedAt: string;
  readonly deadlineMet: boolean;
  /** Something was appended to the ledger later than it happened, or never (L1). */
  readonly lateLedger: boolean;
}

export interface StepState {
  readonly name: BoxName;
  readonly state: 'waiting' | 'running' | 'done' | 'late' | 'failed' | 'skipped';
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly note?: Recorded;
}

/** Live progress, as the CLI and the Temporal UI show it. */
export interface Progress {
  readonly incident: IncidentId;
  readonly phase: Phase;
  readonly abnormal: AbnormalStage;
  readonly outcome: Outcome | null;
  /** How its controls came to their end, once it is closed. */
  readonly ended?: EndingHow;
  readonly needsHuman: boolean;
  /** What people are asked just now. */
  readonly questions?: readonly Question[];
  readonly deadlineAt: string;
  readonly securityState: SecurityState | null;
  readonly steps: readonly StepState[];
  readonly results: readonly ActionResult[];
  readonly failures: readonly Recorded[];
}

/** An order's grant; verified by the handler's first act (B15). */
export interface Granted {
  readonly grantId: string;
  readonly operator: string;
  readonly reason: string;
}

/** An order that ends the incident. */
export interface Ending extends Granted {
  /** Hosts whose machine is gone; left out when there is none. */
  readonly gone?: readonly string[];
}

export type OrderReply = { readonly incident: IncidentId; readonly done: string };

/** What came of letting single addresses go on one host. */
export interface HostUnblocked extends Omit<UnblockOutput, 'unrecorded'> {
  readonly host: string;
  /** Why they may still be blocked there. */
  readonly fault: Fault | null;
}

export type UnblockReply = OrderReply & { readonly hosts: readonly HostUnblocked[] };

export const classifyUpdate = defineUpdate<OrderReply, [Granted & { readonly type: Exclude<IncidentType, 'unknown'> }]>(
  'classify',
);
export const approveUpdate = defineUpdate<OrderReply, [Granted & { readonly planHash: string }]>('approve');
export const rejectUpdate = defineUpdate<OrderReply, [Granted & { readonly planHash: string }]>('reject');
export const acknowledgeUpdate = defineUpdate<OrderReply, [Granted]>('acknowledge');
export const takeOverUpdate = defineUpdate<OrderReply, [Granted]>('take-over');
export const escalateUpdate = defineUpdate<OrderReply, [Granted]>('escalate');
export const standDownUpdate = defineUpdate<OrderReply, [Ending]>('stand-down');
export const releaseUpdate = defineUpdate<OrderReply, [Ending]>('release');

/** Taken at once; its result comes when every host has been asked. */
export const unblockUpdate = defineUpdate<
  UnblockReply,
  [Granted & { readonly targets: readonly string[]; readonly hosts: readonly string[] }]
>('unblock');

export const progressQuery = defineQuery<Progress>('progress');
export const planQuery = defineQuery<PlanSummary | null>('plan');

/** What the incident learns of its response; results and failures are in `carried`. */
export interface ResponseNews {
  readonly attempt: 1 | 2;
  readonly progress: Omit<Progress, 'results' | 'failures'>;
  readonly carried: CarriedOver;
}

/** From the response to its incident: a step began or ended, or: I am alive. */
export const progressSignal = defineSignal<[ResponseNews]>('progress');
/** From the incident to its response: what people have ordered; also the question whether it is alive. */
export const ordersSignal = defineSignal<[readonly GivenOrder[]]>('orders');
/** From the notice activity to its workflow: an attempt failed, start the next means (N3). */
export const attemptFailedSignal =
  defineSignal<[{ readonly person: string; readonly channel: Channel; readonly code: string }]>('attempt-failed');

export interface NoticeInput {
  readonly notice: Notice;
  /** People up to this tier are told (N4). */
  readonly tier: number;
  readonly authority: Authority;
  /** The order whose words the notice carries. */
  readonly spoken?: Authority;
}

export interface WatchInput extends OnBehalf {
  /** The approval of the plan, where people gave one: what was approved may be put back (B14). */
  readonly approval?: Authority;
  readonly order: IncidentOrder;
  readonly title: string;
  readonly planHash: string;
  readonly before: readonly SecurityReading[];
  readonly lastState: SecurityState;
  readonly rounds: number;
  /** What has expired and could not be undone yet. */
  readonly notUndone: readonly UndoItem[];
  /** What people were told in an earlier run of the watch. */
  readonly known?: WatchKnown;
}

/** What people know already: each is told when it begins, not each minute while it lasts. */
export interface WatchKnown {
  readonly drifting: boolean;
  readonly unreachable: readonly string[];
  /** Action ids. */
  readonly unheld: readonly string[];
  /** Hosts under high load; absent in runs of earlier versions. */
  readonly loaded?: readonly string[];
}

export interface WatchNews {
  readonly state: SecurityState;
  readonly active: number;
  readonly drift: number;
  /** The last word of a watch: it touches no host any more. */
  readonly ended: boolean;
}

/** From the watch to its incident: when something has changed, and now and then to say that it is alive. */
export const watchSignal = defineSignal<[WatchNews]>('watch');

/** From an act to its incident: somebody called for it without authority (B15). */
export const unauthorisedActSignal =
  defineSignal<[{ readonly act: string; readonly code: string }]>('unauthorised-act');

/** Workflow ids: the incident id, and one fixed name for each child, so that nothing is ever started twice. */
export const workflowIds = {
  incident: (incident: IncidentId): string => incident,
  response: (incident: IncidentId, attempt: 1 | 2): string => `${incident}:response-${attempt}`,
  watch: (incident: IncidentId): string => `${incident}:watch`,
  /** @param id the grant's, or that of the first enrolment */
  enrolment: (id: string): string => `enrolment:${id}`,
  /** @param id the grant's */
  evidenceOrder: (id: string): string => `evidence-order:${id}`,
  notice: (notice: Pick<Notice, 'incident' | 'key'>): string => `${notice.incident}:notice:${notice.key}`,
};
