import { Context } from '@temporalio/activity';
import { FirebreakError } from '../src/domain/errors';
import type { Caller } from './caller';
import type { GuardedDeps } from './guarded';
import { tellIncident } from './tell-incident';

/** A refusal that a run may meet in the ordinary course: nobody is alerted. */
export class ExpectedRefusal extends FirebreakError {}

/** A refused act is an alert: in the ledger, and to people by way of the incident. Never throws. */
export async function alertRefusedAct(
  deps: Pick<GuardedDeps, 'ledger' | 'refusals' | 'now'>,
  caller: Caller,
  act: string,
  error: FirebreakError,
): Promise<void> {
  await Promise.all([record(deps, caller, act, error), tellIncident(caller.incident, act, error)]);
}

async function record(
  { ledger, refusals, now }: Pick<GuardedDeps, 'ledger' | 'refusals' | 'now'>,
  caller: Caller,
  act: string,
  error: FirebreakError,
): Promise<void> {
  const run = Context.current().info.workflowExecution;
  const event = {
    key: `refused-act:${act}:${run?.workflowId ?? ''}:${run?.runId ?? ''}`.slice(0, 500),
    level: 'CRITICAL',
    incident: caller.incident,
    actor: String(caller.operator ?? 'unknown').slice(0, 100),
    stage: 'event',
    action: 'act.refused',
    subject: act.slice(0, 200),
    result: error.code,
    reason: error.message.slice(0, 500),
    at: now().toISOString(),
  } as const;
  const events = refusals([event]);
  if (events.length > 0) await ledger.append(events).catch(() => undefined);
}
