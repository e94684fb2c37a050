import type { ChildWorkflowHandle } from '@temporalio/workflow';
import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  condition,
  getExternalWorkflowHandle,
  startChild,
} from '@temporalio/workflow';
import { priorityRank } from '../../src/domain/words';
import { TASK_QUEUES } from '../../src/domain/queues';
import { flow, summaryText } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { ResponseResult } from '../messages';
import { workflowIds } from '../messages';
import type { response } from '../response/response.workflow';
import type { Desk } from './desk';
import { handOverWithoutResponse } from './hand-over-without-response';

const QUIET_MS = 60_000;
const ANSWER_MS = 30_000;
const AFTER_DEADLINE_MS = 30_000;

type Attempt =
  { readonly kind: 'done'; readonly result: ResponseResult } | { readonly kind: 'failed'; readonly why: string };

/**
 * Runs the response, and once more after an unexpected failure, under the same absolute deadline and with the results so far
 * (B6). Two failures, or a response that outlives the deadline, end in the hand-over that needs no response.
 */
export async function respond(desk: Desk, cancelRequested: Promise<never>): Promise<void> {
  desk.responding = true;
  const first = await attempt(desk, 1, cancelRequested);
  let ended = first;
  if (first.kind === 'failed' && Date.now() < desk.deadlineAt) {
    desk.recorder.note({
      key: 'second-try',
      entry: {
        at: new Date().toISOString(),
        phase: desk.progress.phase,
        kind: 'failure',
        text: `second try: ${first.why}`,
      },
      audit: {
        key: `second-try:${desk.order.incident}`,
        level: 'ERROR',
        actor: 'firebreak',
        stage: 'event',
        action: 'second-try',
        subject: desk.order.incident,
        reason: first.why.slice(0, 500),
      },
    });
    ended = await attempt(desk, 2, cancelRequested);
  }
  desk.listenTo(undefined);
  desk.responding = false;
  desk.result = ended.kind === 'done' ? ended.result : await handOverWithoutResponse(desk, ended.why);
  await recordEnd(desk, desk.result);
}

async function attempt(desk: Desk, number: 1 | 2, cancelRequested: Promise<never>): Promise<Attempt> {
  const { order, title } = desk.input;
  try {
    const child = await startChild<typeof response>('response', {
      workflowId: workflowIds.response(order.incident, number),
      taskQueue: TASK_QUEUES.flow,
      args: [
        {
          order,
          title,
          deadlineAt: new Date(desk.deadlineAt).toISOString(),
          limits: order.limits,
          orders: desk.orders,
          before: desk.carried,
          attempt: number,
        },
      ],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      priority: { priorityKey: 1 + Math.min(4, Math.floor(priorityRank(order.severity, order.type) / 4)) },
      staticSummary: summaryText(`${order.severity} ${order.type}: ${title}`),
      ...(number === 1
        ? {}
        : { staticDetails: 'Second try: what the first one is known to have done is not done again.' }),
    });
    desk.listenTo(child);
    cancelRequested.catch(() => getExternalWorkflowHandle(child.workflowId).cancel()).catch(() => undefined);
    return await untilDoneOrStuck(desk, child, number);
  } catch (thrown) {
    return { kind: 'failed', why: wordsOf(thrown) };
  }
}

/** A response whose workflow tasks keep failing says nothing, not even when asked; it is ended, and counts as failed. */
async function untilDoneOrStuck(
  desk: Desk,
  child: ChildWorkflowHandle<typeof response>,
  number: 1 | 2,
): Promise<Attempt> {
  let ended: Attempt | undefined;
  const finished = child.result().then(
    (result) => {
      ended = { kind: 'done', result };
    },
    (thrown: unknown) => {
      ended = { kind: 'failed', why: `${codeOf(thrown)}: ${wordsOf(thrown)}` };
    },
  );
  while (ended === undefined) {
    const heard = desk.heardFromResponse;
    const news = (): boolean => ended !== undefined || desk.heardFromResponse !== heard;
    if (await condition(news, QUIET_MS, { summary: 'response quiet for a minute: ask whether it is alive' })) continue;
    await desk.passOnOrders();
    const alive = await condition(news, ANSWER_MS, { summary: 'wait for the response’s sign of life' });
    const overdue = Date.now() > desk.deadlineAt + AFTER_DEADLINE_MS;
    if (alive && !overdue) continue;
    const reason = overdue ? 'the response outlived the deadline' : 'the response is stuck: its workflow tasks fail';
    await flow.endStuckRun(`end the stuck response ${number}`, {
      workflowId: child.workflowId,
      runId: child.firstExecutionRunId,
      reason,
    });
    await finished;
  }
  return ended;
}

async function recordEnd(desk: Desk, result: ResponseResult): Promise<void> {
  const { order } = desk.input;
  desk.update({
    outcome: result.outcome,
    abnormal: result.abnormal,
    securityState: result.securityState,
    needsHuman: needsHuman(result),
    failures: result.failures,
    results: result.results,
  });
  setAttributes({ Outcome: result.outcome });
  desk.recorder.note({
    key: 'response-end',
    patch: {
      outcome: result.outcome,
      abnormal: result.abnormal,
      securityState: result.securityState,
      needsHuman: needsHuman(result),
      responseEndedAt: result.endedAt,
      deadlineMet: result.deadlineMet,
    },
  });
  await desk.recorder.flushed();
  if (order.group !== undefined && order.groupMembers !== undefined) {
    try {
      await flow.writeOverview('write the joint overview, if this is the last of the group', {
        group: order.group,
        members: order.groupMembers.map((member) => member.incident),
      });
    } catch (thrown) {
      desk.tell('failure', 'failure-overview', [`the joint overview could not be written: ${wordsOf(thrown)}`]);
    }
  }
}

function needsHuman(result: ResponseResult): boolean {
  return result.abnormal !== 'none' && result.abnormal !== 'partial';
}
