import type { Fact, Worded } from './fact';
import { inEnglish } from './fact-words';
import type { IncidentId } from './ids';

/** How far a bag stands by itself (E6), lowest first. */
export const VERDICTS = ['BROKEN', 'INTACT', 'SIGNED', 'TIMED', 'WITNESSED'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Good enough to be shown to others: whole, and signed by the pinned key (E6). */
export function standsByItself(verdict: Verdict): boolean {
  return VERDICTS.indexOf(verdict) >= VERDICTS.indexOf('SIGNED');
}

/** Where bytes lie and what they are, in place of the bytes (DESIGN §3: store first). */
export interface StoredBytes {
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Something collected from a host; becomes an `artefact` record of the chain. */
export interface ArtefactInfo {
  readonly host: string;
  /** Stable name, e.g. `sockets`, `journal-export`, `auth-log`. */
  readonly name: string;
  readonly group: 'volatile' | 'logs' | 'network' | 'accounting' | 'persistence' | 'containment' | 'context';
  /** The words that were run or the path that was read. */
  readonly command: string;
  readonly exitCode: number | null;
  /** Collector's clock, ISO 8601 UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Host's clock minus collector's clock, when it was measured. */
  readonly clockOffsetMs?: number;
  /** SHA-256 taken on the host over the same bytes, when the host could. */
  readonly hostSha256?: string;
  readonly hostKeyFingerprint?: string;
  /** Set when the bytes are not all there was: `size-cap`, `time-cap`, `rotated`, … */
  readonly truncated?: string;
  readonly stderr?: string;
  /** SHA-256 of the host script that collected it. */
  readonly scriptSha256?: string;
  /** Rung of the fallback ladder (E3), 1 = the ordinary way. */
  readonly rung?: number;
}

/** A source that gave nothing: never the same as a clean host (E3). */
export interface AbsenceInfo {
  readonly host: string;
  readonly source: string;
  readonly rung: number;
  readonly command: string;
  readonly exitCode: number | null;
  readonly stderr: string;
  /** The English of `why`, for who reads the bag. */
  readonly reason: Worded;
  readonly why: Fact;
  readonly at: string;
}

/** Why a source gave nothing, as both fields of its record. */
export function absentBecause(why: Fact): Pick<AbsenceInfo, 'reason' | 'why'> {
  return { reason: inEnglish(why), why };
}

export const CUSTODY_EVENTS = ['collected', 'accessed', 'transferred', 'exported', 'verified', 'disposed'] as const;
export type CustodyEvent = (typeof CUSTODY_EVENTS)[number];

/** Collected bytes that were deleted by order, as the record of the supplement bag that tells of it says (E7). */
export interface DisposedBag {
  /** Ids of the bags whose collected bytes are gone. */
  readonly bags: readonly string[];
  readonly by: string;
  readonly reason: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** A sealed bag, as the report, the tables and the CLI name it. */
export interface SealedBag {
  readonly incident: IncidentId;
  /** Absolute path of the bag. */
  readonly path: string;
  /** Text of the signed note. */
  readonly checkpoint: string;
  /** Lowercase hex Merkle root. */
  readonly root: string;
  /** Chain records, the seal included. */
  readonly records: number;
  readonly artefacts: number;
  readonly absences: number;
  readonly bytes: number;
  /** C2SP vkey: `name+hash+base64`. */
  readonly publicKey: string;
  readonly sealedAt: string;
}

/** One fault found by `evidence verify`; all of them are listed (E6). */
export interface EvidenceFault {
  readonly layer: 'bag' | 'manifest' | 'chain' | 'files' | 'seal' | 'merkle' | 'checkpoint' | 'identity';
  readonly code: string;
  readonly file: string;
  readonly detail: string;
}

export interface EvidenceVerdict {
  readonly verdict: Verdict;
  readonly incident: string;
  readonly records: number;
  readonly faults: readonly EvidenceFault[];
  /** What the verdict does not prove, in plain words. */
  readonly notProven: readonly string[];
}
