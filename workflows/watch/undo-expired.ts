import type { AuditEvent } from '../../src/domain/ledger';
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
  const events: AuditEvent[] = [];
  for (const item of due) {
    try {
      events.push(...(await undo(input, item)));
    } catch (thrown) {
      if (codeOf(thrown) === 'CANCELLED') throw thrown;
      events.push(...unrecordedOf(thrown));
      failed.push(item);
      const { host, kind } = item;
      const fact = { fact: 'expired-not-undone', host, kind, fault: faultOf(thrown) } as const;
      const key = `manual-expired-${item.actionId.split(':').slice(1).join('-')}`;
      teller.tell(watchNotice(input, 'manual-response', key, [fact]));
    }
  }
  if (events.length > 0) await recordLate(input, events);
  return failed;
}

/** History has them; whether the ledger is back is not worth the watch (L1). */
async function recordLate({ incident }: WatchInput, events: readonly AuditEvent[]): Promise<void> {
  try {
    const words = `append ${events.length} events that the ledger missed`;
    await flow.recordLate(words, { incident, events, results: [] });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
  }
}

/** @returns events that the ledger does not hold yet */
async function undo(input: WatchInput, item: UndoItem): Promise<readonly AuditEvent[]> {
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
    const lifted = await contain.liftForcedIsolation(`${item.host}: forced isolation has expired, lift it`, {
      ...host,
      expiresAt: item.expiresAt,
    });
    return lifted.unrecorded;
  }
  const undone = await contain.undoAction(`${item.host}: ${item.kind} has expired, undo it`, {
    ...host,
    planHash: input.planHash,
    actionId: item.actionId,
    drill: false,
  });
  return undone.unrecorded;
}
