import type { Fault } from '../../src/domain/fault';
import { patientFlow } from '../lib/activities';
import { settledWithin } from '../lib/deadline';
import { codeOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { Desk } from './desk';

/**
 * Closes an incident that does not begin because the open one does its work, or because too many are open. Nobody is accused of
 * anything; people hear of a bound once, not with every refusal (H8).
 */
export async function turnAway(
  desk: Desk,
  code: 'INCIDENT_JOINED' | 'TOO_MANY_OPEN',
  { words, fault }: { readonly words: string; readonly fault: Fault },
): Promise<void> {
  const { order, grantId } = desk.input;
  const outcome = code === 'INCIDENT_JOINED' ? 'joined' : 'refused';
  desk.closing = true;
  desk.update({
    phase: 'closed',
    outcome,
    failures: outcome === 'joined' ? [] : [{ fact: 'start-refused', fault }],
  });
  setAttributes({ Outcome: outcome });
  try {
    const { tellOfBound } = await patientFlow.recordRefusedStart(`record that the incident does not begin: ${code}`, {
      incident: order.incident,
      grantId,
      code,
      words: words.slice(0, 500),
      saidToBe: order.operator,
    });
    if (tellOfBound)
      desk.tell('manual-response', 'bound-reached', [{ fact: 'bound-reached', code, by: order.operator }]);
  } catch (failure) {
    // Another run of the incident has begun it; that one goes on.
    if (codeOf(failure) === 'UNEXPECTED') throw failure;
  }
  await settledWithin(10_000, 'hand over what people are to be told', () => desk.teller.idle);
}
