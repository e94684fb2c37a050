import type { Host } from '../domain/host';
import type { SignedOrder } from '../domain/order';

/**
 * A fixed program for hosts: POSIX sh text that reads its data from stdin and never from its words.
 * Hosts run it only when their root-owned allow list holds its SHA-256 (C11).
 */
export interface HostScript {
  readonly name: string;
  readonly text: string;
}

/** What an honest host can say in answer to one program; more is no answer but an attack, or a fault (H2). */
export interface ReplyLimits {
  readonly bytes: number;
  readonly lines: number;
}

interface HostCallOptions {
  /** Hard limit for the whole exec, milliseconds. */
  readonly timeoutMs: number;
  /** Data for the script's stdin. */
  readonly input?: string | Buffer;
  readonly signal?: AbortSignal;
  /** What a program that lets somebody in needs (H6). */
  readonly order?: SignedOrder | undefined;
  /**
   * Open a new connection instead of using one at hand (C2). Hosts may limit new connections: it is for what could have cut the way
   * in, and for the one look at a host after its last act.
   */
  readonly fresh?: boolean;
  /** The last resort, and what people end by an order: where the host turns new connections away, one is tried all the same. */
  readonly insists?: boolean | undefined;
}

export interface HostRunOptions extends HostCallOptions {
  /** Default: that of a program that lists nothing, 64 KiB in 1,000 lines. */
  readonly limits?: ReplyLimits;
}

export interface HostStreamOptions extends HostCallOptions {
  /** At so many bytes the program is ended and `truncated` is set. */
  readonly maxOutputBytes: number;
  /** Called before the first chunk when the login printed something before the program spoke: those bytes, as they came, at most 64 KiB. */
  readonly onNoise?: (noise: Buffer) => void;
}

export interface HostRunResult {
  /** Complete lines without their ends, empty ones left out; printable ASCII only, any other byte is a `?`. */
  readonly lines: readonly string[];
  /** Printable, one line, at most 2,000 characters. */
  readonly stderr: string;
  readonly code: number;
  /** What was said on stdout when no program spoke: printable, one line, at most 300 characters; nothing of it is a reply. */
  readonly noise?: string;
}

export interface HostStreamResult {
  /** As in HostRunResult. */
  readonly stderr: string;
  readonly code: number;
  readonly bytes: number;
  readonly truncated: boolean;
}

/**
 * Runs fixed scripts on inventory hosts over SSH with a pinned host key. One exec at a time per host,
 * many hosts at once.
 *
 * Throws FirebreakError: HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH_REFUSED, HOST_TIMEOUT,
 * HOST_SCRIPT_REFUSED, HOST_ORDER_REFUSED, HOST_ORDER_UNCHECKED, SUDO_REFUSED, OUTCOME_UNKNOWN (the link died while the script ran), HOST_REPLY_REFUSED (more than the
 * limits, or more than 64 KiB or 1,000 lines before the program speaks; the connection is dropped), HOST_SET_ASIDE (not asked, because of what became of those who asked before).
 * A script that ran to its end is never an error here: look at `code`.
 */
export interface HostShell {
  run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult>;
  /** As `run`, with stdout handed on chunk by chunk as it came; back-pressure is the consumer's promise. */
  stream(
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult>;
  /** SHA-256 fingerprint (`SHA256:…`) of the pinned key. */
  fingerprint(host: Host): string;
  close(): Promise<void>;
}
