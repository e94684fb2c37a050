import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { FirebreakError } from '../domain/errors';

/** Permission bits that a file must not have; the rest of the system is trusted as its owner set it. */
export const WRITABLE_BY_OTHERS = 0o022;

/**
 * Reads a file that decides what this process does. It belongs to root or to the account that reads it, and nobody else may write it:
 * whoever can write it commands this process.
 * @param forbidden permission bits that are refused, e.g. WRITABLE_BY_OTHERS
 * @param advice what to do about them
 * @returns undefined when there is no such file
 * @throws FirebreakError CONFIG_INVALID
 */
export function readTrustedFile(path: string, forbidden: number, advice: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FirebreakError('CONFIG_INVALID', `${path} cannot be read: ${(thrown as Error).message}`);
  }
  try {
    // Of the opened file, not of the path: nothing can change in between.
    const { uid, mode } = fstatSync(descriptor);
    const self = process.geteuid?.() ?? uid;
    if (uid !== 0 && uid !== self)
      throw new FirebreakError('CONFIG_INVALID', `${path} belongs to uid ${uid}, neither to root nor to this account.`);
    if ((mode & forbidden) !== 0)
      throw new FirebreakError('CONFIG_INVALID', `${path} ${advice} (mode ${(mode & 0o777).toString(8)})`);
    return readFileSync(descriptor, 'utf8');
  } catch (thrown) {
    if (thrown instanceof FirebreakError) throw thrown;
    throw new FirebreakError('CONFIG_INVALID', `${path} cannot be read: ${(thrown as Error).message}`);
  } finally {
    closeSync(descriptor);
  }
}
