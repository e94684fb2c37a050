const MAX_REMEMBERED = 1_000;
/** Between our clock and Twilio's. */
const CLOCK_SLACK_MS = 30_000;

/** A call as Twilio lists it. */
export interface ListedCall {
  readonly sid: string;
  readonly dateCreated: Date;
}

export type CallTrace =
  /** Taken by Twilio; its end was not seen. */
  | { readonly state: 'placed'; readonly sid: string }
  /** The request to place it got no answer. */
  | { readonly state: 'unanswered'; readonly from: number; readonly until: number };

/**
 * Which calls this process has placed for which message. Twilio's call resource carries nothing of ours (the TwiML is
 * not readable, call events only 15 minutes after the end), so this memory is what tells one call to a person from another.
 */
export class PlacedCalls {
  readonly #traces = new Map<string, CallTrace>();
  readonly #sids = new Set<string>();
  readonly #seenAttempts = new Map<string, number>();

  /** The open trace of a message: a call whose end was not seen, or a request without an answer. */
  traceOf(messageId: string): CallTrace | undefined {
    return this.#traces.get(messageId);
  }

  /** Whether this process has made all attempts before `attempt`, so that without a trace nothing is open. */
  sawAllBefore(messageId: string, attempt: number): boolean {
    return (this.#seenAttempts.get(messageId) ?? 0) >= attempt - 1;
  }

  attempting(messageId: string): void {
    this.#seenAttempts.set(messageId, (this.#seenAttempts.get(messageId) ?? 0) + 1);
    dropOldest(this.#seenAttempts);
  }

  placed(messageId: string, sid: string): void {
    this.#sids.add(sid);
    this.#traces.set(messageId, { state: 'placed', sid });
    dropOldest(this.#sids);
    dropOldest(this.#traces);
  }

  unanswered(messageId: string, from: number, until: number): void {
    this.#traces.set(messageId, { state: 'unanswered', from, until });
    dropOldest(this.#traces);
  }

  /** The call came to its end, answered or not. */
  ended(messageId: string): void {
    this.#traces.delete(messageId);
  }

  /** Those of the listed calls that are not known to belong to a message. */
  unclaimed<C extends ListedCall>(calls: readonly C[]): readonly C[] {
    return calls.filter((call) => !this.#sids.has(call.sid));
  }
}

/** The one call that a request without an answer can have made; undefined when there is none or more than one. */
export function callOf<C extends ListedCall>(trace: CallTrace, calls: readonly C[]): C | undefined {
  if (trace.state === 'placed') return calls.find((call) => call.sid === trace.sid);
  const [only, ...others] = calls.filter((call) => {
    const created = call.dateCreated.getTime();
    return created >= trace.from - CLOCK_SLACK_MS && created <= trace.until + CLOCK_SLACK_MS;
  });
  return others.length === 0 ? only : undefined;
}

function dropOldest(collection: Map<string, unknown> | Set<string>): void {
  for (const oldest of collection.keys()) {
    if (collection.size <= MAX_REMEMBERED) return;
    collection.delete(oldest);
  }
}
