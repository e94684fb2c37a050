import { codeOf } from './failure';

/**
 * Repeats, with all its retries, what failed before it touched anything because the tables were away: an outage of ours is no
 * failure of a host. The time share around it is the limit (B7).
 * @param missed is given each failure before the next round, and ends the rounds by throwing
 */
export async function pastOutage<T>(
  work: () => Promise<T>,
  missed: (thrown: unknown) => void = () => undefined,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (codeOf(thrown) !== 'DATABASE_UNREACHABLE') throw thrown;
      missed(thrown);
    }
  }
}
