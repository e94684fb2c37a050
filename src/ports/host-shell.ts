import type { Host } from '../domain/host';

/**
 * A fixed program for hosts: POSIX sh text that reads its data from stdin and never from its words.
 * Hosts run it only when their root-owned allow list holds its SHA-256 (C11).
 */
export interface HostScript {
  readonly name: string;
  readonly text: string;
}

export interface HostRunOptions {
  /** Hard limit for the whole exec, milliseconds. */
  readonly timeoutMs: number;
  /** Data for the script's stdin. */
  readonly input?: string | Buffer;
  /** Output beyond this is cut off and `truncated` is set; default 8 MiB. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
  /** Open a new connection instead of using the one at hand (C2: confirmation over a fresh connection). */
  readonly fresh?: boolean;
}

export interface HostRunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly truncated: boolean;
}

export interface HostStreamResult {
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
 * HOST_SCRIPT_REFUSED, SUDO_REFUSED, OUTCOME_UNKNOWN (the link died while the script ran).
 * A script that ran to its end is never an error here: look at `code`.
 */
export interface HostShell {
  run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult>;
  /** As `run`, with stdout handed on chunk by chunk; back-pressure is the consumer's promise. */
  stream(
    host: Host,
    script: HostScript,
    options: HostRunOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult>;
  /** SHA-256 fingerprint (`SHA256:…`) of the pinned key. */
  fingerprint(host: Host): string;
  close(): Promise<void>;
}
