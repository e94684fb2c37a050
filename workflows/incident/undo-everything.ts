import { condition, getExternalWorkflowHandle, patched } from '@temporalio/workflow';
import type { Fact } from '../../src/domain/fact';
import { contain } from '../lib/activities';
import { faultOf, unrecordedOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { MOST_CAUSES } from '../lib/stage-note';
import type { OrdersState, UndoItem } from '../messages';
import { workflowIds } from '../messages';
import type { Desk } from './desk';
import { recordLate } from './record-late';

/** Mark in histories: people hear that everything is undone when it is, not before. */
const TELLS_WHEN_UNDONE = 'tell-when-undone';

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
  const tellsAfterwards = patched(TELLS_WHEN_UNDONE);
  if (!tellsAfterwards) tellEnded(desk, ended);
  await stopWatch(desk);
  await recordLate(desk);
  const failures: Fact[] = [];
  const list = await whatIsInForce(desk, how, failures);
  const hosts = [...new Set(list.map((item) => item.host))];
  const failed = await sideBySide(hosts, async (host) => {
    const open: UndoItem[] = [];
    for (const item of list.filter((candidate) => candidate.host === host)) {
      try {
        await undo(desk, item, ended);
      } catch (thrown) {
        desk.missed(unrecordedOf(thrown));
        // The watch tries it again, by the same order.
        open.push({ ...item, ordered: { by, authority } });
        failures.push({ fact: 'not-undone', host, kind: item.kind, fault: faultOf(thrown) });
      }
    }
    return open;
  });
  desk.notUndone = failed.flat();
  desk.notUnblocked = [];
  await recordLate(desk);
  if (failures.length === 0) {
    if (tellsAfterwards) tellEnded(desk, ended);
    return true;
  }
  desk.raise('manual', ...failures.slice(0, MOST_CAUSES));
  desk.tell(
    'manual-response',
    `manual-undo-${desk.given.length}`,
    [
      ...failures.slice(0, 3),
      { fact: 'order-again', command: `firebreak ${how} ${order.incident}` },
      ...failures.flatMap((failure) => ifGone(failure, `firebreak ${how} ${order.incident}`)).slice(0, 3),
    ],
    `firebreak block list --incident ${order.incident}`,
  );
  return false;
}

/** People are told how to give up what is on a machine that is gone, or what its machine has no journal of any more. */
function ifGone(failure: Fact, command: string): Fact[] {
  if (failure.fact !== 'not-undone') return [];
  const { host, fault } = failure;
  const giveUp = { host, command: `${command} --gone ${host}` };
  if (fault.code === 'MACHINE_CHANGED') return [{ fact: 'if-machine-gone', ...giveUp }];
  return fault.code === 'JOURNAL_LOST' ? [{ fact: 'do-put-right', ...giveUp }] : [];
}

function tellEnded(desk: Desk, { how, by, authority, gone }: NonNullable<OrdersState['ended']>): void {
  const next = `firebreak report ${desk.order.incident}`;
  const facts: Fact[] = [{ fact: 'ended', how, by }];
  if (gone !== undefined) facts.push({ fact: 'given-up', hosts: gone, by });
  desk.tell(how, `${how}-${desk.given.length}`, facts, next, 1, authority);
}

/** Rows of the table, and what an earlier order could not undo. */
async function whatIsInForce(desk: Desk, how: string, failures: Fact[]): Promise<readonly UndoItem[]> {
  const kept = [...desk.unblocking, ...desk.notUnblocked, ...desk.notUndone];
  const notUndone = new Map(kept.map((item) => [item.actionId, item]));
  try {
    const rows = await contain.listUndo(`${how}: list what is in force`, desk.onBehalf);
    for (const item of rows) notUndone.delete(item.actionId);
    return [...rows, ...notUndone.values()];
  } catch (thrown) {
    failures.push({ fact: 'in-force-unknown', fault: faultOf(thrown) });
    return [...notUndone.values()];
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
    planHash: desk.result?.plan?.planHash ?? desk.carried?.plan?.planHash ?? '',
  };
  if (item.kind === 'forced-isolation') {
    const words = `${item.host}: lift forced isolation`;
    const { unrecorded } = await contain.liftForcedIsolation(words, input);
    desk.missed(unrecorded);
    return;
  }
  const { unrecorded } = await contain.undoAction(`${item.host}: undo ${item.kind}`, {
    ...input,
    actionId: item.actionId,
  });
  desk.missed(unrecorded);
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
