import { ApplicationFailure, log, ParentClosePolicy, patched, proxyActivities, startChild } from '@temporalio/workflow';
import type { Enrolled, EnrolmentInput, EnrolmentActivities } from '../../activities';
import { TASK_QUEUES } from '../../src/domain/queues';
import type { recoveryNotice } from './recovery-notice.workflow';

const TELLS_OF_RECOVERY = 'tells-of-recovery';

/** Somebody waits at a terminal for the answer. */
const enrol = proxyActivities<EnrolmentActivities>({
  taskQueue: TASK_QUEUES.flow,
  startToCloseTimeout: '20 s',
  scheduleToCloseTimeout: '60 s',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '5 s' },
});

/** One order about who may give orders (B15). It decides nothing: the activity asks for the grant, or for the proof of the first one. */
export async function enrolment(input: EnrolmentInput): Promise<Enrolled> {
  // Whoever reaches the server gives the input: what is no order must end the run, not fail its task again and again.
  const given = input as Partial<Record<'first' | 'grantId' | 'order', unknown>> | null | undefined;
  if (typeof given !== 'object' || given === null || (given.first === undefined && typeof given.order !== 'object'))
    throw ApplicationFailure.nonRetryable('The input is no order.', 'BAD_INPUT');
  if ('first' in input) {
    return enrol.enrolFirst.executeWithOptions({ summary: 'Enrol the first operator' }, [{ request: input.first }]);
  }
  const { grantId, order } = input;
  const done = await enrol.carryOutEnrolment.executeWithOptions({ summary: 'Carry out an order about an operator' }, [
    { grantId, order },
  ]);
  if (order.action === 'operator-recover' && patched(TELLS_OF_RECOVERY)) await tellAside(grantId);
  return done;
}

/** Whoever waits for the secret does not wait for the messages. One that cannot be started leaves the event in the ledger. */
async function tellAside(grantId: string): Promise<void> {
  try {
    await startChild<typeof recoveryNotice>('recoveryNotice', {
      workflowId: `recovery-notice:${grantId}`,
      args: [{ grantId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch {
    log.warn('nobody is told of the recovery: its workflow did not start', { grantId });
  }
}
