import { contain } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
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
  for (const item of due) {
    try {
      await undo(input, item);
    } catch (thrown) {
      if (codeOf(thrown) === 'CANCELLED') throw thrown;
      failed.push(item);
      const facts = [`${item.host}: ${item.kind} has expired and could not be undone: ${wordsOf(thrown)}`];
      const key = `manual-expired-${item.actionId.split(':').slice(1).join('-')}`;
      teller.tell(watchNotice(input, 'manual-response', key, facts));
    }
  }
  return failed;
}

async function undo(input: WatchInput, item: UndoItem): Promise<void> {
  const { order } = input;
  const host = {
    incident: input.incident,
    host: item.host,
    severity: order.severity,
    type: order.type,
    operator: item.ordered?.by ?? 'firebreak',
    ...(item.ordered === undefined ? {} : { authority: item.ordered.authority }),
  };
  if (item.kind === 'forced-isolation') {
    await contain.liftForcedIsolation(`${item.host}: forced isolation has expired, lift it`, {
      ...host,
      expiresAt: item.expiresAt,
    });
    return;
  }
  await contain.undoAction(`${item.host}: ${item.kind} has expired, undo it`, {
    ...host,
    planHash: input.planHash,
    actionId: item.actionId,
    drill: false,
  });
}
