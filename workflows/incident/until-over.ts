import { allHandlersFinished, condition, continueAsNew, patched, sleep, workflowInfo } from '@temporalio/workflow';
import { WATCH_INTERVAL_MS } from '../../src/domain/numbers';
import { settledWithin } from '../lib/deadline';
import { codeOf } from '../lib/failure';
import type { IncidentInput } from '../messages';
import type { Desk } from './desk';
import { startWatch } from './start-watch';
import { undoEverything } from './undo-everything';
import { writeRevision } from './write-revision';
import { ASKS_WHAT_IS_BEGUN, whatIsBegun } from './what-is-begun';

/** Mark in histories: what could not be undone stands in a new revision of the report. */
const REPORTS_HALF_UNDONE = 'report-half-undone';

/** A watch that says nothing for this long is dead: it gives a sign of life every 30 minutes. */
const WATCH_SILENCE_MS = 45 * 60_000;

/**
 * After the response: waits until the incident is over, keeps its watch alive, undoes everything when people end it, and goes on
 * in a new run when its history is long. An undo that fails leaves the incident open, so that it can be ordered again.
 */
export async function untilOver(desk: Desk): Promise<void> {
  for (;;) {
    await nextEvent(desk);
    const { ended } = desk.orders;
    if (ended !== null) {
      if (await undoEverything(desk)) return;
      desk.given = desk.given.filter(({ order }) => !['stand-down', 'release', 'take-over'].includes(order.action));
      await startWatch(desk);
      // It can be ordered again while the report is written.
      if (patched(REPORTS_HALF_UNDONE)) await reportHalfUndone(desk, ended.how);
    } else if (desk.overAndDone) {
      if (await nothingIsBegun(desk)) return;
    } else if (workflowInfo().continueAsNewSuggested) {
      await goOnInNewRun(desk);
    } else {
      await replaceWatch(desk);
    }
  }
}

/** The incident stays open, and its newest report must not say that all is well. */
async function reportHalfUndone(desk: Desk, how: 'release' | 'stand-down'): Promise<void> {
  await desk.recorder.flushed();
  const key = `failure-report-${desk.revision + 1}-${desk.given.length}`;
  await writeRevision(desk, 'report what could not be undone', key, desk.outcomeBy(how), []);
}

/**
 * An incident never closes over a control that is in force or half put on. A watch that says it has ended is a signal, and anybody can
 * send one (B15); one that was never started says nothing at all. So the tables have the last word. While something is begun, or
 * nobody can say, the watch has not ended but stopped.
 */
async function nothingIsBegun(desk: Desk): Promise<boolean> {
  const { result, order } = desk;
  const asks = patched(ASKS_WHAT_IS_BEGUN);
  if (desk.watch !== 'ended' && (!asks || order.drill || result === null)) return true;
  try {
    const listed = await whatIsBegun(desk, 'before it closes: is nothing in force?');
    // People have ended it meanwhile.
    if (listed === undefined) return false;
    if (listed.every((item) => !asks && item.doubtful === true)) return !desk.isLettingGo;
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
  }
  desk.watch = 'stopped';
  return false;
}

/** An end, a history that is long enough, or a watch that has stopped or fallen silent. */
async function nextEvent(desk: Desk): Promise<void> {
  for (;;) {
    const heard = desk.heardFromWatch;
    const due = (): boolean => desk.overAndDone || workflowInfo().continueAsNewSuggested || desk.watch === 'stopped';
    if (desk.watch !== 'running') return condition(due);
    const words = { summary: 'wait for the watch’s next sign of life' };
    const news = await condition(() => due() || desk.heardFromWatch !== heard, WATCH_SILENCE_MS, words);
    if (!news || due()) return;
  }
}

/** Somebody ended the watch by force, or it hangs: what is in force must not go unwatched in silence. */
async function replaceWatch(desk: Desk): Promise<void> {
  const fact = { fact: 'watch-restarted' } as const;
  desk.raise('manual', fact);
  desk.tell('manual-response', 'manual-watch-stopped', [fact]);
  await sleep(WATCH_INTERVAL_MS, { summary: 'start the watch again' });
  if (desk.orders.ended === null) await startWatch(desk);
}

async function goOnInNewRun(desk: Desk): Promise<void> {
  await condition(allHandlersFinished);
  await desk.recorder.flushed();
  await settledWithin(10_000, 'hand over what people are to be told', () => desk.teller.idle);
  if (desk.orders.ended !== null) return;
  const input: IncidentInput = { ...desk.input, resumed: desk.resumable() };
  await continueAsNew<(next: IncidentInput) => Promise<unknown>>(input);
}
