import { respondOrder } from '../../src/domain/order';
import { ERRORS } from '../../src/domain/errors';
import { flow } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, faultOf } from '../lib/failure';
import { refuse } from '../lib/refuse';
import { judgeOrdersSoFar } from './receive-orders';
import type { ResponseRun } from './run';

const AT_MOST_MS = 15_000;

/**
 * Before the first box: a parent can be forged, a grant cannot (B15). An outage of the tables holds nothing up: every act asks for
 * its grant itself.
 * @throws ApplicationFailure with the code of the refusal
 */
export async function checkAuthority(run: ResponseRun): Promise<void> {
  const { order, authority } = run.input;
  const words = `check the grant of the response: ${order.operator}`;
  try {
    const signed = await withinShare({ step: words, shareMs: AT_MOST_MS }, async () => {
      const found = await flow.authorise(words, { ...authority, expected: respondOrder(order) });
      await judgeOrdersSoFar(run);
      return found;
    });
    if (signed.operator !== order.operator)
      throw refuse('GRANT_MISMATCH', { cause: 'signed-by-other', signed: signed.operator });
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || ERRORS[code].retryable || code === 'SHARE_USED_UP') return;
    if (code !== 'UNEXPECTED') {
      run.tell('unauthorised', 'unauthorised-response', {
        facts: [{ fact: 'response-unauthorised', fault: faultOf(thrown) }],
      });
    }
    throw thrown;
  }
}
