import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { ErrorCode } from '../../src/domain/errors';
import { ERRORS } from '../../src/domain/errors';
import type { BoxName } from '../../src/domain/boxes';
import type { Fact } from '../../src/domain/fact';
import { TIME_SHARES } from '../../src/domain/numbers';
import { minutes } from '../lib/deadline';
import { inShare } from './in-share';
import type { ResponseRun } from './run';

/** Of the time for a person's classification; capturing volatile state, which runs beside that, has come before (B7). */
function reserveMs(run: ResponseRun): number {
  return Math.max(0, run.accounts.left('humanClassification') - TIME_SHARES.volatile);
}

/** Whether time may mend it, an outage or a machine that is too slow just now, and there is time. */
export function isWorthWaiting(run: ResponseRun, code: ErrorCode | 'CANCELLED'): boolean {
  if (code === 'CANCELLED' || run.handsOff || reserveMs(run) === 0) return false;
  return code === 'SHARE_USED_UP' || ERRORS[code].retryable;
}

/** What people are told with the call to act by hand. */
export function triedOn(run: ResponseRun): Fact {
  return { fact: 'tried-on', within: minutes(reserveMs(run)) };
}

/**
 * Containment rests on assessment and plan, so an outage of the tables must not end them after half a minute: they are tried on in
 * the time that is reserved for a person's classification (B7), while people, who have been called, may act by hand.
 * @returns undefined when people have taken over meanwhile
 * @throws ApplicationFailure SHARE_USED_UP when the reserve is used up, or with the code of what no time mends
 */
export function inReserve<T>(run: ResponseRun, box: BoxName, work: () => Promise<T>): Promise<T | undefined> {
  const share = { share: 'humanClassification', box, atMostMs: reserveMs(run) } as const;
  return inShare(run, share, () => untilHandsOff(run, work));
}

/** Inside the share's scope, so that the end of the share ends it too. */
async function untilHandsOff<T>(run: ResponseRun, work: () => Promise<T>): Promise<T | undefined> {
  const trying = new CancellationScope();
  const listening = new CancellationScope();
  const byOrder = listening.run(async () => {
    await condition(() => run.handsOff);
    trying.cancel();
  });
  byOrder.catch(() => undefined);
  try {
    return await trying.run(work);
  } catch (thrown) {
    if (run.handsOff && isCancellation(thrown)) return undefined;
    throw thrown;
  } finally {
    listening.cancel();
  }
}
