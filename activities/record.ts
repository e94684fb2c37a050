import type { IncidentId } from '../src/domain/ids';
import type { ActionResult, PlannedAction, TargetResult } from '../src/domain/plan';
import type { ActivityDeps } from '../src/ports/activity-deps';

/** Every target of an action with what became of it; what is not an exception is in force. */
export function targetResults(action: PlannedAction, result: ActionResult): TargetResult[] {
  const exceptions = new Map(result.exceptions.map((exception) => [exception.target, exception]));
  return targetsOf(action).map((target) => exceptions.get(target) ?? { target, outcome: 'applied' });
}

/** What an action acts on, as rows of `access_controls` name it. */
export function targetsOf(action: PlannedAction): readonly string[] {
  switch (action.kind) {
    case 'block-sources':
      return action.sources;
    case 'disable-account':
    case 'emergency-access':
      return [action.account];
    case 'isolate-segment':
      return action.prefixes;
    case 'isolate-host':
    case 'heighten-monitoring':
      return [action.host];
  }
}

/** One row of `emergency_responses` for what an action came to. */
export async function recordResult(
  deps: Pick<ActivityDeps, 'responses'>,
  incident: IncidentId,
  result: ActionResult,
  attempt: number,
): Promise<void> {
  await deps.responses.record({
    action: result.action,
    incident,
    host: result.host,
    kind: result.kind,
    attempt,
    state: 'succeeded',
    result,
    at: result.endedAt,
  });
}
