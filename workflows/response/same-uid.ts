import type { ActionResult } from '../../src/domain/plan';
import type { PlanStep } from '../../activities';
import type { ResponseRun } from './run';

/** Other names of a disabled account's uid are the same account to the kernel and still get in: people hear of them (C7). */
export function tellSameUid(
  run: ResponseRun,
  { host, target }: PlanStep,
  { action, sameUid = [] }: ActionResult,
): void {
  if (sameUid.length === 0) return;
  const fact = { fact: 'uid-shared', host, account: target ?? action, others: sameUid } as const;
  run.failed(fact);
  run.raise('partial', fact);
  run.tell('failure', `failure-same-uid-${action}`, { facts: [fact] });
  run.nextSteps.push(fact);
}
