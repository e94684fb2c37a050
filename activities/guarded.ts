import type { IncidentId } from '../src/domain/ids';
import type { ConfirmedRequest, Order } from '../src/domain/order';
import type { ActivityDeps } from '../src/ports/activity-deps';
import type { IncidentAdmissions } from '../src/ports/incident-admissions';
import type {
  ControlRepository,
  IncidentRepository,
  PlanRepository,
  ResponseRepository,
} from '../src/ports/repositories';
import { type BoundedRefusals, boundedRefusals } from './bounded-refusals';

/** The order that an incident is started with. */
export type RespondOrder = Extract<Order, { readonly action: 'respond' }>;

declare const confirmedByThisWorker: unique symbol;

/**
 * This worker has itself confirmed a signed order that fits what is about to be done (H1). Only `authority.ts` makes one; nothing that
 * a caller says can.
 */
export interface Confirmed<O extends Order = Order> {
  readonly [confirmedByThisWorker]: true;
  readonly incident: IncidentId;
  readonly grantId: string;
  readonly operator: string;
  readonly order: O;
  /** What was signed, and who vouches for the person. */
  readonly proof: Pick<ConfirmedRequest, 'signedText' | 'signature' | 'enrolledBy' | 'enrolledLately'>;
}

declare const mayRefuseAStart: unique symbol;

/** No worker has found an order good for this incident, and nothing of it has begun. Only `authority.ts` makes one. */
export interface MayRefuse {
  readonly [mayRefuseAStart]: true;
}

declare const mayTellPeople: unique symbol;

/** What may be told to people, as this worker has checked it (H1). Only `authority.ts` makes one. */
export interface MayTell {
  readonly [mayTellPeople]: true;
}

/** What changes hosts, evidence or records. It is reached with a `Confirmed` only. */
export interface Effects extends Pick<
  ActivityDeps,
  'containment' | 'previewer' | 'lifter' | 'forced' | 'inspector' | 'machines' | 'collector' | 'evidence' | 'reports'
> {
  readonly incidents: Pick<IncidentRepository, 'update'>;
  readonly admissions: Pick<IncidentAdmissions, 'admit' | 'join'>;
  readonly plans: Pick<PlanRepository, 'save'>;
  readonly responses: Pick<ResponseRepository, 'record' | 'recordTimeline' | 'recordReading'>;
  readonly controls: Pick<ControlRepository, 'activate' | 'release' | 'expire' | 'giveUp'>;
}

/** What reaches people. It is reached with a `MayTell` only. */
export interface Telling extends Pick<ActivityDeps, 'senders' | 'renderer'> {
  readonly responses: Pick<ResponseRepository, 'recordDelivery'>;
}

/** What an activity may always use: it reads, checks, and writes events into the ledger. */
export interface GuardedDeps extends Pick<
  ActivityDeps,
  'site' | 'ledger' | 'turns' | 'authorisation' | 'seals' | 'hostKeyFingerprint' | 'machine' | 'now'
> {
  readonly incidents: Pick<IncidentRepository, 'find' | 'document'>;
  readonly admissions: Pick<IncidentAdmissions, 'openOfDetector' | 'joinedTo' | 'recentResponses'>;
  readonly plans: Pick<PlanRepository, 'load'>;
  readonly responses: Pick<
    ResponseRepository,
    'results' | 'undos' | 'deliveries' | 'timeline' | 'readings' | 'latestReadings'
  >;
  readonly controls: Pick<ControlRepository, 'all' | 'active' | 'released' | 'rungOf' | 'machineOf' | 'isOver'>;
  readonly evidence: Pick<ActivityDeps['evidence'], 'entries' | 'sealed'>;
  readonly reports: Pick<ActivityDeps['reports'], 'begun'>;
  /** What this worker may still write of refusals. */
  readonly refusals: BoundedRefusals;
  /** By which means a person can be reached; nothing is sent. */
  meansOf(person: ActivityDeps['site']['people'][number]): readonly ActivityDeps['senders'][number]['channel'][];
  effects(confirmed: Confirmed): Effects;
  refusing(permission: MayRefuse): Pick<Effects, 'incidents' | 'responses'> & {
    readonly admissions: Pick<IncidentAdmissions, 'mayTellOfBound'>;
  };
  telling(permission: MayTell): Telling;
}

/** Hides what has effects behind the confirmation. */
export function guarded(deps: ActivityDeps): GuardedDeps {
  return {
    ...deps,
    refusals: boundedRefusals(deps.now),
    meansOf: (person) =>
      deps.senders.filter((sender) => sender.addressOf(person) !== undefined).map(({ channel }) => channel),
    effects: () => deps,
    refusing: () => deps,
    telling: () => deps,
  };
}

/** Marks an order as confirmed. For `authority.ts` alone (lint). */
export function markConfirmed<O extends Order>(order: {
  readonly [P in Exclude<keyof Confirmed, typeof confirmedByThisWorker>]: Confirmed<O>[P];
}): Confirmed<O> {
  return order as Confirmed<O>;
}

/** Marks an incident as one whose start may be refused. For `authority.ts` alone (lint). */
export function markRefusable(): MayRefuse {
  return {} as MayRefuse;
}

/** Marks a notice as fit to be told. For `authority.ts` alone (lint). */
export function markTellable(): MayTell {
  return {} as MayTell;
}
