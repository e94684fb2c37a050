import { condition, getExternalWorkflowHandle } from '@temporalio/workflow';
import { contain } from '../lib/activities';
import { wordsOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import type { OrdersState, UndoItem } from '../messages';
import { workflowIds } from '../messages';
import type { Desk } from './desk';

/** A look of the watch that is under way may last this long; until then a host may be touched by it. */
const WATCH_STOPS_WITHIN_MS = 90_000;

/**
 * Release and stand-down: this incident's controls are undone exactly, newest first, hosts side by side; what another incident owns
 * stays (B5, C4). An undo that fails is told and kept, never skipped in silence.
 * @returns false when something is still open
 */
export async function undoEverything(desk: Desk): Promise<boolean> {
  const { order } = desk.input;
  const { ended } = desk.orders;
  if (ended === null) return true;
  const { how, by, authority } = ended;
  desk.tell(how, `${how}-${desk.given.length}`, [`${how} by ${by}`], `firebreak report ${order.incident}`);
  await stopWatch(desk);
  const words: string[] = [];
  const list = await whatIsInForce(desk, how, words);
  const hosts = [...new Set(list.map((item) => item.host))];
  const failed = await sideBySide(hosts, async (host) => {
    const open: UndoItem[] = [];
    for (const item of list.filter((candidate) => candidate.host === host)) {
      try {
        await undo(desk, item, ended);
      } catch (thrown) {
        // The watch tries it again, by the same order.
        open.push({ ...item, ordered: { by, authority } });
        words.push(`${host}: ${item.kind} could not be undone: ${wordsOf(thrown)}`);
      }
    }
    return open;
  });
  desk.notUndone = failed.flat();
  if (words.length === 0) return true;
  desk.raise('manual', words.join('; ').slice(0, 500));
  desk.tell(
    'manual-response',
    `manual-undo-${desk.given.length}`,
    [...words.slice(0, 3), `order it again when the cause is gone: firebreak ${how} ${order.incident}`],
    `firebreak block list --incident ${order.incident}`,
  );
  return false;
}

/** Rows of the table, and what an earlier order could not undo. */
async function whatIsInForce(desk: Desk, how: string, words: string[]): Promise<readonly UndoItem[]> {
  try {
    const rows = await contain.listUndo(`${how}: list what is in force`, { incident: desk.order.incident });
    const listed = new Set(rows.map((item) => item.actionId));
    return [...rows, ...desk.notUndone.filter((item) => !listed.has(item.actionId))];
  } catch (thrown) {
    words.push(`what is in force could not be read: ${wordsOf(thrown)}`);
    return desk.notUndone;
  }
}

async function undo(desk: Desk, item: UndoItem, ended: NonNullable<OrdersState['ended']>): Promise<void> {
  const { order } = desk.input;
  const input = {
    incident: order.incident,
    host: item.host,
    severity: order.severity,
    type: order.type,
    operator: ended.by,
    authority: ended.authority,
  };
  if (item.kind === 'forced-isolation') {
    await contain.liftForcedIsolation(`${item.host}: lift forced isolation`, { ...input, expiresAt: item.expiresAt });
    return;
  }
  await contain.undoAction(`${item.host}: undo ${item.kind}`, {
    ...input,
    planHash: desk.result?.plan?.planHash ?? desk.carried?.plan?.planHash ?? '',
    actionId: item.actionId,
    drill: false,
  });
}

/** The watch must not put back what is being undone: its last word is waited for. */
async function stopWatch(desk: Desk): Promise<void> {
  if (desk.watch !== 'running') return;
  try {
    await getExternalWorkflowHandle(workflowIds.watch(desk.order.incident)).cancel();
  } catch {
    desk.watch = 'stopped';
    return;
  }
  await condition(() => desk.watch !== 'running', WATCH_STOPS_WITHIN_MS, {
    summary: 'wait until the watch touches no host any more',
  });
  desk.watch = 'stopped';
}
