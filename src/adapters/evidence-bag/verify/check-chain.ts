import { CHAIN_FILE, SEALED_TAGS } from '../format/bagit';
import type { ChainRecord } from '../format/chain-line';
import {
  NO_PREVIOUS,
  hashOfLine,
  heldProgram,
  namedPrograms,
  namesFile,
  parseChainLine,
  recordedFile,
} from '../format/chain-line';
import { BAG_LIMITS } from '../format/limits';
import { MerkleAccumulator } from '../format/merkle';
import type { FaultList } from './fault-list';
import type { FilesOnDisk } from './walk-bag';

export interface CheckedChain {
  /** Incident of the first readable record; empty when there is none. */
  readonly incident: string;
  readonly length: number;
  readonly root: Buffer;
}

/**
 * Links, numbers, first and last record, and every recorded file against the file on disk. Keeps one line at a time.
 * @throws BagTooLarge
 */
export async function checkChain(
  lines: AsyncIterable<Buffer>,
  files: FilesOnDisk,
  expected: string,
  faults: FaultList,
): Promise<CheckedChain> {
  const walk = new ChainWalk(files, faults);
  for await (const line of lines) walk.take(line);
  return walk.end(expected);
}

/** What has to be remembered of the lines so far. */
class ChainWalk {
  readonly #files: FilesOnDisk;
  readonly #faults: FaultList;
  readonly #tree = new MerkleAccumulator();
  readonly #recorded = new Set<string>();
  /** By SHA-256: which record names it first. */
  readonly #programs = new Map<string, number>();
  readonly #heldPrograms = new Set<string>();
  #previous = NO_PREVIOUS;
  #incident: string | undefined;
  #artefacts = 0;
  #last: ChainRecord | undefined;

  constructor(files: FilesOnDisk, faults: FaultList) {
    this.#files = files;
    this.#faults = faults;
  }

  take(line: Buffer): void {
    const faults = this.#faults;
    const index = this.#tree.size;
    if (index >= BAG_LIMITS.records) faults.tooLarge('chain', CHAIN_FILE, `more than ${BAG_LIMITS.records} records`);
    if (this.#last?.type === 'seal') {
      faults.add('seal', 'AFTER_SEAL', CHAIN_FILE, `there are records behind the seal in line ${index}`);
    }
    const record = parseChainLine(line);
    const where = `line ${index + 1}`;
    if (line.at(-1) === 13) faults.add('chain', 'BAD_LINE_ENDING', CHAIN_FILE, `${where} ends in CR LF`);
    if ((record?.type === 'open') !== (index === 0)) {
      faults.add('chain', 'BAD_OPEN', CHAIN_FILE, `${where}: the first record, and only that, is an open record`);
    }
    if (record === undefined) faults.add('chain', 'BAD_LINE', CHAIN_FILE, `${where} is no record`);
    else this.#check(record, index);
    this.#last = record;
    this.#previous = hashOfLine(line);
    this.#tree.append(line);
  }

  #check(record: ChainRecord, index: number): void {
    const faults = this.#faults;
    const where = `line ${index + 1}`;
    if (record.seq !== index) faults.add('chain', 'BAD_SEQ', CHAIN_FILE, `${where} has the number ${record.seq}`);
    if (record.prev !== this.#previous) {
      faults.add('chain', 'BAD_PREV', CHAIN_FILE, `${where} does not carry the hash of the line before it`);
    }
    this.#incident ??= record.incident;
    if (record.incident !== this.#incident) {
      faults.add('chain', 'MIXED_INCIDENTS', CHAIN_FILE, `${where} is of another incident than the lines before`);
    }
    if (record.type === 'artefact') this.#artefacts += 1;
    if (namesFile(record)) this.#checkFile(record);
    for (const program of namedPrograms(record)) {
      if (!this.#programs.has(program)) this.#programs.set(program, record.seq);
    }
    const held = heldProgram(record);
    if (held !== undefined) this.#heldPrograms.add(held);
    if (this.#programs.size > BAG_LIMITS.programs)
      faults.tooLarge('chain', CHAIN_FILE, `more than ${BAG_LIMITS.programs} programs are named`);
  }

  #checkFile(record: ChainRecord): void {
    const faults = this.#faults;
    const claim = recordedFile(record);
    if (claim === undefined) {
      faults.add('files', 'BAD_RECORD', CHAIN_FILE, `record ${record.seq} does not describe its file`);
      return;
    }
    const { path } = claim;
    const file = this.#files.get(path);
    if (this.#recorded.has(path)) faults.add('files', 'DUPLICATE_PATH', path, `record ${record.seq} names it again`);
    this.#recorded.add(path);
    if (file === undefined) {
      faults.add('files', 'MISSING_FILE', path, `record ${record.seq} names it, but it is not there`);
      return;
    }
    if (file.bytes !== claim.bytes) {
      faults.add('files', 'SIZE_MISMATCH', path, `has ${file.bytes} bytes, record ${record.seq} says ${claim.bytes}`);
    }
    if (file.sha256 !== claim.sha256 || file.sha512 !== claim.sha512) {
      faults.add('files', 'HASH_MISMATCH', path, `not what record ${record.seq} says`);
    }
  }

  end(expected: string): CheckedChain {
    const faults = this.#faults;
    const { size } = this.#tree;
    if (size === 0) faults.add('chain', 'EMPTY', CHAIN_FILE, 'there is no record');
    this.#checkSeal();
    for (const path of this.#files.keys()) {
      if (path.startsWith('data/') && !this.#recorded.has(path)) {
        faults.add('files', 'UNRECORDED_FILE', path, 'no record names it');
      }
    }
    const incident = this.#incident ?? '';
    if (incident !== expected) {
      faults.add('identity', 'WRONG_INCIDENT', CHAIN_FILE, `the records are of ${JSON.stringify(incident)}`);
    }
    return { incident, length: size, root: this.#tree.root() };
  }

  #checkSeal(): void {
    const faults = this.#faults;
    const seal = this.#last;
    if (seal?.type !== 'seal') {
      faults.add('seal', 'UNSEALED', CHAIN_FILE, 'the last record is no seal: the end may be missing');
      return;
    }
    const before = this.#tree.size - 1;
    if (seal['records'] !== before || seal['artefacts'] !== this.#artefacts) {
      const detail = `there are ${before} records and ${this.#artefacts} artefacts before it`;
      faults.add('seal', 'COUNT_MISMATCH', CHAIN_FILE, detail);
    }
    this.#checkSealedTags(seal['tags']);
    if (seal['programs'] !== undefined) this.#checkPrograms();
  }

  /** A seal that counts no programs is of a version that kept no texts. */
  #checkPrograms(): void {
    for (const [program, seq] of this.#programs) {
      if (!this.#heldPrograms.has(program)) {
        this.#faults.add('files', 'PROGRAM_MISSING', CHAIN_FILE, `record ${seq} names ${program}; no record holds it`);
      }
    }
  }

  /** What explains the bag, against the seal; a seal that says nothing of it leaves that to the tag manifests. */
  #checkSealedTags(tags: unknown): void {
    if (tags === undefined) return;
    const digests = new Map(typeof tags === 'object' && tags !== null ? Object.entries(tags) : []);
    for (const path of SEALED_TAGS) {
      const file = this.#files.get(path);
      if (file !== undefined && digests.get(path) !== file.sha256) {
        this.#faults.add('seal', 'TAG_MISMATCH', path, 'not the file that the seal names');
      }
    }
  }
}
