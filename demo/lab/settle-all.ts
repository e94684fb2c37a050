/**
 * As `Promise.all`, but never rejects before all are settled: what is still being made could not be removed.
 *
 * @throws the first failure, in the order given.
 */
export async function settleAll<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
