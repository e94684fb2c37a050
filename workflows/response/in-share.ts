import { patched } from '@temporalio/workflow';
import type { BoxName } from '../../src/domain/boxes';
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
  /** Tells the alert of this step from those of others with the same share; the share's name when left out. */
  readonly key?: string;
  /** Less than the share, when only a part of it may be used here. */
  readonly atMostMs?: number;
}

/** Mark in histories: each step says when it is late. */
const EVERY_STEP_ALERTS = 'every-step-alerts';

/** The planned duration of a step that said nothing in earlier versions. */
export function planned(ms: number): { readonly plannedMs?: number } {
  return patched(EVERY_STEP_ALERTS) ? { plannedMs: ms } : {};
}

/** Raises the alert that a step is late: which, the time left, and how to call in the next people (B13). */
export function tellLate(
  run: ResponseRun,
  { box, host, key }: { readonly box: BoxName; readonly host?: string; readonly key: string },
  left: number,
): void {
  run.steps.late(box);
  run.changed();
  run.tell('delay', `delay-${key}${host === undefined ? '' : `-${host.replaceAll(' ', '-')}`}`, {
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
}

/**
 * Runs a step inside what is left of its time share. A late one raises an alert.
 * @throws ApplicationFailure SHARE_USED_UP
 */
export async function inShare<T>(run: ResponseRun, step: StepShare, work: () => Promise<T>): Promise<T> {
  const { share, box, host, plannedMs, key = share } = step;
  const began = Date.now();
  const name = host === undefined ? box : `${box}: ${host}`;
  const shareMs = Math.min(run.accounts.left(share, host), step.atMostMs ?? Infinity);
  const onLate = (left: number): void => tellLate(run, { box, key, ...(host === undefined ? {} : { host }) }, left);
  try {
    return await withinShare({ step: name, shareMs, ...(plannedMs === undefined ? {} : { plannedMs, onLate }) }, work);
  } finally {
    run.accounts.spend(share, host, Date.now() - began);
  }
}
