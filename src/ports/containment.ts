import type { Host } from '../domain/host';
import type { ActionId, IncidentId } from '../domain/ids';
import type { MachineSeen } from '../domain/machine';
import type { SignedOrder } from '../domain/order';
import type {
  ActionKind,
  ActionResult,
  BlockSources,
  DisableAccount,
  IsolateHost,
  IsolateSegment,
  PlannedAction,
  TargetResult,
} from '../domain/plan';

export interface ActContext {
  readonly incident: IncidentId;
  /** The signed order that the act rests on: hosts ask for it where somebody is let in (H6). */
  readonly order?: SignedOrder;
  readonly signal: AbortSignal;
  /** Temporal's attempt number, from 1: on a later attempt the journal of the host is asked first. */
  readonly attempt: number;
  /** Of an undo: by our record the act was put in force on this machine, so that a journal without it is a lost one. */
  readonly inForce?: boolean;
  /** The last resort, and what people end by an order: a host that turns new connections away is asked once all the same. */
  readonly insists?: boolean;
  /**
   * Called as soon as something was, or may have been, done on the host; never before. A failure after it, of the confirmation for
   * one, leaves something to undo, whatever its code says of the host (B5).
   */
  readonly onProgress: (what: string) => void;
}

/**
 * Carries out one kind of act on one host: journal look-up, pre-image, apply and read-back in one exec, then a
 * confirmation in another (C1–C5), over a fresh connection where the act could have cut the way in. Idempotent by action id.
 *
 * Throws FirebreakError with the codes of HostShell, UNSUPPORTED_HOST, VERIFY_FAILED, LAST_ADMINISTRATOR.
 */
export interface ContainmentDriver<A extends PlannedAction = PlannedAction> {
  readonly kinds: readonly ActionKind[];
  perform(host: Host, action: A, context: ActContext): Promise<ActionResult>;
  /** Reads the state back without changing it; what holds is `already`, what does not is `missing`. */
  verify(host: Host, action: A, context: ActContext): Promise<ActionResult>;
  /** Puts back what the host lost since the act, with the time that is left; the journal's first result stays (B14). */
  reassert(host: Host, action: A, context: ActContext): Promise<ActionResult>;
  /** Undoes the act if the state is still what we left; drift is a note, never overwritten (C5). */
  undo(host: Host, action: A, context: ActContext): Promise<ActionResult>;
}

/** What became of sources that were to be let go: `applied` was in force and is gone, `already` was not in force. */
export interface Lifted {
  readonly result: ActionResult;
  /** The sources that are `already`. */
  readonly notInForce: readonly string[];
}

/** Lets single sources of a block go, while the act and its other sources stay as they are (B5, C4). */
export interface BlockLifter {
  /**
   * Idempotent by source; nothing brings them back, neither a re-assert nor the host's own restore. An act that holds nothing any
   * more is undone. Throws as `undo` does.
   *
   * @param sources of the act, as its plan has them
   */
  lift(host: Host, action: BlockSources, sources: readonly string[], context: ActContext): Promise<Lifted>;
}

export interface ForcedIsolationOrder {
  /** Prefixes that keep SSH access. */
  readonly management: readonly string[];
  /** ISO 8601 UTC: when it ends by itself. */
  readonly expiresAt: string;
}

/** The last resort for a host that cannot be controlled otherwise (C6). */
export interface ForcedIsolation {
  /** Puts the checked isolation rules on the host, not in force, so that the fallback is a single exec. */
  stage(host: Host, action: ActionId, order: ForcedIsolationOrder, context: ActContext): Promise<void>;
  /**
   * Goes down the ladder: host table, gateway forward drop, interface down. The result's `rung` says what holds;
   * `failed` in the counts when none does, which means: a person must act.
   */
  force(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    order: ForcedIsolationOrder,
    context: ActContext,
  ): Promise<ActionResult>;
  /**
   * Looks at the rung that holds, without changing it: `already`, `missing`, or `unknown` for one that cannot be read back. Throws
   * as the rung's machine does.
   */
  verify(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    rung: string,
    context: ActContext,
  ): Promise<ActionResult>;
  /** Puts the rung that held back in force, until the same end (B14). @param expiresAt ISO 8601 UTC */
  reassert(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    rung: string,
    expiresAt: string,
    context: ActContext,
  ): Promise<ActionResult>;
  /**
   * Takes every rung back. `unknown` in the counts: one that held, or may have held, could not be asked.
   * @param held the rung that was put in force; undefined when that is not known
   */
  lift(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    held: string | undefined,
    context: ActContext,
  ): Promise<ActionResult>;
}

/** Tells machines apart that may stand behind one name of the inventory. */
export interface MachineReader {
  /**
   * @param acts whose journals are asked for
   * Throws FirebreakError with the codes of HostShell.
   */
  look(host: Host, acts: readonly ActionId[], context: Pick<ActContext, 'signal' | 'insists'>): Promise<MachineSeen>;
}

/** What a host offers and how it stands (doctor, host check, planning). */
export interface HostFacts {
  readonly host: string;
  readonly kernel: string;
  readonly os: string;
  readonly filters: readonly ('nftables' | 'ipset' | 'iptables')[];
  /** What of these filters does not hold: the host does not speak the IP version (`kernel`), or the tools for it do not work. */
  readonly unfiltered: readonly {
    readonly filter: 'ipset' | 'iptables';
    readonly family: 'IPv4' | 'IPv6';
    readonly why: 'kernel' | 'tools';
  }[];
  readonly fail2ban: boolean;
  readonly clockOffsetMs: number;
  readonly load: number;
  /** Addresses and prefixes in force now, with the owning incident (from the kernel's comments) and seconds left. */
  readonly blocks: readonly {
    readonly target: string;
    readonly incident: string;
    readonly secondsLeft: number | null;
  }[];
  readonly isolated: boolean;
  /** Rules and settings that limit new SSH connections there, in the host's words; each is one line of at most 300 characters. */
  readonly connectionLimits: readonly string[];
  /** Something on the host itself ends controls when their time is over, whoever is gone by then (H10). */
  readonly keepsEnds: boolean;
  /** Where an act would be journalled: `memory` is lost with a reboot, and without a place nothing can be done there. */
  readonly journal: 'disk' | 'memory' | 'nowhere';
  /** In words: what the host needs and never blocks, and could not be read there. */
  readonly unread: readonly string[];
  /** SHA-256 of each program that its gate runs (C11). */
  readonly allows: readonly string[];
  /** Whose orders let somebody in again there (H6). */
  readonly orders: {
    /** What the host thinks it is called in the inventory; empty when it does not say. */
    readonly name: string;
    /** It has a list of signers that only root writes, and can check a signature. */
    readonly verifies: boolean;
    /** Lines of that list: the name, `-` when it is none of an operator's, and the SHA-256 of the key. */
    readonly signers: readonly { readonly line: number; readonly name: string; readonly keySha256: string }[];
    /** It has root's list for emergency access. */
    readonly emergencyList: boolean;
  };
}

export interface HostInspector {
  /** @param fresh over a connection that is opened for it (C2) */
  facts(host: Host, context: ActContext, fresh?: boolean): Promise<HostFacts>;
}

/** What a block would do on one host; the rules are checked there, nothing is changed (C12). */
export interface BlockPreview {
  readonly rung: string;
  readonly requested: number;
  readonly wouldApply: number;
  readonly already: number;
  readonly refused: readonly TargetResult[];
  /** TCP sessions with the addresses that would end. */
  readonly sessions: number;
  /** In force already, by incident. */
  readonly overlaps: Readonly<Record<string, number>>;
}

export interface BlockPreviewer {
  /** Throws as `perform` does, UNSUPPORTED_HOST included. */
  preview(host: Host, action: BlockSources, context: ActContext): Promise<BlockPreview>;
}

/** What an isolation would do; its rules are checked on the host, nothing is changed or kept (C12). */
export interface IsolationPreview {
  /** TCP sessions that would end; null when the host cannot say. */
  readonly sessions: number | null;
  /** Address that Firebreak's own connection comes from, as the host sees it. */
  readonly firebreakFrom: string | null;
  /** False: management does not hold that address, so the isolation would lock Firebreak out and could not be confirmed. */
  readonly keepsFirebreak: boolean;
}

/** An account as it stands (C12). */
export interface AccountPreview {
  readonly there: boolean;
  readonly disabled: boolean;
  /** What would be ended: login sessions, and processes with everything they have started. */
  readonly sessions: number;
  readonly processes: number;
  /** Other names of its uid that would still get in; left out when there are none. */
  readonly sameUid?: readonly string[];
}

/** Looks ahead at every kind of act that can be looked at. Throws as `perform` does. */
export interface ActPreviewer extends BlockPreviewer {
  isolation(host: Host, action: IsolateHost | IsolateSegment, context: ActContext): Promise<IsolationPreview>;
  account(host: Host, action: DisableAccount, context: ActContext): Promise<AccountPreview>;
}
