import { ensureFirebreakError } from '../src/domain/errors';

/** @returns undefined while the tables are away: an authorised run goes on without them (L1) */
export async function unlessAway<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (ensureFirebreakError(thrown).code !== 'DATABASE_UNREACHABLE') throw thrown;
    return undefined;
  }
}
