/** The lock of one bag while it is held. */
export interface BagLock {
  /** The service has let it go by itself: whoever held it must not write any more. */
  readonly lost: boolean;
  /** Never throws: what cannot be given back ends with its connection. */
  release(): Promise<void>;
}

/** Why a lock was not given: somebody has it, or the service cannot be reached. */
export type NoBagLock = 'busy' | 'away';

/**
 * Locks of evidence bags between workers on any number of machines. They decide who waits for whom and nothing else: that two
 * writers never both write is kept by the directory itself.
 */
export interface BagLocks {
  /**
   * Does not wait.
   * @param bag incident id, with `.2` … behind it for a supplement
   */
  take(bag: string): Promise<BagLock | NoBagLock>;
}
