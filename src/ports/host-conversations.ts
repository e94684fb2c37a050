/** What is known of those who talked to a host before. */
export type HostStanding = 'good' | 'suspected' | 'set-aside';

/** A conversation that has begun; its mark stays if the process ends before `end`. */
export interface Conversation {
  /** Takes the mark away; with `cleared` also those that others left over this program: the host answered it and nobody ended. */
  end(cleared: boolean): Promise<void>;
}

/**
 * Marks that outlive the worker that made them (H2): a mark whose worker has ended says that it ended while it talked to this
 * host. One such mark makes a host suspected. A suspected host is talked to while its worker talks to no other suspected one.
 * Workers that end then, and again, over the same program were ended by this host (HOST_DEATHS): it is set aside for
 * HOST_SET_ASIDE_MS. Workers also die of other things, and then the host must be contained all the same.
 *
 * A mark counts only with the seal of the worker that made it, and for a time that workers bound: a row alone sets no host aside.
 *
 * Nothing here stops an act when PostgreSQL is away: every host is then in good standing, and no mark is made.
 */
export interface HostConversations {
  /** @param program name of the program that is to be run there */
  standing(host: string, program: string): Promise<HostStanding>;
  /** @param alone this process talks to no other suspected host */
  begin(host: string, program: string, alone: boolean): Promise<Conversation>;
}
