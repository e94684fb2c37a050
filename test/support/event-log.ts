import type { temporal } from '@temporalio/proto';
import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time';

type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;

/** One event of a history, as the tests look at it. */
export interface LoggedEvent {
  readonly id: number;
  /** Milliseconds, by the server's clock. */
  readonly at: number;
  /** `ActivityTaskScheduled`, `TimerStarted`, … */
  readonly kind: string;
  /** Name of the scheduled activity, of the started child workflow or of the signal. */
  readonly name: string | undefined;
  /** The id the event is about: of an activity's schedule event, a timer's start event, a child's workflow. */
  readonly about: string | undefined;
  /** What the Temporal UI prints on the bar. */
  readonly summary: string | undefined;
  /** First argument, decoded. */
  readonly input: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const KIND = /^(\w+?)EventAttributes$/;

function attributesOf(event: HistoryEvent): [string, Record<string, unknown>] {
  for (const [key, value] of Object.entries(event)) {
    const kind = KIND.exec(key)?.[1];
    if (kind !== undefined && value !== null && value !== undefined)
      return [kind.charAt(0).toUpperCase() + kind.slice(1), value as Record<string, unknown>];
  }
  return ['Unknown', {}];
}

function decode(payload: Payload | null | undefined): unknown {
  return payload === null || payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}

/** The events of a history in their order. */
export function eventLog(history: History): readonly LoggedEvent[] {
  return (history.events ?? []).map((event) => {
    const [kind, attributes] = attributesOf(event);
    const named = attributes as {
      activityType?: { name?: string };
      workflowType?: { name?: string };
      signalName?: string;
      workflowId?: string;
      workflowExecution?: { workflowId?: string };
      scheduledEventId?: { toString(): string };
      startedEventId?: { toString(): string };
      input?: { payloads?: Payload[] };
    };
    const about =
      named.workflowId ?? named.workflowExecution?.workflowId ?? named.scheduledEventId ?? named.startedEventId;
    const summary = decode(event.userMetadata?.summary);
    return {
      id: Number(event.eventId),
      at: tsToMs(event.eventTime),
      kind,
      name: named.activityType?.name ?? named.signalName ?? named.workflowType?.name,
      about: about?.toString(),
      summary: typeof summary === 'string' ? summary : undefined,
      input: decode(named.input?.payloads?.[0]),
      attributes,
    };
  });
}

/** The activities of a history in the order of their scheduling. */
export function activitiesOf(log: readonly LoggedEvent[]): readonly string[] {
  return log.filter((event) => event.kind === 'ActivityTaskScheduled').map((event) => event.name ?? '');
}

/** The first event that fits, or an error that says what was there instead. */
export function eventOf(log: readonly LoggedEvent[], kind: string, fits: (event: LoggedEvent) => boolean): LoggedEvent {
  const found = log.find((event) => event.kind === kind && fits(event));
  if (found !== undefined) return found;
  const there = log.filter((event) => event.kind === kind).map((event) => `${event.name ?? ''} ${event.summary ?? ''}`);
  throw new Error(`no such ${kind}; there is: ${there.join(' | ')}`);
}

/** The value a search attribute was last set to. */
export function lastAttribute(log: readonly LoggedEvent[], name: string): unknown {
  const set = log.flatMap((event) => {
    const fields = (event.attributes.searchAttributes as { indexedFields?: Record<string, Payload> } | undefined)
      ?.indexedFields;
    const payload = fields?.[name];
    return payload === undefined ? [] : [defaultPayloadConverter.fromPayload<unknown>(payload)];
  });
  const last = set.at(-1);
  return Array.isArray(last) && last.length === 1 ? (last[0] as unknown) : last;
}
