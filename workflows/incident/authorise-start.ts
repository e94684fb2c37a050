import { respondOrder } from '../../src/domain/order';
import { settledWithin } from '../lib/deadline';
import { flow } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { Desk } from './desk';

/** The first act: a start without a valid grant does nothing but alert (B15). Fails closed. */
export async function authoriseStart(desk: Desk): Promise<boolean> {
  const { order, grantId } = desk.input;
  try {
    await flow.authorise(`check the grant: respond by ${order.operator}`, {
      grantId,
      expected: respondOrder(order),
      use: order.incident,
    });
    return true;
  } catch (thrown) {
    const code = codeOf(thrown);
    desk.update({ phase: 'closed', outcome: 'refused', failures: [`start refused: ${wordsOf(thrown)}`] });
    setAttributes({ Outcome: 'refused' });
    desk.tell('unauthorised', 'unauthorised-start', [{ fact: 'start-unauthorised', code, by: order.operator }]);
    desk.recorder.note({
      key: 'unauthorised',
      audit: {
        key: `unauthorised:${order.incident}:${grantId.slice(0, 64)}`,
        level: 'CRITICAL',
        actor: order.operator,
        stage: 'event',
        action: 'respond',
        subject: order.incident,
        result: code,
      },
    });
    desk.recorder.note({
      key: 'refused',
      patch: { phase: 'closed', outcome: 'refused', closedAt: new Date().toISOString() },
    });
    await desk.recorder.flushed();
    await settledWithin(10_000, 'hand over what people are to be told', () => desk.teller.idle);
    return false;
  }
}
