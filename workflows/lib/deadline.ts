import { ApplicationFailure, CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { TIME_SHARES } from '../../src/domain/numbers';
import { summaryText } from './activities';

/** `4:00` */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export interface Share {
  /** In an operator's words; shown on the timer in the Temporal UI. */
  readonly step: string;
  readonly shareMs: number;
  /** When the step counts as late (B13); no alert when left out. */
  readonly plannedMs?: number;
  readonly onLate?: (leftMs: number) => void;
}

/**
 * Runs a step inside its hard time share: late → alert, used up → the step is cancelled and SHARE_USED_UP is thrown (B7, B13).
 * The step's own cancellation from outside passes through.
 */
export async function withinShare<T>(share: Share, step: () => Promise<T>): Promise<T> {
  const work = new CancellationScope();
  const clock = new CancellationScope();
  let usedUp = false;
  let alertFailed: Error | undefined;
  const ticking = clock.run(async () => {
    const planned = Math.min(share.plannedMs ?? share.shareMs, share.shareMs);
    if (planned < share.shareMs) {
      await sleep(planned, { summary: summaryText(`${share.step}: planned to be done in ${minutes(planned)}`) });
      share.onLate?.(share.shareMs - planned);
    }
    await sleep(Math.max(1, share.shareMs - (planned < share.shareMs ? planned : 0)), {
      summary: summaryText(`${share.step}: hard limit ${minutes(share.shareMs)}`),
    });
    usedUp = true;
    work.cancel();
  });
  ticking.catch((thrown: unknown) => {
    if (isCancellation(thrown)) return;
    // Without its clock the step would have no limit any more: it ends with the error of the alert.
    alertFailed = thrown instanceof Error ? thrown : new TypeError(String(thrown));
    work.cancel();
  });
  try {
    return await work.run(step);
  } catch (thrown) {
    if (alertFailed !== undefined && isCancellation(thrown)) throw alertFailed;
    if (usedUp && isCancellation(thrown)) {
      throw ApplicationFailure.create({
        type: 'SHARE_USED_UP',
        message: `${share.step}: time share of ${minutes(share.shareMs)} used up`,
        details: [minutes(share.shareMs)],
        nonRetryable: true,
      });
    }
    throw thrown;
  } finally {
    clock.cancel();
  }
}

export type DeadlineOutcome<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'deadline' };

/**
 * Races the work with the response's absolute deadline; at the deadline the work is cancelled and the caller hands over (B7).
 * Timers of the server would end the run without a word: this one leaves time to act.
 */
export async function beforeDeadline<T>(
  stopAt: number,
  words: string,
  work: () => Promise<T>,
): Promise<DeadlineOutcome<T>> {
  const scope = new CancellationScope();
  const clock = new CancellationScope();
  let passed = false;
  const ticking = clock.run(async () => {
    await sleep(Math.max(1, stopAt - Date.now()), { summary: summaryText(words) });
    passed = true;
    scope.cancel();
  });
  ticking.catch(() => undefined);
  try {
    return { kind: 'done', value: await scope.run(work) };
  } catch (thrown) {
    if (passed && isCancellation(thrown)) return { kind: 'deadline' };
    throw thrown;
  } finally {
    clock.cancel();
  }
}

/** Even the shortest limits leave this much for the hand-over; deadlines from 45 s on are not touched by it. */
const HAND_OVER_FLOOR_MS = 15_000;

/** How long the hand-over may take: its reserve, and never beyond the deadline (B7). */
export function handOverBound(deadlineAt: number): number {
  return Math.max(HAND_OVER_FLOOR_MS, Math.min(TIME_SHARES.handOver, deadlineAt - Date.now()));
}

/** Runs what must happen even when the run is cancelled, but never longer than its bound. */
export async function shielded<T>(
  boundMs: number,
  words: string,
  work: () => Promise<T>,
  alert: Pick<Share, 'plannedMs' | 'onLate'> = {},
): Promise<T> {
  const share = { step: words, shareMs: Math.max(boundMs, 1_000), ...alert };
  return CancellationScope.nonCancellable(() => withinShare(share, work));
}

/** Waits for what is being written or sent, but no longer than the bound and whatever is cancelled. */
export async function settledWithin(boundMs: number, words: string, settled: () => boolean): Promise<boolean> {
  if (settled()) return true;
  return CancellationScope.nonCancellable(() => condition(settled, boundMs, { summary: summaryText(words) }));
}
