import { setTimeout as pause } from 'node:timers/promises';
import { FirebreakError } from '../src/domain/errors';
import type { Delivery } from '../src/domain/notice';
import { ONE_CALL_PATIENCE_MS, ONE_CALL_WAIT_MS, ONE_CALL_WITHIN_MS } from '../src/domain/numbers';
import type { NoticeKind } from '../src/domain/words';
import type { GuardedDeps } from './guarded';
import { unlessAway } from './unless-away';

/** Which notice a person is called about when there are several, the first of these; all others come after. */
const MOST_URGENT_FIRST: readonly NoticeKind[] = [
  'emergency',
  'escalation',
  'manual-response',
  'approval-needed',
  'classification-needed',
  'control-failed',
  'security-worse',
  'failure',
];

function rankOf({ kind }: Delivery): number {
  const place = MOST_URGENT_FIRST.indexOf(kind);
  return place === -1 ? MOST_URGENT_FIRST.length : place;
}

function isBefore(one: Delivery, other: Delivery): boolean {
  return rankOf(one) < rankOf(other) || (rankOf(one) === rankOf(other) && one.id < other.id);
}

/**
 * One cause often has several notices. Their messages all arrive; the phone rings once, for the most urgent one (N6). Whoever leaves the
 * call to another notice waits until that call was taken: when it was not, this one is made.
 *
 * @param own the delivery that is about to call, on record as pending
 * @returns the call that tells of it too; undefined when this one has to be made
 * @throws FirebreakError LINE_BUSY when the other call does not come to its end
 */
export async function calledOnce(
  { responses }: Pick<GuardedDeps, 'responses'>,
  own: Delivery,
  signal: AbortSignal,
): Promise<Delivery | undefined> {
  await pause(ONE_CALL_WAIT_MS, undefined, { signal });
  const leader = first(await calls(responses, own), own);
  if (leader === undefined) return undefined;
  const giveUpAt = Date.now() + ONE_CALL_PATIENCE_MS;
  while (Date.now() < giveUpAt) {
    const now = (await calls(responses, own)).find(({ id }) => id === leader.id);
    if (now?.state === 'delivered') return now;
    if (now?.state !== 'pending') return undefined;
    await pause(ONE_CALL_WAIT_MS, undefined, { signal });
  }
  throw new FirebreakError('LINE_BUSY');
}

/** Calls to the same person about the same incident; none while nobody can look: people are called rather than not. */
async function calls(responses: GuardedDeps['responses'], own: Delivery): Promise<readonly Delivery[]> {
  const all = (await unlessAway(responses.deliveries(own.incident))) ?? [];
  return all.filter(({ id, person, channel }) => id !== own.id && person === own.person && channel === own.channel);
}

/** The most urgent call of the same moment that comes before this one. */
function first(others: readonly Delivery[], own: Delivery): Delivery | undefined {
  const moment = Date.parse(own.at);
  const isOfThisMoment = ({ state, at }: Delivery): boolean =>
    state === 'delivered'
      ? Date.parse(at) > moment
      : state === 'pending' && Math.abs(Date.parse(at) - moment) <= ONE_CALL_WITHIN_MS;
  const [leader] = others
    .filter((other) => isOfThisMoment(other) && isBefore(other, own))
    .sort((one, other) => (isBefore(one, other) ? -1 : 1));
  return leader;
}
