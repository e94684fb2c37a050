import { currentUpdateInfo, workflowInfo } from '@temporalio/workflow';
import type { Authority } from '../../activities';
import type { Order } from '../../src/domain/order';
import { ERRORS } from '../../src/domain/errors';
import { flow } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import type { Granted, GivenOrder, OrderReply } from '../messages';
import { alertUnauthorised } from './alert-unauthorised';
import type { Desk } from './desk';
import { refuse } from '../lib/refuse';

/**
 * The one way in for every order: grant → state → record → pass on. An order without a valid grant does nothing but alert (B15).
 * @throws ApplicationFailure with the code of the refusal
 */
export async function carryOut(
  desk: Desk,
  input: Granted,
  order: Order,
  rules: { readonly check: () => void; readonly then: (operator: string, authority: Authority) => void },
): Promise<{ readonly reply: OrderReply; readonly given: GivenOrder }> {
  const use = useOf(order);
  const by = await verified(desk, input, order, use);
  rules.check();
  if ((order.action === 'approve' || order.action === 'reject') && by === desk.order.operator)
    throw refuse('OPERATOR_NOT_ALLOWED', { cause: 'own-request' });
  const given = { order, grantId: input.grantId, use, by };
  // Carried out at once, and long: no later run and no response need know of it.
  if (order.action !== 'unblock') desk.given = [...desk.given, given];
  rules.then(by, { grantId: input.grantId, use });
  desk.recorder.note({
    key: `order:${use}`,
    entry: {
      at: new Date().toISOString(),
      phase: desk.progress.phase,
      kind: 'order',
      // The worker takes the words from the signed order.
      fact: { fact: 'ordered', action: order.action, by, reason: input.reason },
    },
  });
  await desk.passOnOrders();
  return { reply: { incident: desk.order.incident, done: order.action }, given };
}

/** One Update in one run: the same order, sent again by somebody else, is another use of its grant. A reset is the same run. */
function useOf(order: Order): string {
  return `${order.action}:${currentUpdateInfo()?.id ?? ''}@${workflowInfo().originalExecutionRunId}`;
}

async function verified(desk: Desk, input: Granted, order: Order, use: string): Promise<string> {
  try {
    const signed = await flow.authorise(`check the grant: ${order.action} by ${input.operator}`, {
      grantId: input.grantId,
      expected: order,
      use,
    });
    return signed.operator;
  } catch (thrown) {
    const found = codeOf(thrown);
    const code = found === 'UNEXPECTED' || found === 'CANCELLED' ? 'NOT_AUTHORISED' : found;
    // An outage is no forgery: the order is refused (fails closed), nobody is accused.
    if (!ERRORS[code].retryable && code !== 'SHARE_USED_UP') alertUnauthorised(desk, input, order.action, code);
    throw refuse(code, wordsOf(thrown));
  }
}
