/** What becomes of the wish to ring a phone. */
export type LineState =
  /** Nobody else rings it. */
  | { readonly state: 'taken' }
  /**
   * A call was placed and its end was not seen: of this very delivery, by an earlier attempt or another worker, or of another delivery whose
   * worker has ended. The line is held.
   */
  | { readonly state: 'placed'; readonly callId: string; readonly ofThisDelivery: boolean }
  /** Another call of ours is in progress on it. */
  | { readonly state: 'busy' };

/** A phone that this worker rings alone, until `free` or `leave`. */
export interface HeldLine {
  /** Notes the provider's id of the call, so that whoever repeats the delivery follows this call and places no other. */
  placed(callId: string): Promise<void>;
  /** The call has come to its end, or there is none. */
  free(): Promise<void>;
  /** Lets go while the call may go on: whoever comes next learns of it. */
  leave(): void;
}

/**
 * One call of ours on one phone at a time, over all workers (H8). Nothing here keeps people from being told: while PostgreSQL is away
 * every line is taken at once.
 */
export interface PhoneLines {
  /**
   * @param phone E.164; it is stored as its hash
   * @param delivery id of the delivery that rings
   */
  take(phone: string, delivery: string): Promise<LineState & { readonly line: HeldLine }>;
}
