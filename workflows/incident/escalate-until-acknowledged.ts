import { condition } from '@temporalio/workflow';
import { ACKNOWLEDGE_WITHIN_MS } from '../../src/domain/numbers';
import { minutes } from '../lib/deadline';
import type { Desk } from './desk';

const TIERS = [2, 3] as const;

/** Not acknowledged in time → the next tier of people, twice (N4), while the response goes on. Drills are left alone. */
export async function escalateUntilAcknowledged(desk: Desk): Promise<void> {
  if (desk.order.drill) return;
  const seen = (): boolean => desk.orders.acknowledgedBy.length > 0 || desk.closing;
  for (const tier of TIERS) {
    const words = `nobody acknowledged: call tier ${tier} in ${minutes(ACKNOWLEDGE_WITHIN_MS)}`;
    if (await condition(seen, ACKNOWLEDGE_WITHIN_MS, { summary: words })) return;
    desk.tell(
      'escalation',
      `escalation-unacknowledged-${tier}`,
      [{ fact: 'unacknowledged', for: minutes(ACKNOWLEDGE_WITHIN_MS) }],
      `firebreak ack ${desk.order.incident}`,
      tier,
    );
  }
}
