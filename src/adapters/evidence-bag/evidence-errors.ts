import { FirebreakError, ensureFirebreakError } from '../../domain/errors';
import { errnoOf, isDiskFull } from './files/durable-files';

/** Gives what a file system throws its code of the catalogue. */
export function evidenceError(thrown: unknown): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  if (isDiskFull(thrown)) return new FirebreakError('DISK_FULL', undefined, { cause: thrown });
  // A symbolic link or a file where one of our directories was: somebody has been here.
  if (['ELOOP', 'ENOTDIR'].includes(errnoOf(thrown) ?? '')) {
    return new FirebreakError('EVIDENCE_BROKEN', { cause: 'bag-replaced' }, { cause: thrown });
  }
  return ensureFirebreakError(thrown);
}

/** Runs `work`; whatever it throws has a code afterwards. */
export async function withCodes<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw evidenceError(error);
  }
}
