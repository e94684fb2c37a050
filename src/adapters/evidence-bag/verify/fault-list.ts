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
    'TOO_LARGE',
  ],
  manifest: [
    'BAD_LINE',
    'BAD_ENDING',
    'DUPLICATE_ENTRY',
    'MISSING_FILE',
    'UNLISTED_FILE',
    'HASH_MISMATCH',
    'TOO_LARGE',
  ],
  chain: [
    'EMPTY',
    'BAD_LINE',
    'BAD_LINE_ENDING',
    'BAD_ENDING',
    'BAD_SEQ',
    'BAD_PREV',
    'BAD_OPEN',
    'MIXED_INCIDENTS',
    'TOO_LARGE',
  ],
  files: [
    'BAD_RECORD',
    'DUPLICATE_PATH',
    'MISSING_FILE',
    'SIZE_MISMATCH',
    'HASH_MISMATCH',
    'UNRECORDED_FILE',
    'PROGRAM_MISSING',
  ],
  seal: ['UNSEALED', 'AFTER_SEAL', 'COUNT_MISMATCH', 'TAG_MISMATCH'],
  merkle: ['NO_ROOT', 'SIZE_MISMATCH', 'ROOT_MISMATCH'],
  checkpoint: ['MALFORMED', 'UNKNOWN_KEY', 'BAD_SIGNATURE'],
  identity: ['WRONG_INCIDENT', 'WRONG_ORIGIN'],
} as const satisfies Record<EvidenceFault['layer'], readonly string[]>;

export type FaultLayer = keyof typeof FAULT_CODES;

/** Most faults of one code that are listed; a hostile bag could have a fault a byte. */
const LISTED_FAULTS = 1000;

/** The bag is over a limit (`BAG_LIMITS`): the fault is listed, and nothing more is read. */
export class BagTooLarge extends Error {}

/** Collects all faults: a verifier that stops at the first one hides the others (bagit-python#137). */
export class FaultList {
  readonly #faults: EvidenceFault[] = [];
  readonly #counts = new Map<string, number>();

  /** @param isExpected tells what is no fault of this bag */
  constructor(private readonly isExpected?: (layer: string, code: string, file: string) => boolean) {}

  add<L extends FaultLayer>(layer: L, code: (typeof FAULT_CODES)[L][number], file: string, detail: string): void {
    if (this.isExpected?.(layer, code, file) === true) return;
    const number = (this.#counts.get(`${layer}/${code}`) ?? 0) + 1;
    this.#counts.set(`${layer}/${code}`, number);
    if (number <= LISTED_FAULTS) this.#faults.push({ layer, code, file, detail });
    else if (number === LISTED_FAULTS + 1) {
      this.#faults.push({ layer, code, file, detail: 'and more of these, which are not listed' });
    }
  }

  /** Lists what is over a limit, and ends the check. */
  tooLarge(layer: 'bag' | 'manifest' | 'chain', file: string, detail: string): never {
    this.add(layer, 'TOO_LARGE', file, `${detail}: not checked further`);
    throw new BagTooLarge(file);
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
