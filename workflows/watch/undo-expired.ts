import type { LateRecord } from '../../activities';
import { contain, flow } from '../lib/activities';
import { codeOf, faultOf, unrecordedOf } from '../lib/failure';
import type { Teller } from '../lib/tell';
import type { UndoItem, WatchInput } from '../messages';
import { watchNotice } from './report-round';

/**
 * Undoes what has expired (B14). What fails is told once and handed back: its row is released already, so nobody else would
 * think of it again.
 */
export async function undoExpired(
  input: WatchInput,
  teller: Teller,
  due: readonly UndoItem[],
): Promise<readonly UndoItem[]> {
  const failed: UndoItem[] = [];
  const missed: LateRecord[] = [];
  for (const item of due) {
    try {
      missed.push(...(await undo(input, item)));
    } catch (thrown) {
      if (codeOf(thrown) === 'CANCELLED') throw thrown;
      missed.push(...unrecordedOf(thrown));
      failed.push(item);
      const { host, kind } = item;
      const fact = { fact: 'expired-not-undone', host, kind, fault: faultOf(thrown) } as const;
      const key = `manual-expired-${item.actionId.split(':').slice(1).join('-')}`;
      teller.tell(watchNotice(input, 'manual-response', key, [fact]));
    }
  }
  if (missed.length > 0) await recordLate(input, missed);
  return failed;
}

/** History has them; whether the ledger is back is not worth the watch (L1). */
async function recordLate({ incident, authority }: WatchInput, records: readonly LateRecord[]): Promise<void> {
  try {
    await flow.recordLate(`write ${records.length} records that the ledger missed`, { incident, authority, records });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
  }
}

/** @returns what the ledger does not hold yet */
async function undo(input: WatchInput, item: UndoItem): Promise<readonly LateRecord[]> {
  const { order } = input;
  const host = {
    incident: input.incident,
    host: item.host,
    severity: order.severity,
    type: order.type,
    planHash: input.planHash,
    // By the order to end it, where there is one; else its time must be over.
    ...(item.ordered === undefined
      ? { authority: input.authority }
      : { operator: item.ordered.by, authority: item.ordered.authority }),
  };
  if (item.kind === 'forced-isolation') {
    const lifted = await contain.liftForcedIsolation(`${item.host}: forced isolation has expired, undo it`, host);
    return lifted.unrecorded;
  }
  const undone = await contain.undoAction(`${item.host}: ${item.kind} has expired, undo it`, {
    ...host,
    actionId: item.actionId,
  });
  return undone.unrecorded;
}
