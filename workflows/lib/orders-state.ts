import type { EnrolmentOrder, EvidenceOrder } from '../../src/domain/order';
import type { GivenOrder, OrdersState } from '../messages';

const NO_ORDERS: OrdersState = {
  classifiedAs: null,
  decision: null,
  acknowledgedBy: [],
  takenOverBy: null,
  escalated: false,
  ended: null,
};

/** What the orders add up to; incident and response count them in the same way. */
export function ordersState(given: readonly GivenOrder[]): OrdersState {
  return given.reduce(withOrder, NO_ORDERS);
}

function withOrder(state: OrdersState, { order, by, grantId, use }: GivenOrder): OrdersState {
  const authority = { grantId, use };
  const acknowledged = { acknowledgedBy: [...new Set([...state.acknowledgedBy, by])] };
  switch (order.action) {
    case 'classify':
      return { ...state, classifiedAs: { type: order.type, by, authority } };
    case 'approve':
    case 'reject':
      return { ...state, decision: { approved: order.action === 'approve', planHash: order.planHash, by, authority } };
    case 'acknowledge':
      return { ...state, ...acknowledged };
    case 'take-over':
      return { ...state, ...acknowledged, takenOverBy: by };
    case 'escalate':
      return { ...state, escalated: true };
    case 'stand-down':
    case 'release':
      return { ...state, ended: endedBy(order, { by, authority }) };
    case 'unblock':
    case 'respond':
      return state;
    default:
      order satisfies EnrolmentOrder | EvidenceOrder;
      return state;
  }
}

function endedBy(
  { action: how, gone }: Extract<GivenOrder['order'], { readonly action: 'stand-down' | 'release' }>,
  person: Pick<NonNullable<OrdersState['ended']>, 'by' | 'authority'>,
): NonNullable<OrdersState['ended']> {
  return { how, ...person, ...(gone === undefined ? {} : { gone }) };
}
