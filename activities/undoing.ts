import { ensureFirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { ActionId } from '../src/domain/ids';
import type { ActionResult } from '../src/domain/plan';
import type { TargetReason } from '../src/domain/target-reason';
import type { ActContext } from '../src/ports/containment';
import { HOST_KEY } from './act-events';
import { exceptionsInWords } from './exceptions-told';
import type { Scope } from './failure';
import { givesUp, undoOrGiveUp } from './give-up';
import type { Confirmed, Effects, GuardedDeps } from './guarded';
import type { LateRecord } from './late-record';
import { sealLate } from './late-record';
import { NotAsMeant } from './not-as-meant';
import { forHistory } from './record';
import type { Act, Acted, RunAct } from './run-act';
import type { HeldOn } from './same-machine';
import { demandSameMachine, machineRecord, pinnedKeyOf, wasPutInForce } from './same-machine';

/** Reasons by which a host says that it does not know what was before the act. */
const JOURNAL_LOST: ReadonlySet<TargetReason> = new Set<TargetReason>([
  'account-journal-lost',
  'emergency-journal-lost',
  'monitoring-journal-lost',
]);

/** An act that is to be undone. */
type Undoable = Omit<Act, 'verb' | 'by'> & { readonly kind: ActionResult['kind'] };

/** Where an act is undone, and how. */
interface OnHost {
  readonly held: () => Promise<readonly HeldOn[]>;
  readonly carryOut: (effects: Effects, context: ActContext) => Promise<ActionResult>;
}

/** What every undo does: rows first, then the kernel, and only on the machine that the act was carried out on. */
export function undoing(deps: GuardedDeps, runAct: RunAct) {
  /** What is undone by nobody's order has expired: the row says so, and ends with its time. */
  async function endControls(confirmed: Confirmed, action: ActionId): Promise<void> {
    const { controls } = deps.effects(confirmed);
    const at = deps.now().toISOString();
    if (isOrdered(confirmed)) await controls.release(confirmed.incident, action, at);
    else await controls.expire(confirmed.incident, action, at);
  }

  async function recordUndone(
    confirmed: Confirmed,
    result: ActionResult,
    { execution, attempt }: Scope,
  ): Promise<void> {
    const { incident } = confirmed;
    const { action, host, kind, endedAt: at } = result;
    const { responses } = deps.effects(confirmed);
    await responses.record({ action, incident, host, kind, execution, attempt, state: 'undone', result, at });
  }

  /** On the one machine of an act that is not forced isolation. */
  async function heldOn(action: ActionId, host: Host): Promise<readonly HeldOn[]> {
    return [{ host, record: await machineRecord(deps, action, HOST_KEY, pinnedKeyOf(deps, host.name)) }];
  }

  /**
   * Rows end before the kernel is touched (B14), and all the same when the host cannot be asked: nothing is to put it back. On another
   * machine the control has not ended, as far as anybody knows.
   *
   * @param ofAct whose machine is meant; its rows are what `end` ends
   */
  async function rowsFirst(
    confirmed: Confirmed,
    what: Act,
    scope: Scope,
    ofAct: ActionId,
    end: () => Promise<void>,
    { held, carryOut }: OnHost,
  ): Promise<Acted> {
    try {
      const acted = await runAct(confirmed, what, scope, async (effects, given) => {
        const context = { ...given, insists: isOrdered(confirmed) };
        for (const { host, record } of await held())
          await demandSameMachine(deps, host, record, ofAct, () => effects.machines.look(host, [ofAct], context));
        const inForce = await wasPutInForce(deps, ofAct);
        await end();
        return undone(await carryOut(effects, { ...context, inForce }));
      });
      await recordUndone(confirmed, acted.result, scope);
      return acted;
    } catch (thrown) {
      const { code } = ensureFirebreakError(thrown);
      if (code !== 'MACHINE_CHANGED' && !givesUp(confirmed, what.host, code)) await end().catch(() => undefined);
      throw thrown;
    }
  }

  return {
    heldOn,
    rowsFirst,

    /**
     * Undoes an act. A machine that is gone is given up when the order says so.
     * @param onHost throws UNKNOWN_HOST when the inventory does not name the host any more
     */
    undo: async (
      confirmed: Confirmed,
      act: Undoable,
      scope: Scope,
      onHost: () => OnHost,
    ): Promise<{ readonly result: ActionResult; readonly unrecorded: readonly LateRecord[] }> => {
      const { kind, ...what } = act;
      // What has expired is undone by nobody's order.
      const by = isOrdered(confirmed) ? {} : ({ by: 'firebreak' } as const);
      const { result, missed, unrecorded } = await undoOrGiveUp(
        deps,
        runAct,
        confirmed,
        { ...what, kind },
        scope,
        async () =>
          rowsFirst(
            confirmed,
            { ...what, verb: 'undo', ...by },
            scope,
            act.action,
            () => endControls(confirmed, act.action),
            onHost(),
          ),
      );
      const late = await sealLate(deps, confirmed.incident, { events: missed });
      return { result: forHistory(result), unrecorded: [...unrecorded, ...late] };
    },
  };
}

/** Whether a person has ordered the undo; else the time of the act is over. */
function isOrdered({ order }: Pick<Confirmed, 'order'>): boolean {
  return order.action !== 'respond';
}

/** An undo that left something in force is a failure, so that it is told and can be ordered again (B5, C5). */
function undone(result: ActionResult): ActionResult {
  const { unknown, failed, refused } = result.counts;
  const isLost = result.exceptions.some(({ why = [] }) => why.some((reason) => JOURNAL_LOST.has(reason)));
  if (isLost) throw new NotAsMeant('JOURNAL_LOST', exceptionsInWords(result), result);
  if (unknown + failed > 0) throw new NotAsMeant('VERIFY_FAILED', exceptionsInWords(result), result);
  if (refused > 0) throw new NotAsMeant('DRIFT', exceptionsInWords(result), result);
  return result;
}
