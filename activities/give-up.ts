import type { ErrorCode } from '../src/domain/errors';
import { ensureFirebreakError, HOST_NOT_ASKED } from '../src/domain/errors';
import type { ActionId } from '../src/domain/ids';
import type { ActionResult } from '../src/domain/plan';
import { NO_OUTCOMES, remarked } from '../src/domain/plan';
import type { Scope } from './failure';
import { ActFailed } from './failure';
import type { Confirmed, GuardedDeps } from './guarded';
import type { LateRecord } from './late-record';
import type { Act, Acted, RunAct } from './run-act';

/** Failures of an undo after which the word of people counts that the machine, or its journal of the act, is gone. */
const MAY_BE_GONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...HOST_NOT_ASKED,
  'MACHINE_CHANGED',
  'JOURNAL_LOST',
  'UNKNOWN_HOST',
]);

/** Whether the signed order gives up what this failure leaves on the host. */
export function givesUp(confirmed: Pick<Confirmed, 'order'>, host: string, code: ErrorCode): boolean {
  return MAY_BE_GONE.has(code) && goneHosts(confirmed).includes(host);
}

/** Hosts whose machine is gone, says the order. */
function goneHosts({ order }: Pick<Confirmed, 'order'>): readonly string[] {
  return order.action === 'release' || order.action === 'stand-down' ? (order.gone ?? []) : [];
}

/**
 * Undoes an act, unless the signed order says that the machine of its host is gone, and it is not the one that answers. What it left is
 * then given up: it stays on record as such, and is never counted as undone. A machine that answers is undone as always.
 */
export async function undoOrGiveUp(
  deps: GuardedDeps,
  runAct: RunAct,
  confirmed: Confirmed,
  act: Omit<Act, 'verb'> & { readonly kind: ActionResult['kind'] },
  scope: Scope,
  undo: () => Promise<Acted>,
): Promise<Acted & { readonly unrecorded: readonly LateRecord[] }> {
  try {
    return { ...(await undo()), unrecorded: [] };
  } catch (thrown) {
    const { code } = ensureFirebreakError(thrown);
    if (scope.signal.aborted || !givesUp(confirmed, act.host, code)) throw thrown;
    const unrecorded = thrown instanceof ActFailed ? thrown.unrecorded : [];
    return { ...(await giveUp(deps, runAct, confirmed, act, scope, code)), unrecorded };
  }
}

async function giveUp(
  deps: GuardedDeps,
  runAct: RunAct,
  confirmed: Confirmed,
  { kind, ...act }: Omit<Act, 'verb'> & { readonly kind: ActionResult['kind'] },
  scope: Scope,
  why: ErrorCode,
): Promise<Acted> {
  const { incident, operator } = confirmed;
  const { action, host } = act;
  return runAct(confirmed, { ...act, verb: 'give-up' }, scope, async ({ controls, responses }) => {
    const at = deps.now().toISOString();
    await controls.giveUp(incident, action, at);
    const { execution, attempt } = scope;
    await responses.record({
      ...{ action, incident, host, kind: 'undo', execution, attempt, state: 'given-up', at },
      ...{ errorCode: why, detail: operator },
    });
    return givenUp({ action, kind, host, at, operator });
  });
}

function givenUp({
  action,
  kind,
  host,
  at,
  operator,
}: Pick<ActionResult, 'kind' | 'host'> & {
  readonly action: ActionId;
  readonly at: string;
  readonly operator: string;
}): ActionResult {
  const said = remarked([{ fact: 'given-up', hosts: [host], by: operator }]);
  const nothing = { counts: NO_OUTCOMES, exceptions: [], verified: false, rung: 'none', replayed: false };
  return { action, kind, host, ...nothing, startedAt: at, endedAt: at, ...said };
}
