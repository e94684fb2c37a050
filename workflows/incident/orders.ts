import type { UpdateDefinition } from '@temporalio/common';
import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { Authority } from '../../activities';
import { parseRange } from '../../src/domain/addresses';
import type { Order } from '../../src/domain/order';
import { MOST_UNBLOCKED } from '../../src/domain/order';
import type { Ending, Granted, GivenOrder, OrderReply } from '../messages';
import {
  acknowledgeUpdate,
  approveUpdate,
  classifyUpdate,
  escalateUpdate,
  rejectUpdate,
  releaseUpdate,
  standDownUpdate,
  takeOverUpdate,
  unblockUpdate,
} from '../messages';
import { carryOut } from './carry-out';
import type { Desk } from './desk';
import { refuse } from '../lib/refuse';
import { unblock } from './unblock';

/** How one kind of order is checked and what it changes at the desk. */
interface OrderRules<I extends Granted> {
  readonly description: string;
  /** State and content; asked before the grant is checked and again after it, because the world may have moved meanwhile. */
  readonly check: (input: I) => void;
  readonly orderOf: (input: I) => Order;
  readonly then?: (input: I, operator: string, authority: Authority) => void;
}

/** As the inventory has it. */
const HOST_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const MOST_GONE = 1_000;

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
  const answer = <I extends Granted, R extends OrderReply>(
    update: UpdateDefinition<R, [I]>,
    rules: OrderRules<I>,
    reply: (taken: OrderReply, given: GivenOrder) => R | Promise<R>,
  ): void => {
    const check = (input: I): void => {
      checkShape(desk, input);
      rules.check(input);
    };
    setHandler(
      update,
      (input: I) =>
        // A cancelled incident still takes orders: its controls must be releasable.
        CancellationScope.nonCancellable(async () => {
          const taken = await carryOut(desk, input, rules.orderOf(input), {
            check: () => check(input),
            then: (by, authority) => rules.then?.(input, by, authority),
          });
          return reply(taken.reply, taken.given);
        }),
      { description: rules.description, validator: check },
    );
  };
  const on = <I extends Granted>(update: UpdateDefinition<OrderReply, [I]>, rules: OrderRules<I>): void =>
    answer(update, rules, (taken) => taken);
  const anyTime = (): void => undefined;
  const plain =
    (action: 'acknowledge' | 'take-over' | 'escalate') =>
    (input: Granted): Order => ({
      action,
      incident,
      reason: input.reason,
    });
  const ending =
    (action: 'stand-down' | 'release') =>
    ({ gone, reason }: Ending): Order =>
      gone === undefined ? { action, incident, reason } : { action, incident, gone, reason };
  const checkEnding = ({ gone }: Ending): void => {
    if (gone !== undefined && (gone.length === 0 || !isListOf(gone, MOST_GONE, (name) => HOST_NAME.test(name))))
      throw refuse('BAD_INPUT', `gone must be 1 to ${MOST_GONE} names of hosts`);
  };
  const checkDecision = (input: Granted & { readonly planHash: string }): void => {
    if (desk.responding === undefined) throw refuse('WRONG_STATE', 'the response is over');
    const planHash = desk.carried?.plan?.planHash;
    if (planHash === undefined) throw refuse('WRONG_STATE', 'there is no plan yet');
    if (input.planHash !== planHash) throw refuse('PLAN_CHANGED', `the current plan is ${planHash.slice(0, 12)}`);
    if (input.operator === requester) throw refuse('OPERATOR_NOT_ALLOWED', { cause: 'own-request' });
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
      desk.recorder.note({ key: `acknowledged:${by}`, patch: { acknowledged: true } });
    },
  });
  on(takeOverUpdate, {
    description: 'Take over by hand: Firebreak stops acting, preserves, seals and reports.',
    check: anyTime,
    orderOf: plain('take-over'),
    then: (_input, by) => desk.raise('manual', { fact: 'taken-over', by }),
  });
  on(escalateUpdate, {
    description: 'Call in the next people.',
    check: anyTime,
    orderOf: plain('escalate'),
    then: (input, by, spoken) => {
      desk.raise('escalated', { fact: 'escalated-by', by, reason: input.reason });
      const key = `escalation-by-${by}-${input.grantId.slice(0, 36)}`;
      desk.tell('escalation', key, [{ fact: 'in-words', by, words: input.reason }], undefined, 3, spoken);
    },
  });
  on(standDownUpdate, {
    description: 'End a false alarm: everything is undone.',
    check: checkEnding,
    orderOf: ending('stand-down'),
  });
  on(releaseUpdate, {
    description: 'Undo this incident’s controls exactly, and close it.',
    check: checkEnding,
    orderOf: ending('release'),
  });
  answer(
    unblockUpdate,
    {
      description: 'Let single addresses of this incident’s blocks go; everything else stays.',
      check: (input) => {
        checkUnblock(desk, input);
        if (desk.result === null)
          throw refuse('WRONG_STATE', 'the response may still block the address; order it when the response is over');
      },
      orderOf: ({ targets, hosts, reason }) => ({ action: 'unblock', incident, targets, hosts, reason }),
    },
    async (taken, given) => ({
      ...taken,
      hosts: given.order.action === 'unblock' ? await unblock(desk, given.order, given) : [],
    }),
  );
}

function checkUnblock(desk: Desk, { targets, hosts }: { readonly targets: unknown; readonly hosts: unknown }): void {
  const addresses = isListOf(targets, MOST_UNBLOCKED, (target) => parseRange(target)?.text === target);
  if (!addresses || (targets as readonly string[]).length === 0)
    throw refuse('BAD_INPUT', `targets must be 1 to ${MOST_UNBLOCKED} addresses or prefixes in canonical form`);
  if (!isListOf(hosts, desk.order.hosts.length, (host) => desk.order.hosts.includes(host)))
    throw refuse('BAD_INPUT', 'hosts must be hosts of the incident');
}

function isListOf(value: unknown, most: number, is: (item: string) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length <= most &&
    value.every((item) => typeof item === 'string' && is(item)) &&
    new Set(value).size === value.length
  );
}
