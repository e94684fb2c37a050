import type {
  AbsenceInfo,
  ArtefactInfo,
  DisposedBag,
  EvidenceVerdict,
  SealedBag,
  StoredBytes,
} from '../domain/evidence';
import type { Fact, Worded } from '../domain/fact';
import type { IncidentId } from '../domain/ids';

export interface BagOpening {
  readonly incident: IncidentId;
  readonly documentSha256: string;
  readonly operator: string;
  readonly authority: string;
  /** Without a fingerprint: no key of the host is pinned. */
  readonly hosts: readonly { readonly name: string; readonly hostKeyFingerprint?: string }[];
  readonly openedAt: string;
  readonly workflow: { readonly id: string; readonly runId: string };
}

/** Identifies the activity attempt that adds something, so that a retry adds nothing twice. */
export interface Provenance {
  /** Same for every attempt of the same piece of work, e.g. `logs:web-1`. */
  readonly key: string;
  readonly attempt: number;
  readonly actor: string;
}

/** Summary of one chain record for the report and `evidence show`. */
export interface EvidenceEntry {
  readonly seq: number;
  readonly type: string;
  /** Which piece of work brought it (see Provenance), e.g. `logs:web-1`. */
  readonly work: string;
  readonly host: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of an absence: why there is nothing, in English, and as a fact where the record has one. */
  readonly absence?: Worded;
  readonly why?: Fact;
}

/**
 * One sealed bag per incident (E4, E8): write, fsync, rename, fsync the directory, then record. Everything is
 * idempotent by provenance key and name; a second `seal` returns the first one's result.
 *
 * Throws FirebreakError: DISK_FULL, EVIDENCE_SEALED, EVIDENCE_BROKEN.
 */
export interface EvidenceStore {
  open(opening: BagOpening): Promise<void>;
  artefact(
    incident: IncidentId,
    provenance: Provenance,
    name: string,
    produce: (write: (chunk: Buffer) => Promise<void>) => Promise<ArtefactInfo>,
  ): Promise<StoredBytes>;
  absence(incident: IncidentId, provenance: Provenance, info: AbsenceInfo): Promise<void>;
  /** A record without bytes: plan, act results, custody before the seal. Values are stored as given. */
  record(
    incident: IncidentId,
    provenance: Provenance,
    type: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  seal(incident: IncidentId): Promise<SealedBag>;
  /** undefined when the bag is not sealed yet or there is none. */
  sealed(incident: IncidentId): Promise<SealedBag | undefined>;
  entries(incident: IncidentId): Promise<readonly EvidenceEntry[]>;
  /**
   * The sealed bag as a tar file, the same bytes each time; `write` takes it piece by piece, and what it throws comes through.
   * Throws WRONG_STATE when the bag is not sealed.
   */
  pack(incident: IncidentId, write: (chunk: Buffer) => Promise<void>): Promise<void>;
  /**
   * Demands the pinned key and the expected incident; lists all faults (E6).
   * @param expected.disposed the collected bytes were deleted by order: that they are missing is no fault
   */
  verify(
    bagPath: string,
    expected: { readonly incident: string; readonly publicKey: string; readonly disposed?: boolean },
  ): Promise<EvidenceVerdict>;
  /**
   * Deletes the collected bytes of this sealed bag; chain, checkpoint and manifests stay (E7). A second call changes nothing.
   * Throws WRONG_STATE when the bag is not sealed.
   */
  dispose(incident: IncidentId): Promise<void>;
  /**
   * The store that fills the supplement bag `<incident>.<number>` (E7), number from 2: for evidence that comes after the seal of the bag
   * before, which its first record cites.
   */
  supplement(number: number): EvidenceStore;
  /** Supplement bags of an incident, in their order, sealed or not. */
  supplements(incident: IncidentId): Promise<readonly SupplementBag[]>;
  readonly publicKey: string;
}

export interface SupplementBag {
  /** `INC-….2`: what to expect when it is verified. */
  readonly id: string;
  readonly number: number;
  /** Absolute path. */
  readonly path: string;
  readonly sealed: boolean;
  /** The first record names the bag before and carries its checkpoint as it lies there. */
  readonly citesTheOneBefore: boolean;
  /** ISO 8601 UTC. */
  readonly openedAt: string;
  /** Ids of the workflows that have filled it. */
  readonly workflows: readonly string[];
  /** It tells that the collected bytes of bags before it are deleted. */
  readonly disposed?: DisposedBag;
}
