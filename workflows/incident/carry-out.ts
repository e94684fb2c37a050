import type { Order } from '../../src/domain/order';
import type { ErrorCode } from '../../src/domain/errors';
import { ERRORS } from '../../src/domain/errors';
import { flow } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import type { Granted, OrderReply } from '../messages';
import type { Desk } from './desk';
import { refuse } from './refuse';

/** Alerts of one incident about orders without authority; whoever sends more of them only fills the audit log. */
const ALERTS_AT_MOST = 5;

/**
 * The one way in for every order: grant → state → record → pass on. An order without a valid grant does nothing but alert (B15).
 * @throws ApplicationFailure with the code of the refusal
 */
export async function carryOut(
  desk: Desk,
  input: Granted,
  order: Order,
  rules: { readonly check: () => void; readonly then: (operator: string) => void },
): Promise<OrderReply> {
  const use = `${order.action}:${input.grantId}`;
  const by = await verified(desk, input, order, use);
  rules.check();
  if ((order.action === 'approve' || order.action === 'reject') && by === desk.order.operator)
    throw refuse('OPERATOR_NOT_ALLOWED', 'nobody approves their own request');
  desk.given = [...desk.given, { order, grantId: input.grantId, use, by }];
  rules.then(by);
  desk.recorder.note({
    key: `order:${use}`,
    entry: {
      at: new Date().toISOString(),
      phase: desk.progress.phase,
      kind: 'order',
      text: `${order.action} by ${by}: ${input.reason}`,
    },
  });
  await desk.passOnOrders();
  return { incident: desk.order.incident, done: order.action };
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
    if (!ERRORS[code].retryable && code !== 'SHARE_USED_UP') alert(desk, input, order, code);
    throw refuse(code, wordsOf(thrown));
  }
}

function alert(desk: Desk, input: Granted, order: Order, code: ErrorCode): void {
  desk.unauthorised += 1;
  desk.recorder.note({
    key: `refused:${order.action}:${desk.unauthorised}`,
    audit: {
      key: `refused:${desk.order.incident}:${order.action}:${input.grantId.slice(0, 64)}:${desk.unauthorised}`,
      level: 'CRITICAL',
      actor: input.operator,
      stage: 'event',
      action: order.action,
      subject: desk.order.incident,
      reason: input.reason,
      result: code,
    },
  });
  if (desk.unauthorised > ALERTS_AT_MOST) return;
  desk.tell('unauthorised', `unauthorised-${order.action}-${desk.unauthorised}`, [
    { fact: 'order-unauthorised', action: order.action, code, by: input.operator },
  ]);
}
