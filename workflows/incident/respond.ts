import type { ChildWorkflowHandle } from '@temporalio/workflow';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  startChild,
} from '@temporalio/workflow';
import type { Fault } from '../../src/domain/fault';
import { faultInEnglish } from '../../src/domain/fact-words';
import { priorityRank } from '../../src/domain/words';
import { TASK_QUEUES } from '../../src/domain/queues';
import { summaryText } from '../lib/activities';
import { faultOf } from '../lib/failure';
import type { ResponseResult } from '../messages';
import { workflowIds } from '../messages';
import type { response } from '../response/response.workflow';
import type { Desk } from './desk';
import { endIfStuck } from './end-if-stuck';
import { handOverWithoutResponse } from './hand-over-without-response';
import { recall } from './recall';
import { recordEnd } from './record-end';

type Attempt =
  { readonly kind: 'done'; readonly result: ResponseResult } | { readonly kind: 'failed'; readonly fault: Fault };

/**
 * Runs the response, and once more after an unexpected failure, under the same absolute deadline and with the results so far
 * (B6). Two failures, or a response that outlives the deadline, end in the hand-over that needs no response.
 */
export async function respond(desk: Desk): Promise<void> {
  let ended = await attempt(desk, 1);
  if (ended.kind === 'failed' && Date.now() < desk.deadlineAt) {
    recordSecondTry(desk, ended.fault);
    await recall(desk);
    ended = await attempt(desk, 2);
  }
  desk.hangUp();
  desk.result =
    ended.kind === 'done' ? ended.result : await handOverWithoutResponse(desk, await recall(desk), ended.fault);
  await recordEnd(desk, desk.result);
}

/**
 * One try. The child stands in a scope of its own: what cancels the incident is passed on to it by the desk, and the child's last
 * word, the hand-over, is waited for.
 */
async function attempt(desk: Desk, number: 1 | 2): Promise<Attempt> {
  const line = new CancellationScope();
  desk.responding = number;
  try {
    const child = await line.run(() => startResponse(desk, number));
    desk.listenTo(child, () => line.cancel());
    const ended = outcomeOf(child);
    await endIfStuck(desk, child, ended.is);
    return await ended.attempt;
  } catch (thrown) {
    return { kind: 'failed', fault: faultOf(thrown) };
  }
}

function outcomeOf(child: ChildWorkflowHandle<typeof response>): {
  readonly attempt: Promise<Attempt>;
  readonly is: () => boolean;
} {
  let over = false;
  const attempt = child.result().then(
    (result): Attempt => ({ kind: 'done', result }),
    (thrown: unknown): Attempt => ({ kind: 'failed', fault: faultOf(thrown) }),
  );
  void attempt.then(() => {
    over = true;
  });
  return { attempt, is: () => over };
}

function startResponse(desk: Desk, number: 1 | 2): Promise<ChildWorkflowHandle<typeof response>> {
  const { order, title } = desk.input;
  return startChild<typeof response>('response', {
    workflowId: workflowIds.response(order.incident, number),
    taskQueue: TASK_QUEUES.flow,
    args: [
      {
        order,
        authority: desk.authority,
        title,
        deadlineAt: new Date(desk.deadlineAt).toISOString(),
        limits: order.limits,
        orders: desk.given,
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
}

function recordSecondTry(desk: Desk, fault: Fault): void {
  desk.recorder.note({
    key: 'second-try',
    entry: {
      at: new Date().toISOString(),
      phase: desk.progress.phase,
      kind: 'failure',
      fact: { fact: 'second-try', fault },
    },
    audit: {
      level: 'ERROR',
      action: 'second-try',
      subject: desk.order.incident,
      reason: faultInEnglish(fault).slice(0, 500),
    },
  });
}
