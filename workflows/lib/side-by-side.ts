import { isCancellation } from '@temporalio/workflow';

/**
 * Works on all items at once. An error waits until all have ended, so that one host's trouble neither tears the others from their
 * work nor leaves it running unseen; a cancellation, which all of them get, comes before other errors.
 */
export async function sideBySide<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const errors = settled.flatMap((item) => (item.status === 'rejected' ? [item.reason as unknown] : []));
  if (errors.length > 0) throw errors.find(isCancellation) ?? errors[0];
  return settled.flatMap((item) => (item.status === 'fulfilled' ? [item.value] : []));
}
