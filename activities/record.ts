import type { ActionId, IncidentId } from '../src/domain/ids';
import type { ActionResult, TargetResult } from '../src/domain/plan';
import type { Control } from '../src/ports/repositories';
import type { Scope } from './failure';
import type { Effects } from './guarded';

/** Exceptions that history carries in words; the tables hold all of them. */
const EXCEPTIONS_IN_HISTORY = 50;

/**
 * Every target of an action with what became of it; what is not an exception is in force. A result that names fewer exceptions
 * than it counts says of no target that it is in force: a false row would be worse than none (B11).
 */
export function targetResults(action: Control, result: ActionResult): readonly TargetResult[] {
  const { missing, unknown, failed, refused } = result.counts;
  if (result.exceptions.length < missing + unknown + failed + refused) return result.exceptions;
  const exceptions = new Map(result.exceptions.map((exception) => [exception.target, exception]));
  return targetsOf(action).map((target) => exceptions.get(target) ?? { target, outcome: 'applied' });
}

/** The control that forced isolation is, as `access_controls` lists it. */
export function forcedControl(action: ActionId, host: string, expiresAt: string): Control {
  return { id: action, kind: 'forced-isolation', host, expiresAt };
}

/** A result as history carries it: not the bulk, which the tables or the late record have. */
export function forHistory(result: ActionResult): ActionResult {
  return { ...result, exceptions: result.exceptions.slice(0, EXCEPTIONS_IN_HISTORY) };
}

/** What an action acts on, as rows of `access_controls` name it. */
function targetsOf(action: Control): readonly string[] {
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
    case 'forced-isolation':
      return [action.host];
  }
}

/**
 * What an act came to: its controls first, then its row in `emergency_responses`. A row there says that the controls are listed,
 * which is what a release goes by (B5).
 *
 * @param control undefined when nothing was put in force: a drill
 */
export async function recordDone(
  effects: Pick<Effects, 'responses' | 'controls'>,
  incident: IncidentId,
  result: ActionResult,
  { execution, attempt }: Pick<Scope, 'execution' | 'attempt'>,
  control: Control | undefined,
): Promise<void> {
  const { action, host, kind, endedAt: at } = result;
  if (control !== undefined) await effects.controls.activate(control, result, targetResults(control, result), at);
  await effects.responses.record({ action, incident, host, kind, execution, attempt, state: 'succeeded', result, at });
}
