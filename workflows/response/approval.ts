import { condition } from '@temporalio/workflow';
import { APPROVAL_WAIT_MS } from '../../src/domain/numbers';
import type { PlanStep } from '../../activities';
import { summaryText } from '../lib/activities';
import { minutes } from '../lib/deadline';
import type { ResponseRun } from './run';
import type { ShareName } from './time-accounts';

/** A notice names this many acts and counts the others. */
const ACTS_NAMED = 5;

/** An answer that comes last must leave half of the share for the acts themselves (N5). */
function approvalWait(run: ResponseRun, share: ShareName): number {
  return Math.max(1, Math.min(APPROVAL_WAIT_MS, Math.floor(run.accounts.share(share) / 2)));
}

function decided(run: ResponseRun): boolean {
  return run.orders.decision?.planHash === run.plan?.planHash || run.handsOff;
}

/** An approval counts for this plan only; silence and a take-over are a no. */
function agreed(run: ResponseRun): boolean {
  const { decision } = run.orders;
  return decision !== null && decision.approved && decision.planHash === run.plan?.planHash && !run.handsOff;
}

function decision(run: ResponseRun, order: 'approve' | 'reject'): string {
  return `firebreak ${order} ${run.incident} --plan ${run.plan?.planHash.slice(0, 12) ?? ''}`;
}

/** Asks once for all acts that need it, while the others are carried out. */
export function askForApproval(run: ResponseRun, steps: readonly PlanStep[]): void {
  const waiting = steps.filter((step) => step.approval === 'required');
  if (run.plan === null || waiting.length === 0 || decided(run)) return;
  const wait = approvalWait(run, 'accessControl');
  run.approvalUntil = Date.now() + wait;
  run.ask({ kind: 'approval', until: new Date(run.approvalUntil).toISOString() });
  run.changed();
  run.tell('approval-needed', 'approval-needed', {
    facts: [
      {
        fact: 'needs-approval',
        acts: waiting.slice(0, ACTS_NAMED),
        more: Math.max(0, waiting.length - ACTS_NAMED),
      },
      { fact: 'approve-within', within: minutes(wait) },
      { fact: 'reject-by', command: decision(run, 'reject') },
    ],
    nextAction: decision(run, 'approve'),
  });
}

/** Waits for the answer, at most until the one moment that all hosts share; what is not approved is left out, not failed. */
export async function approved(run: ResponseRun, host: string, steps: readonly PlanStep[]): Promise<boolean> {
  await waitForDecision(run, host, 'accessControl', run.approvalUntil - Date.now());
  run.answered({ kind: 'approval' });
  if (agreed(run)) return true;
  const { decision } = run.orders;
  const why = run.handsOff ? 'left-to-people' : decision === null ? 'nobody-approved' : 'not-approved';
  for (const step of steps) {
    run.failed({ fact: 'not-done', act: step, why });
    run.nextSteps.push({ fact: 'do-decide', act: step });
  }
  run.raise('partial', ...steps.map((act) => ({ fact: 'not-done', act, why }) as const));
  return false;
}

/** Forced isolation of a host that needs approval: asked for by itself, within half of its own reserve. */
export async function forcedIsolationAllowed(run: ResponseRun, host: string): Promise<boolean> {
  if (!decided(run)) {
    const wait = approvalWait(run, 'forcedIsolation');
    run.ask({ kind: 'forced-isolation', host, until: new Date(Date.now() + wait).toISOString() });
    run.tell('approval-needed', `approval-forced-${host}`, {
      facts: [
        { fact: 'forced-isolation-needs-approval', host, within: minutes(wait) },
        { fact: 'reject-by', command: decision(run, 'reject') },
      ],
      nextAction: decision(run, 'approve'),
    });
    await waitForDecision(run, host, 'forcedIsolation', wait);
    run.answered({ kind: 'forced-isolation', host });
  }
  return agreed(run);
}

/** The waiting is taken from the share, like work. */
async function waitForDecision(run: ResponseRun, host: string, share: ShareName, waitMs: number): Promise<void> {
  if (decided(run) || waitMs <= 0) return;
  const began = Date.now();
  const summary = summaryText(`${host}: wait for approval, at most ${minutes(waitMs)}`);
  await condition(() => decided(run), waitMs, { summary });
  run.accounts.spend(share, host, Date.now() - began);
}
