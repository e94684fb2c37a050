import type { EvidenceFault } from '../../../domain/evidence';

/** Codes of `evidence verify`; verify.py has the same ones, docs/evidence.md explains them. */
export const FAULT_CODES = {
  bag: [
    'NOT_A_BAG',
    'MISSING_FILE',
    'MISSING_DIRECTORY',
    'EXTRA_FILE',
    'EXTRA_DIRECTORY',
    'SYMLINK',
    'SPECIAL_FILE',
    'UNREADABLE',
    'BAD_BAGIT_TXT',
    'BAD_BAG_INFO',
    'OXUM_MISMATCH',
  ],
  manifest: ['BAD_LINE', 'BAD_ENDING', 'DUPLICATE_ENTRY', 'MISSING_FILE', 'UNLISTED_FILE', 'HASH_MISMATCH'],
  chain: ['EMPTY', 'BAD_LINE', 'BAD_LINE_ENDING', 'BAD_ENDING', 'BAD_SEQ', 'BAD_PREV', 'BAD_OPEN', 'MIXED_INCIDENTS'],
  files: ['BAD_RECORD', 'DUPLICATE_PATH', 'MISSING_FILE', 'SIZE_MISMATCH', 'HASH_MISMATCH', 'UNRECORDED_FILE'],
  seal: ['UNSEALED', 'AFTER_SEAL', 'COUNT_MISMATCH', 'TAG_MISMATCH'],
  merkle: ['NO_ROOT', 'SIZE_MISMATCH', 'ROOT_MISMATCH'],
  checkpoint: ['MALFORMED', 'UNKNOWN_KEY', 'BAD_SIGNATURE'],
  identity: ['WRONG_INCIDENT', 'WRONG_ORIGIN'],
} as const satisfies Record<EvidenceFault['layer'], readonly string[]>;

export type FaultLayer = keyof typeof FAULT_CODES;

/** Collects all faults: a verifier that stops at the first one hides the others (bagit-python#137). */
export class FaultList {
  readonly #faults: EvidenceFault[] = [];

  add<L extends FaultLayer>(layer: L, code: (typeof FAULT_CODES)[L][number], file: string, detail: string): void {
    this.#faults.push({ layer, code, file, detail });
  }

  /** By layer, then file, then code; faults of one kind stay in the order in which they were found. */
  sorted(): readonly EvidenceFault[] {
    const layers = Object.keys(FAULT_CODES);
    const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    return [...this.#faults].sort(
      (a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer) || compare(a.file, b.file) || compare(a.code, b.code),
    );
  }
}
