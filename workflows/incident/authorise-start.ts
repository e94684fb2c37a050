import type { Order, SignedRequest } from '../../src/domain/order';
import { respondOrder } from '../../src/domain/order';
import { settledWithin } from '../lib/deadline';
import { flow, patientFlow } from '../lib/activities';
import { codeOf, faultOf, wordsOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { GivenOrder } from '../messages';
import { alertUnauthorised } from './alert-unauthorised';
import type { Desk } from './desk';
import { refuse } from '../lib/refuse';
import { turnAway } from './turn-away';

/** The first act: a start without a valid grant does nothing but alert (B15). Fails closed. */
export async function authoriseStart(desk: Desk): Promise<boolean> {
  const { order } = desk.input;
  try {
    await grantedTo(desk, (expected) =>
      flow.authorise(`check the grant: respond by ${order.operator}`, { ...desk.authority, expected }),
    );
    return true;
  } catch (thrown) {
    await refuseStart(desk, thrown);
    return false;
  }
}

/**
 * The first act of a run that goes on from an earlier one: what was handed over counts only as far as its grants do, because a
 * continuation can be forged (B15). An outage is waited for.
 */
export async function authoriseResumed(desk: Desk): Promise<boolean> {
  const { order } = desk.input;
  try {
    await grantedTo(desk, (expected) =>
      patientFlow.authorise(`check the grant again: respond by ${order.operator}`, { ...desk.authority, expected }),
    );
  } catch (thrown) {
    await refuseStart(desk, thrown);
    return false;
  }
  for (const given of desk.given) {
    const by = await giverOf(desk, given);
    desk.given = desk.given.flatMap((one) => (one !== given ? [one] : by === undefined ? [] : [{ ...one, by }]));
  }
  return true;
}

/** Who asks is who signed: nobody approves their own request under another's name (N5). */
async function grantedTo(desk: Desk, verify: (expected: Order) => Promise<SignedRequest>): Promise<void> {
  const { order } = desk.input;
  const signed = await verify(respondOrder(order));
  if (signed.operator !== order.operator)
    throw refuse('GRANT_MISMATCH', { cause: 'signed-by-other', signed: signed.operator });
}

/** @returns undefined when nobody has given the order */
async function giverOf(desk: Desk, { order, grantId, use, by }: GivenOrder): Promise<string | undefined> {
  try {
    const ours = 'incident' in order && order.incident === desk.order.incident;
    if (!ours)
      throw refuse('GRANT_MISMATCH', {
        cause: 'unauthorised',
        why: 'other-incident',
        name: 'incident' in order ? order.incident : '',
      });
    const expected = { grantId, use, expected: order };
    return (await patientFlow.authorise(`check the order again: ${order.action}`, expected)).operator;
  } catch (thrown) {
    const code = codeOf(thrown);
    const reason = `handed over by an earlier run: ${wordsOf(thrown)}`.slice(0, 500);
    alertUnauthorised(
      desk,
      { grantId, operator: by, reason },
      order.action,
      code === 'CANCELLED' ? 'NOT_AUTHORISED' : code,
    );
    return undefined;
  }
}

async function refuseStart(desk: Desk, thrown: unknown): Promise<void> {
  const { order, grantId } = desk.input;
  const found = codeOf(thrown);
  const words = wordsOf(thrown);
  if (found === 'INCIDENT_JOINED' || found === 'TOO_MANY_OPEN')
    return turnAway(desk, found, { words, fault: faultOf(thrown) });
  const code = found === 'CANCELLED' ? 'NOT_AUTHORISED' : found;
  desk.closing = true;
  const refused = { fact: 'start-refused', fault: { ...faultOf(thrown), code } } as const;
  desk.update({ phase: 'closed', outcome: 'refused', failures: [refused] });
  setAttributes({ Outcome: 'refused' });
  desk.tell('unauthorised', 'unauthorised-start', [{ fact: 'start-unauthorised', code, by: order.operator }]);
  try {
    await patientFlow.recordRefusedStart(`record that the start was refused: ${code}`, {
      incident: order.incident,
      grantId,
      code,
      words: words.slice(0, 500),
      saidToBe: order.operator,
    });
  } catch (failure) {
    // Another run of the incident has an order that is good; that one goes on.
    if (codeOf(failure) === 'UNEXPECTED') throw failure;
  }
  await settledWithin(10_000, 'hand over what people are to be told', () => desk.teller.idle);
}
