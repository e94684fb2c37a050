import type { AbsenceInfo, ArtefactInfo } from '../domain/evidence';
import type { Host } from '../domain/host';
import type { HostReading } from '../domain/security-state';

/** Where collected bytes go while they arrive; the implementation hashes and stores them (E4, E8). */
export interface ArtefactSink {
  /** Takes the bytes of one artefact; the info is known when the last byte has arrived. */
  artefact(name: string, produce: (write: (chunk: Buffer) => Promise<void>) => Promise<ArtefactInfo>): Promise<void>;
  absence(info: AbsenceInfo): Promise<void>;
}

export interface CollectionContext {
  readonly signal: AbortSignal;
  readonly budgetMs: number;
  readonly onProgress: (what: string) => void;
}

export interface CollectionSummary {
  readonly host: string;
  readonly artefacts: number;
  readonly absences: number;
  readonly bytes: number;
  readonly lines: number;
  /** Names of sources cut short by size or time. */
  readonly truncated: readonly string[];
  /** Highest rung of the ladder that had to be used (E3). */
  readonly rung: number;
}

/**
 * Collects from one host in the order of volatility (E1–E3). An empty source is an absence, never a success.
 *
 * `logs` throws LOGS_UNAVAILABLE when the ordinary way gives nothing, and the codes of HostShell; what was collected
 * until then is in the sink. `alternative` goes down the ladder and throws LOGS_UNAVAILABLE only when no rung gave anything.
 */
export interface HostCollector {
  volatile(host: Host, sink: ArtefactSink, context: CollectionContext): Promise<CollectionSummary>;
  logs(host: Host, sink: ArtefactSink, options: LogOptions, context: CollectionContext): Promise<CollectionSummary>;
  alternative(
    host: Host,
    sink: ArtefactSink,
    options: LogOptions,
    context: CollectionContext,
  ): Promise<CollectionSummary>;
  /** A reading of the security state (B13); accounts and sources say whose sessions count as the attacker's. */
  reading(
    host: Host,
    watch: { readonly accounts: readonly string[]; readonly sources: readonly string[] },
    context: CollectionContext,
  ): Promise<HostReading>;
}

export interface LogOptions {
  /** ISO 8601 UTC; entries before are left out where the source can tell. */
  readonly since: string;
  /** Per source. */
  readonly maxBytes: number;
  /** Extra text logs asked for by the incident document: absolute paths, already checked. */
  readonly paths: readonly string[];
}
