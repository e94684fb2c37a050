import { CHECKPOINT_FILE } from '../format/bagit';
import { originOf, parseCheckpoint } from '../format/checkpoint';
import { judgeNote, parseNote } from '../format/signed-note';
import type { VerificationKey } from '../format/verification-key';
import type { CheckedChain } from './check-chain';
import type { FaultList } from './fault-list';

/** The signed note against the chain, the pinned key and the expected incident. */
export function checkCheckpoint(
  content: Buffer,
  chain: CheckedChain,
  key: VerificationKey,
  incident: string,
  faults: FaultList,
): void {
  const note = parseNote(content);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) {
    faults.add('checkpoint', 'MALFORMED', CHECKPOINT_FILE, 'not a signed note of origin, size and root');
    faults.add('merkle', 'NO_ROOT', CHECKPOINT_FILE, 'there is no root to compare the records with');
    return;
  }
  if (checkpoint.size !== chain.length) {
    faults.add('merkle', 'SIZE_MISMATCH', CHECKPOINT_FILE, `is over ${checkpoint.size} records, not ${chain.length}`);
  }
  if (!checkpoint.root.equals(chain.root)) {
    faults.add('merkle', 'ROOT_MISMATCH', CHECKPOINT_FILE, 'is not over these records');
  }
  const judgement = judgeNote(note, key);
  if (judgement === 'unknown-key') {
    faults.add('checkpoint', 'UNKNOWN_KEY', CHECKPOINT_FILE, 'carries no signature by the pinned key');
  } else if (judgement === 'bad-signature') {
    faults.add('checkpoint', 'BAD_SIGNATURE', CHECKPOINT_FILE, 'the signature of the pinned key is not over this text');
  }
  if (checkpoint.origin !== originOf(key.name, incident)) {
    faults.add('identity', 'WRONG_ORIGIN', CHECKPOINT_FILE, `is of ${JSON.stringify(checkpoint.origin)}`);
  }
}
