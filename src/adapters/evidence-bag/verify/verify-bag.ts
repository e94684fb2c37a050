import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EvidenceFault, EvidenceVerdict, Verdict } from '../../../domain/evidence';
import { FirebreakError } from '../../../domain/errors';
import { ifPresent, readRegularFile } from '../files/durable-files';
import { LineTooLong, readLines } from '../files/read-lines';
import { CHAIN_FILE, CHECKPOINT_FILE } from '../format/bagit';
import { BAG_LIMITS } from '../format/limits';
import type { VerificationKey } from '../format/verification-key';
import { parseVerificationKey } from '../format/verification-key';
import { checkChain } from './check-chain';
import { checkCheckpoint } from './check-checkpoint';
import type { LineReader, TagReader } from './check-manifests';
import { checkBagInfo, checkManifests } from './check-manifests';
import { BagTooLarge, FaultList } from './fault-list';
import { walkBag } from './walk-bag';

/** Faults of these leave a bag that fits together: what is missing is the right key or the right incident. */
const ABOUT_TRUST: readonly EvidenceFault['layer'][] = ['checkpoint', 'identity'];

const NOT_PROVEN = {
  always: [
    'TIMED: NOT CHECKED. The times in the records are the word of whoever held the key.',
    "WITNESSED: NOT CHECKED. The key's holder may have sealed another version; compare the report's checkpoint.",
    "A host under an attacker's control can have shown false bytes.",
  ],
  unsigned: ['SIGNED: that this is what the holder of the pinned key sealed for the expected incident.'],
  broken: ['INTACT: that the bag is as it was sealed.'],
  disposed: ['The collected bytes are disposed: the records name them, and nobody can compare them any more.'],
};

/**
 * Verifies a sealed bag against a key and an incident that the caller knows by another way (E6); lists all faults. The verdict
 * goes up to SIGNED. `verify.py` in the bag does the same by code of its own.
 *
 * @param expected.disposed the collected bytes were deleted by order: that they are missing is no fault; everything else is
 * @throws FirebreakError BAD_INPUT when the key is no C2SP verification key or the incident is empty
 */
export async function verifyBag(
  bagPath: string,
  expected: { readonly incident: string; readonly publicKey: string; readonly disposed?: boolean },
): Promise<EvidenceVerdict> {
  const key = parseVerificationKey(expected.publicKey);
  if (key === undefined)
    throw new FirebreakError('BAD_INPUT', 'The pinned key is no verification key (name+hash+base64).');
  if (expected.incident === '') throw new FirebreakError('BAD_INPUT', 'The expected incident is missing.');

  const faults = new FaultList(expected.disposed === true ? isMissingPayload : undefined);
  const root = resolve(bagPath);
  if ((await ifPresent(lstat(root)))?.isDirectory() !== true) {
    faults.add('bag', 'NOT_A_BAG', '.', 'there is no such directory');
    return conclude('', 0, faults);
  }
  try {
    const { incident, length } = await checkContents(root, key, expected.incident, faults);
    const verdict = conclude(incident, length, faults);
    if (expected.disposed !== true) return verdict;
    return { ...verdict, notProven: [...NOT_PROVEN.disposed, ...verdict.notProven] };
  } catch (thrown) {
    if (thrown instanceof BagTooLarge) return conclude('', 0, faults);
    throw thrown;
  }
}

/** Nothing of `data/` is there, and its size is not the one that was. */
function isMissingPayload(layer: string, code: string, file: string): boolean {
  const ofPayload = file === 'data' || file.startsWith('data/');
  return (
    (ofPayload && (code === 'MISSING_FILE' || code === 'MISSING_DIRECTORY')) ||
    (layer === 'bag' && code === 'OXUM_MISMATCH')
  );
}

async function checkContents(
  root: string,
  key: VerificationKey,
  incident: string,
  faults: FaultList,
): Promise<{ readonly incident: string; readonly length: number }> {
  const files = await walkBag(root, faults);
  const read: TagReader = async (path) => (files.has(path) ? readRegularFile(join(root, path)) : undefined);
  const linesOf: LineReader = (path, layer) =>
    files.has(path) ? linesIn(join(root, path), path, layer, faults) : undefined;
  await checkManifests(files, linesOf, faults);
  await checkBagInfo(files, read, incident, faults);
  const lines = linesOf(CHAIN_FILE, 'chain');
  // A missing file is a fault already; an empty chain in its place would only repeat it.
  if (lines === undefined) return { incident: '', length: 0 };
  const chain = await checkChain(lines, files, incident, faults);
  const checkpoint = await read(CHECKPOINT_FILE);
  if (checkpoint !== undefined) checkCheckpoint(checkpoint, chain, key, incident, faults);
  return chain;
}

async function* linesIn(
  path: string,
  shown: string,
  layer: 'manifest' | 'chain',
  faults: FaultList,
): AsyncGenerator<Buffer> {
  try {
    for await (const { bytes, ended } of readLines(path, BAG_LIMITS.lineBytes)) {
      if (!ended) faults.add(layer, 'BAD_ENDING', shown, 'the last line does not end in LF');
      yield bytes;
    }
  } catch (thrown) {
    if (thrown instanceof LineTooLong) {
      faults.tooLarge(layer, shown, `a line of more than ${BAG_LIMITS.lineBytes} bytes`);
    }
    throw thrown;
  }
}

function conclude(incident: string, records: number, list: FaultList): EvidenceVerdict {
  const faults = list.sorted();
  const verdict = verdictOf(faults);
  const notProven = [
    ...(verdict === 'BROKEN' ? NOT_PROVEN.broken : []),
    ...(verdict === 'SIGNED' ? [] : NOT_PROVEN.unsigned),
    ...NOT_PROVEN.always,
  ];
  return { verdict, incident, records, faults, notProven };
}

function verdictOf(faults: readonly EvidenceFault[]): Verdict {
  if (faults.some((fault) => !ABOUT_TRUST.includes(fault.layer))) return 'BROKEN';
  return faults.length > 0 ? 'INTACT' : 'SIGNED';
}
