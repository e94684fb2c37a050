import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { ErrorCode } from '../../src/domain/errors';
import { ERRORS } from '../../src/domain/errors';
import type { Order } from '../../src/domain/order';
import { flow } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
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
import type { Desk } from './desk';

function refuse(code: ErrorCode, detail: string): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message: `${ERRORS[code].message} ${detail}`, nonRetryable: true });
}

/** Shape and state, checked without waiting; who is behind it is the handler's first act. */
function checkShape(desk: Desk, input: Granted): void {
  for (const field of ['grantId', 'operator', 'reason'] as const) {
    if (typeof input?.[field] !== 'string' || input[field].length > 500)
      throw refuse('BAD_INPUT', `${field} must be a text of at most 500 characters`);
  }
  if (desk.progress.phase === 'closed' || desk.orders.ended !== null) throw refuse('INCIDENT_CLOSED', '');
}

/** The one way in for every order: grant → state → record → pass on. An order without a valid grant does nothing but alert (B15). */
async function carryOut(
  desk: Desk,
  input: Granted,
  order: Order,
  apply: (operator: string) => void,
): Promise<OrderReply> {
  const use = `${order.action}:${input.grantId}`;
  let operator: string;
  try {
    const signed = await flow.authorise(`check the grant: ${order.action} by ${input.operator}`, {
      grantId: input.grantId,
      expected: order,
      use,
    });
    operator = signed.operator;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED') throw thrown;
    desk.tell('unauthorised', `unauthorised-${order.action}-${input.grantId.slice(0, 36)}`, [
      `${order.action} without authority (${code}), said to be by ${input.operator}`,
    ]);
    throw refuse(code === 'UNEXPECTED' ? 'NOT_AUTHORISED' : code, wordsOf(thrown));
  }
  apply(operator);
  desk.recorder.note({
    key: `order:${use}`,
    entry: {
      at: new Date().toISOString(),
      phase: desk.progress.phase,
      kind: 'order',
      text: `${order.action} by ${operator}: ${input.reason}`,
    },
  });
  await desk.passOnOrders();
  return { incident: desk.order.incident, done: order.action };
}

/** Registers the handlers of all orders. */
export function receiveOrders(desk: Desk): void {
  const incident = desk.order.incident;
  const on = <I extends Granted>(
    update: UpdateDefinition<OrderReply, [I]>,
    description: string,
    check: (input: I) => void,
    orderOf: (input: I) => Order,
    apply: (input: I, operator: string) => void,
  ): void => {
    setHandler(update, (input: I) => carryOut(desk, input, orderOf(input), (operator) => apply(input, operator)), {
      description,
      validator: (input: I) => {
        checkShape(desk, input);
        check(input);
      },
    });
  };
  const whileResponding = (): void => {
    if (!desk.responding) throw refuse('WRONG_STATE', 'the response is over');
  };
  const anyTime = (): void => undefined;

  on(
    classifyUpdate,
    'Name the type of an incident that was reported as unknown or contradictory.',
    (input) => {
      whileResponding();
      if (!['intrusion', 'malware', 'ddos'].includes(input.type))
        throw refuse('BAD_INPUT', 'type must be intrusion, malware or ddos');
      if (desk.orders.classifiedAs !== null)
        throw refuse('WRONG_STATE', `already classified as ${desk.orders.classifiedAs.type}`);
    },
    (input) => ({ action: 'classify', incident, type: input.type, reason: input.reason }),
    (input, by) => {
      desk.orders = { ...desk.orders, classifiedAs: { type: input.type, by } };
    },
  );

  for (const [update, approved] of [
    [approveUpdate, true],
    [rejectUpdate, false],
  ] as const) {
    const action = approved ? 'approve' : 'reject';
    on(
      update,
      `${approved ? 'Approve' : 'Reject'} the acts of the plan that need it; never by the requester.`,
      (input) => {
        whileResponding();
        const planHash = desk.carried?.plan?.planHash;
        if (planHash === undefined) throw refuse('WRONG_STATE', 'there is no plan yet');
        if (input.planHash !== planHash) throw refuse('PLAN_CHANGED', `the current plan is ${planHash.slice(0, 12)}`);
        if (input.operator === desk.order.operator)
          throw refuse('OPERATOR_NOT_ALLOWED', 'nobody approves their own request');
      },
      (input) => ({ action, incident, planHash: input.planHash, reason: input.reason }),
      (input, by) => {
        if (by === desk.order.operator) throw refuse('OPERATOR_NOT_ALLOWED', 'nobody approves their own request');
        desk.orders = { ...desk.orders, decision: { approved, planHash: input.planHash, by } };
      },
    );
  }

  on(
    acknowledgeUpdate,
    'Say that you have seen the incident.',
    anyTime,
    (input) => ({ action: 'acknowledge', incident, reason: input.reason }),
    (_input, by) => {
      desk.orders = { ...desk.orders, acknowledgedBy: [...new Set([...desk.orders.acknowledgedBy, by])] };
      desk.recorder.note({ key: `acknowledged:${by}`, patch: { acknowledgedBy: desk.orders.acknowledgedBy } });
    },
  );
  on(
    takeOverUpdate,
    'Take over by hand: Firebreak stops acting, preserves, seals and reports.',
    anyTime,
    (input) => ({ action: 'take-over', incident, reason: input.reason }),
    (_input, by) => {
      desk.orders = {
        ...desk.orders,
        takenOverBy: by,
        acknowledgedBy: [...new Set([...desk.orders.acknowledgedBy, by])],
      };
      desk.raise('manual', `taken over by ${by}`);
    },
  );
  on(
    escalateUpdate,
    'Call in the next people.',
    anyTime,
    (input) => ({ action: 'escalate', incident, reason: input.reason }),
    (input, by) => {
      desk.orders = { ...desk.orders, escalated: true };
      desk.raise('escalated', `escalated by ${by}: ${input.reason}`);
      desk.tell(
        'escalation',
        `escalation-by-${by}-${input.grantId.slice(0, 36)}`,
        [`${by}: ${input.reason}`],
        undefined,
        3,
      );
    },
  );
  on(
    standDownUpdate,
    'End a false alarm: everything is undone.',
    anyTime,
    (input) => ({ action: 'stand-down', incident, reason: input.reason }),
    (_input, by) => {
      desk.orders = { ...desk.orders, ended: { how: 'stand-down', by } };
    },
  );
  on(
    releaseUpdate,
    'Undo this incident’s controls exactly, and close it.',
    anyTime,
    (input) => ({ action: 'release', incident, reason: input.reason }),
    (_input, by) => {
      desk.orders = { ...desk.orders, ended: { how: 'release', by } };
    },
  );
}
