import type { Fact } from './fact';
import type { IncidentId } from './ids';
import type {
  AbnormalStage,
  Channel,
  DeliveryState,
  IncidentType,
  Locale,
  NoticeKind,
  Outcome,
  ResponseMode,
  Severity,
} from './words';
import { NOTICE_KINDS } from './words';

export const AUDIENCES = ['security', 'management', 'department'] as const;
export type Audience = (typeof AUDIENCES)[number];

/** What only hands can do; `then` is the command for afterwards. */
export type ByHand =
  | { readonly byHand: 'secure-logs'; readonly host: string }
  | { readonly byHand: 'cut-off'; readonly host: string; readonly then: string };
/** A command is the same in every language. */
export type NextAction = string | ByHand;

/** What a notice says; rendered per locale by the notifier. Short texts only. */
export interface Notice {
  readonly incident: IncidentId;
  readonly kind: NoticeKind;
  /** Distinguishes notices of one kind in one incident, e.g. `start`, `delay-logs`; part of every delivery id (N6). */
  readonly key: string;
  readonly severity: Severity;
  readonly type: IncidentType;
  readonly mode: ResponseMode;
  readonly drill: boolean;
  readonly title: string;
  readonly hosts: readonly string[];
  /** What the reader should do next. */
  readonly nextAction?: NextAction;
  /** One or two facts: which step is late, what failed, how much time is left. */
  readonly facts: readonly Fact[];
  readonly outcome?: Outcome;
  readonly abnormal?: AbnormalStage;
  readonly link?: string;
  /** Means that have just failed: this notice takes others. */
  readonly avoid?: readonly Channel[];
}

/** Somebody to reach, from the configuration. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly audience: Audience;
  readonly locale: Locale;
  /** E.164. */
  readonly phone?: string;
  readonly mail?: string;
  /** Channel or user id. */
  readonly slack?: string;
  /** 1 is called first. */
  readonly tier: number;
  /** `HH:MM-HH:MM` in `timeZone`; outside of it only critical incidents reach the person (N4). */
  readonly hours?: string;
  readonly timeZone?: string;
  /** Of a department: hosts whose incidents it hears of; without them, of all (N1). */
  readonly hosts?: readonly string[];
}

/** One message to one person by one channel; its id is the idempotency key (N6). */
export interface Delivery {
  /** `INC-…:start:alice:voice` */
  readonly id: string;
  readonly incident: IncidentId;
  readonly kind: NoticeKind;
  readonly person: string;
  readonly channel: Channel;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** The provider's own id of the message or call. */
  readonly providerId?: string;
  /** True when a resend could not be ruled out (B10). */
  readonly possibleDouble: boolean;
  readonly at: string;
  /** Error code when failed; when skipped, `told-by-call:` and the notice that the call was about. */
  readonly reason?: string;
}

const BY_CALL = 'told-by-call:';

/** The reason of a call that was not made because another one told of it too (N6). */
export function reasonToldByCall(notice: NoticeKind): string {
  return `${BY_CALL}${notice}`;
}

/** @returns undefined for every other reason */
export function toldByCall(reason: string): Fact<'told-by-call'> | undefined {
  const notice = NOTICE_KINDS.find((kind) => reason === reasonToldByCall(kind));
  return notice === undefined ? undefined : { fact: 'told-by-call', notice };
}

/** Channels in the order of N3: phone, then SMS, mail, Slack. */
export const MEANS_ORDER: readonly Channel[] = ['voice', 'sms', 'mail', 'slack'];

interface NoticeRule {
  readonly audiences: readonly Audience[];
  /** Sent side by side; the rest of MEANS_ORDER is the fallback for each person. */
  readonly channels: readonly Channel[];
  /** Management is told from this severity on. */
  readonly managementFrom: Severity;
}

/** People of every tier. */
const LAST_TIER = 3;

/** How far a notice reaches unless it is told further: who escalates asks for somebody new, an emergency is everybody's (N4, B8). */
export function tierOf(kind: NoticeKind): number {
  if (kind === 'emergency') return LAST_TIER;
  return kind === 'escalation' ? 2 : 1;
}

const URGENT: NoticeRule = { audiences: ['security'], channels: ['voice', 'slack'], managementFrom: 'high' };
const ASIDE: NoticeRule = { audiences: ['security'], channels: ['slack'], managementFrom: 'high' };

/** Who is told what by which means (N1). */
export const NOTICE_RULES: Readonly<Record<NoticeKind, NoticeRule>> = {
  start: { audiences: ['security', 'management'], channels: ['voice', 'mail', 'slack'], managementFrom: 'high' },
  completion: {
    audiences: ['security', 'management', 'department'],
    channels: ['mail', 'slack'],
    managementFrom: 'medium',
  },
  failure: URGENT,
  'manual-response': URGENT,
  'control-failed': URGENT,
  'classification-needed': URGENT,
  'approval-needed': {
    audiences: ['security', 'management'],
    channels: ['voice', 'mail', 'slack'],
    managementFrom: 'medium',
  },
  escalation: { audiences: ['security', 'management'], channels: ['voice', 'mail', 'slack'], managementFrom: 'medium' },
  emergency: { audiences: ['security', 'management'], channels: ['voice', 'mail', 'slack'], managementFrom: 'medium' },
  unauthorised: { audiences: ['security'], channels: ['mail', 'slack'], managementFrom: 'critical' },
  'logs-failed': ASIDE,
  'notification-failed': { audiences: ['security'], channels: ['slack', 'mail'], managementFrom: 'critical' },
  delay: ASIDE,
  'security-worse': URGENT,
  // Who was told what was taken from them is told when it is given back.
  'stand-down': {
    audiences: ['security', 'management', 'department'],
    channels: ['mail', 'slack'],
    managementFrom: 'high',
  },
  release: {
    audiences: ['security', 'management', 'department'],
    channels: ['mail', 'slack'],
    managementFrom: 'critical',
  },
  drift: ASIDE,
};
