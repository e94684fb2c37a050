import type { UpdateDefinition } from '@temporalio/common';
import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { Order } from '../../src/domain/order';
import type { Granted, OrderReply } from '../messages';
import {
  acknowledgeUpdate,
  approveUpdate,
  classifyUpdate,
  escalateUpdate,
  rejectUpdate,
  releaseUpdate,
  standDownUpdate,
  takeOverUpdate,
} from '../messages';
import { carryOut } from './carry-out';
import type { Desk } from './desk';
import { refuse } from '../lib/refuse';

/** How one kind of order is checked and what it changes at the desk. */
interface OrderRules<I extends Granted> {
  readonly description: string;
  /** State and content; asked before the grant is checked and again after it, because the world may have moved meanwhile. */
  readonly check: (input: I) => void;
  readonly orderOf: (input: I) => Order;
  readonly then?: (input: I, operator: string) => void;
}

const TEXTS = ['grantId', 'operator', 'reason'] as const;

function checkShape(desk: Desk, input: Granted): void {
  for (const field of TEXTS) {
    if (typeof input?.[field] !== 'string' || input[field].length > 500)
      throw refuse('BAD_INPUT', `${field} must be a text of at most 500 characters`);
  }
  if (desk.closing || desk.orders.ended !== null) throw refuse('INCIDENT_CLOSED', '');
}

/** Registers the handlers of all orders. Validators are synchronous: who is behind an order is the handler's first act. */
export function receiveOrders(desk: Desk): void {
  const { incident, operator: requester } = desk.order;
  const on = <I extends Granted>(update: UpdateDefinition<OrderReply, [I]>, rules: OrderRules<I>): void => {
    const check = (input: I): void => {
      checkShape(desk, input);
      rules.check(input);
    };
    setHandler(
      update,
      (input: I) =>
        // A cancelled incident still takes orders: its controls must be releasable.
        CancellationScope.nonCancellable(() =>
          carryOut(desk, input, rules.orderOf(input), {
            check: () => check(input),
            then: (by) => rules.then?.(input, by),
          }),
        ),
      { description: rules.description, validator: check },
    );
  };
  const anyTime = (): void => undefined;
  const plain =
    (action: 'acknowledge' | 'take-over' | 'escalate' | 'stand-down' | 'release') =>
    (input: Granted): Order => ({
      action,
      incident,
      reason: input.reason,
    });
  const checkDecision = (input: Granted & { readonly planHash: string }): void => {
    if (desk.responding === undefined) throw refuse('WRONG_STATE', 'the response is over');
    const planHash = desk.carried?.plan?.planHash;
    if (planHash === undefined) throw refuse('WRONG_STATE', 'there is no plan yet');
    if (input.planHash !== planHash) throw refuse('PLAN_CHANGED', `the current plan is ${planHash.slice(0, 12)}`);
    if (input.operator === requester) throw refuse('OPERATOR_NOT_ALLOWED', 'nobody approves their own request');
  };

  on(classifyUpdate, {
    description: 'Name the type of an incident that was reported as unknown or contradictory.',
    check: (input) => {
      if (!['intrusion', 'malware', 'ddos'].includes(input.type))
        throw refuse('BAD_INPUT', 'type must be intrusion, malware or ddos');
      if (desk.responding === undefined) throw refuse('WRONG_STATE', 'the response is over');
      if ((desk.carried?.plan ?? null) !== null) throw refuse('WRONG_STATE', 'the plan is made already');
      const { classifiedAs } = desk.orders;
      if (classifiedAs !== null) throw refuse('WRONG_STATE', `already classified as ${classifiedAs.type}`);
    },
    orderOf: (input) => ({ action: 'classify', incident, type: input.type, reason: input.reason }),
  });
  on(approveUpdate, {
    description: 'Approve the acts of the plan that need it; never by the requester.',
    check: checkDecision,
    orderOf: (input) => ({ action: 'approve', incident, planHash: input.planHash, reason: input.reason }),
  });
  on(rejectUpdate, {
    description: 'Reject the acts of the plan that need approval; never by the requester.',
    check: checkDecision,
    orderOf: (input) => ({ action: 'reject', incident, planHash: input.planHash, reason: input.reason }),
  });
  on(acknowledgeUpdate, {
    description: 'Say that you have seen the incident.',
    check: anyTime,
    orderOf: plain('acknowledge'),
    then: (_input, by) => {
      desk.recorder.note({ key: `acknowledged:${by}`, patch: { acknowledgedBy: desk.orders.acknowledgedBy } });
    },
  });
  on(takeOverUpdate, {
    description: 'Take over by hand: Firebreak stops acting, preserves, seals and reports.',
    check: anyTime,
    orderOf: plain('take-over'),
    then: (_input, by) => desk.raise('manual', `taken over by ${by}`),
  });
  on(escalateUpdate, {
    description: 'Call in the next people.',
    check: anyTime,
    orderOf: plain('escalate'),
    then: (input, by) => {
      desk.raise('escalated', `escalated by ${by}: ${input.reason}`);
      const key = `escalation-by-${by}-${input.grantId.slice(0, 36)}`;
      desk.tell('escalation', key, [{ fact: 'in-words', by, words: input.reason }], undefined, 3);
    },
  });
  on(standDownUpdate, {
    description: 'End a false alarm: everything is undone.',
    check: anyTime,
    orderOf: plain('stand-down'),
  });
  on(releaseUpdate, {
    description: 'Undo this incident’s controls exactly, and close it.',
    check: anyTime,
    orderOf: plain('release'),
  });
}
