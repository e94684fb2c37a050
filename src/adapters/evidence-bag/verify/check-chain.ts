import { CHAIN_FILE, SEALED_TAGS } from '../format/bagit';
import type { ChainRecord } from '../format/chain-line';
import { NO_PREVIOUS, hashOfLine, namesFile, parseChainLine, recordedFile, splitLines } from '../format/chain-line';
import { MerkleAccumulator } from '../format/merkle';
import type { FaultList } from './fault-list';
import type { FilesOnDisk } from './walk-bag';

export interface CheckedChain {
  /** Incident of the first readable record; empty when there is none. */
  readonly incident: string;
  readonly length: number;
  readonly root: Buffer;
}

/** Links, numbers, first and last record, and every recorded file against the file on disk. */
export function checkChain(content: Buffer, files: FilesOnDisk, incident: string, faults: FaultList): CheckedChain {
  const { lines: whole, rest } = splitLines(content);
  if (rest.length > 0) faults.add('chain', 'BAD_ENDING', CHAIN_FILE, 'the last line does not end in LF');
  const lines = rest.length > 0 ? [...whole, rest] : whole;
  if (lines.length === 0) faults.add('chain', 'EMPTY', CHAIN_FILE, 'there is no record');
  const records = readLines(lines, faults);
  checkEnds(records, files, faults);
  checkFiles(records, files, faults);

  const found = records.find((record) => record !== undefined)?.incident ?? '';
  if (found !== incident) {
    faults.add('identity', 'WRONG_INCIDENT', CHAIN_FILE, `the records are of ${JSON.stringify(found)}`);
  }
  const tree = new MerkleAccumulator();
  for (const line of lines) tree.append(line);
  return { incident: found, length: lines.length, root: tree.root() };
}

/** @returns a record a line; undefined where the line is none */
function readLines(lines: readonly Buffer[], faults: FaultList): (ChainRecord | undefined)[] {
  let previous = NO_PREVIOUS;
  let incident: string | undefined;
  return lines.map((line, index) => {
    const where = `line ${index + 1}`;
    const expected = previous;
    previous = hashOfLine(line);
    if (line.at(-1) === 13) faults.add('chain', 'BAD_LINE_ENDING', CHAIN_FILE, `${where} ends in CR LF`);
    const record = parseChainLine(line);
    if (record === undefined) {
      faults.add('chain', 'BAD_LINE', CHAIN_FILE, `${where} is no record`);
      return undefined;
    }
    if (record.seq !== index) faults.add('chain', 'BAD_SEQ', CHAIN_FILE, `${where} has the number ${record.seq}`);
    if (record.prev !== expected) {
      faults.add('chain', 'BAD_PREV', CHAIN_FILE, `${where} does not carry the hash of the line before it`);
    }
    incident ??= record.incident;
    if (record.incident !== incident) {
      faults.add('chain', 'MIXED_INCIDENTS', CHAIN_FILE, `${where} is of another incident than the lines before`);
    }
    return record;
  });
}

function checkEnds(records: readonly (ChainRecord | undefined)[], files: FilesOnDisk, faults: FaultList): void {
  const last = records.length - 1;
  for (const [index, record] of records.entries()) {
    const where = `line ${index + 1}`;
    if ((record?.type === 'open') !== (index === 0)) {
      faults.add('chain', 'BAD_OPEN', CHAIN_FILE, `${where}: the first record, and only that, is an open record`);
    }
    if (record?.type === 'seal' && index !== last) {
      faults.add('seal', 'AFTER_SEAL', CHAIN_FILE, `there are records behind the seal in ${where}`);
    }
  }
  const seal = records[last];
  if (seal?.type !== 'seal') {
    faults.add('seal', 'UNSEALED', CHAIN_FILE, 'the last record is no seal: the end may be missing');
    return;
  }
  const artefacts = records.filter((record) => record?.type === 'artefact').length;
  if (seal['records'] !== last || seal['artefacts'] !== artefacts) {
    faults.add('seal', 'COUNT_MISMATCH', CHAIN_FILE, `there are ${last} records and ${artefacts} artefacts before it`);
  }
  checkSealedTags(seal['tags'], files, faults);
}

/** What explains the bag, against the seal; a seal that says nothing of it leaves that to the tag manifests. */
function checkSealedTags(tags: unknown, files: FilesOnDisk, faults: FaultList): void {
  if (tags === undefined) return;
  const digests = new Map(typeof tags === 'object' && tags !== null ? Object.entries(tags) : []);
  for (const path of SEALED_TAGS) {
    const file = files.get(path);
    if (file !== undefined && digests.get(path) !== file.sha256) {
      faults.add('seal', 'TAG_MISMATCH', path, 'not the file that the seal names');
    }
  }
}

function checkFiles(records: readonly (ChainRecord | undefined)[], files: FilesOnDisk, faults: FaultList): void {
  const recorded = new Set<string>();
  for (const record of records) {
    if (record === undefined || !namesFile(record)) continue;
    const claim = recordedFile(record);
    if (claim === undefined) {
      faults.add('files', 'BAD_RECORD', CHAIN_FILE, `record ${record.seq} does not describe its file`);
      continue;
    }
    const { path } = claim;
    const file = files.get(path);
    if (recorded.has(path)) faults.add('files', 'DUPLICATE_PATH', path, `record ${record.seq} names it again`);
    recorded.add(path);
    if (file === undefined) {
      faults.add('files', 'MISSING_FILE', path, `record ${record.seq} names it, but it is not there`);
      continue;
    }
    if (file.bytes !== claim.bytes) {
      faults.add('files', 'SIZE_MISMATCH', path, `has ${file.bytes} bytes, record ${record.seq} says ${claim.bytes}`);
    }
    if (file.sha256 !== claim.sha256 || file.sha512 !== claim.sha512) {
      faults.add('files', 'HASH_MISMATCH', path, `not what record ${record.seq} says`);
    }
  }
  for (const path of files.keys()) {
    if (path.startsWith('data/') && !recorded.has(path)) {
      faults.add('files', 'UNRECORDED_FILE', path, 'no record names it');
    }
  }
}
