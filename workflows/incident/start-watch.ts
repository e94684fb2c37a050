import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, WorkflowIdReusePolicy, patched, startChild } from '@temporalio/workflow';
import type { UndoItem } from '../../activities';
import type { Fact } from '../../src/domain/fact';
import { TASK_QUEUES } from '../../src/domain/queues';
import { WATCH_INTERVAL_MS } from '../../src/domain/numbers';
import { summaryText } from '../lib/activities';
import { codeOf, faultOf } from '../lib/failure';
import { workflowIds } from '../messages';
import type { watch } from '../watch/watch.workflow';
import type { Desk } from './desk';
import { ASKS_WHAT_IS_BEGUN, whatIsBegun } from './what-is-begun';

/** As many as a notice tells. */
const FIRST_BEGUN = 3;

/** Real-time watching begins when something is in force, and lives until the last control is released or expired (B14). */
export async function startWatch(desk: Desk): Promise<void> {
  const { order, title } = desk.input;
  const { result } = desk;
  const { decision } = desk.orders;
  desk.enter('watching');
  const isOver = (): boolean => result === null || order.drill || desk.orders.ended !== null;
  if (isOver() || !(await isAnythingBegun(desk)) || isOver()) {
    desk.watch = 'none';
    return;
  }
  const minutesSince = Math.floor((Date.now() - Date.parse(order.declaredAt)) / WATCH_INTERVAL_MS);
  try {
    await startChild<typeof watch>('watch', {
      workflowId: workflowIds.watch(order.incident),
      taskQueue: TASK_QUEUES.flow,
      args: [
        {
          ...desk.onBehalf,
          ...(decision?.approved === true ? { approval: decision.authority } : {}),
          order,
          title,
          // Empty when nobody could read the plan back: the activities go by the one on record.
          planHash: result?.plan?.planHash ?? desk.carried?.plan?.planHash ?? '',
          before: result?.readingsBefore ?? [],
          lastState: desk.progress.securityState ?? result?.securityState ?? 'degraded',
          // Rounds name the notices, so a second watch must not begin at 0 again.
          rounds: desk.heardFromWatch === 0 && desk.watch === 'none' ? 0 : Math.max(1, minutesSince),
          notUndone: desk.notUndone,
        },
      ],
      // It outlives the runs of the incident, which end it by a message (a continue-as-new would cancel it otherwise).
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: summaryText(`watch ${order.hosts.join(', ')} for ${order.incident}`),
    });
    desk.watch = 'running';
  } catch (thrown) {
    if (thrown instanceof WorkflowExecutionAlreadyStartedError) {
      desk.watch = 'running';
      return;
    }
    desk.watch = 'none';
    const fact = { fact: 'watch-not-started' } as const;
    desk.raise('manual', fact);
    desk.tell('manual-response', 'manual-watch', [fact]);
  }
}

/**
 * Whether something is in force, or may be. What the response tells is enough for a yes. For a no the tables are asked: an act that failed
 * may have done a part of its work (B5, B14).
 */
async function isAnythingBegun(desk: Desk): Promise<boolean> {
  const { result, notUndone } = desk;
  const told =
    notUndone.length > 0 || (result?.results.some((done) => done.counts.applied + done.counts.already > 0) ?? false);
  if (told && (result?.plan ?? null) !== null) return true;
  if (!patched(ASKS_WHAT_IS_BEGUN)) return false;
  try {
    const begun = await whatIsBegun(desk, 'has any act begun that may be in force?');
    if (begun === undefined || begun.length === 0) return false;
    tellBegun(desk, begun);
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    const fact = { fact: 'in-force-unknown', fault: faultOf(thrown) } as const;
    desk.raise('manual', fact);
    desk.tell('manual-response', 'manual-begun', [fact]);
  }
  return true;
}

/** The response told of none of these, so people may think that nothing was done. */
function tellBegun(desk: Desk, begun: readonly UndoItem[]): void {
  const command = `firebreak release ${desk.order.incident}`;
  const facts = begun
    .slice(0, FIRST_BEGUN)
    .map(({ host, kind, expiresAt }): Fact => ({ fact: 'act-half-done', host, kind, until: expiresAt }));
  desk.tell('manual-response', 'manual-half-done', [...facts, { fact: 'undo-by', command }], command);
}
