import type { BoxName } from '../../src/domain/fact';
import { minutes, withinShare } from '../lib/deadline';
import type { ResponseRun } from './run';
import type { ShareName } from './time-accounts';

export interface StepShare {
  readonly share: ShareName;
  /** Name of the box in the list of steps. */
  readonly box: BoxName;
  /** Hosts have accounts of their own. */
  readonly host?: string;
  /** When the step counts as late; no alert when left out. */
  readonly plannedMs?: number;
  /** Less than the share, when only a part of it may be used here. */
  readonly atMostMs?: number;
}

/**
 * Runs a step inside what is left of its time share. A late one raises an alert that names the step, the time left and how to
 * call in the next people (B13).
 * @throws ApplicationFailure SHARE_USED_UP
 */
export async function inShare<T>(run: ResponseRun, step: StepShare, work: () => Promise<T>): Promise<T> {
  const { share, box, host, plannedMs } = step;
  const began = Date.now();
  const name = host === undefined ? box : `${box}: ${host}`;
  const shareMs = Math.min(run.accounts.left(share, host), step.atMostMs ?? Infinity);
  const onLate = (left: number): void => {
    run.steps.late(box);
    run.changed();
    run.tell('delay', `delay-${share}${host === undefined ? '' : `-${host}`}`, {
      facts: [
        {
          fact: 'late',
          box,
          ...(host === undefined ? {} : { host }),
          left: minutes(left),
          forResponse: minutes(run.stopAt - Date.now()),
        },
      ],
      nextAction: `firebreak escalate ${run.incident}`,
    });
  };
  try {
    return await withinShare({ step: name, shareMs, ...(plannedMs === undefined ? {} : { plannedMs, onLate }) }, work);
  } finally {
    run.accounts.spend(share, host, Date.now() - began);
  }
}
