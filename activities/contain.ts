import { FirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { IncidentId } from '../src/domain/ids';
import { actionId } from '../src/domain/ids';
import type { ActionResult, PlannedAction } from '../src/domain/plan';
import { holds, settled } from '../src/domain/plan';
import type { IncidentType, Severity } from '../src/domain/words';
import { INCIDENT_TYPES, SEVERITIES } from '../src/domain/words';
import type { ForcedIsolationOrder } from '../src/ports/containment';
import type { Authority } from './caller';
import { authorities, forcedIsolationEnds } from './authority';
import type { UndoItem } from './doubtful-acts';
import { doubtfulActs } from './doubtful-acts';
import { exceptionsInWords } from './exceptions-told';
import type { Scope } from './failure';
import { activity } from './failure';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { hostOf } from './host-of';
import type { LateRecord } from './late-record';
import { sealLate } from './late-record';
import { NotAsMeant } from './not-as-meant';
import { forcedControl, forHistory, recordDone, targetResults } from './record';
import { rehearse } from './rehearse';
import type { Acted, RunAct } from './run-act';
import { createRunAct } from './run-act';
import { holderOf, machineNow, machinesOfForced } from './same-machine';
import type { OpenedPlan } from './sealed-plan';
import { undoing } from './undoing';
import { unlessAway } from './unless-away';
import { stillWanted } from './wanted';

/** Which act of which plan; the targets are loaded from the store. */
export interface ActInput {
  readonly incident: IncidentId;
  readonly planHash: string;
  readonly actionId: string;
  readonly severity: Severity;
  readonly type: IncidentType;
  /** Who has signed the order; left out for an undo of what has expired. */
  readonly operator?: string;
  /** The order it rests on; an undo by the order that the incident was started with is only of what has expired. */
  readonly authority: Authority;
  readonly approval?: Authority;
}

export interface ActOutput {
  readonly result: ActionResult;
  /** What ledger and tables do not hold yet (L1); `recordLate` writes it. */
  readonly unrecorded: readonly LateRecord[];
}

/** What became of the sources of one act that were to be unblocked. */
export interface UnblockOutput {
  /** Were in force and are gone. */
  readonly unblocked: number;
  readonly notInForce: number;
  /** The first of those. */
  readonly notInForceTargets: readonly string[];
  readonly notes: ActionResult['notes'];
  readonly unrecorded: readonly LateRecord[];
}

export interface HostInput {
  readonly incident: IncidentId;
  readonly host: string;
  /** Of the plan whose acts failed; empty where none is needed. */
  readonly planHash: string;
  readonly severity: Severity;
  readonly type: IncidentType;
  readonly operator?: string;
  readonly authority: Authority;
  readonly approval?: Authority;
}

/** Sources that history carries in words. */
const TARGETS_IN_HISTORY = 50;

/** Acts on hosts; the queue `contain`. Every act writes its intent first and is idempotent by action id (C5, L1). */
export function containActivities(deps: GuardedDeps, runAct: RunAct = createRunAct(deps)) {
  const authority = authorities(deps);
  const { undo, rowsFirst, heldOn } = undoing(deps, runAct);

  async function findAction(input: ActInput): Promise<{ readonly opened: OpenedPlan; readonly action: PlannedAction }> {
    const opened = await authority.openPlan(input, input.planHash);
    const action = opened.plan.actions.find((candidate) => candidate.id === input.actionId);
    if (action === undefined)
      throw new FirebreakError('PLAN_CHANGED', {
        ...{ cause: 'act-not-in-plan', act: String(input.actionId) },
        plan: input.planHash.slice(0, 12),
      });
    return { opened, action };
  }

  async function bestEffort(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch {
      return false;
    }
  }

  /** Writes the result of an act into the tables; what cannot be written is sealed and handed back (L1, B11). */
  async function recorded(
    confirmed: Confirmed,
    { result, missed }: Acted,
    { execution, attempt }: Scope,
    write: () => Promise<void>,
  ): Promise<ActOutput> {
    const isRecorded = await bestEffort(write);
    const late = isRecorded ? {} : { result, of: { execution, attempt } };
    return {
      result: forHistory(result),
      unrecorded: await sealLate(deps, confirmed.incident, { events: missed, ...late }),
    };
  }

  return {
    /** Stages and checks the isolation rules, so that the fallback is a single exec (C6). */
    stageForcedIsolation: (input: HostInput): Promise<void> =>
      activity(async ({ signal, attempt }) => {
        const host = hostOf(deps, input.host);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        const { incident } = input;
        const confirmed = await authority.toStage(input, action, host);
        const order = forcedOrder(host, confirmed.order);
        const { forced } = deps.effects(confirmed);
        await forced.stage(host, action, order, { incident, signal, attempt, onProgress: () => undefined });
      }),

    /** Performs one planned act; throws VERIFY_FAILED when a target does not hold afterwards (C2). In a drill the host says what would come of it. */
    performAction: (input: ActInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const { opened, action } = await findAction(input);
        const host = hostOf(deps, action.host);
        const confirmed = await authority.toPerform(input, opened, action, host);
        const { drill } = confirmed.order;
        const what = { ...urgencyOf(input), action: action.id, host: host.name, verb: 'perform' } as const;
        let wanted = action;
        const acted = await runAct(confirmed, what, scope, async (effects, context) => {
          const { containment, previewer, controls } = effects;
          // Asked in the host's turn: what is unblocked waits for it.
          wanted = (await unlessAway(stillWanted(deps, action))) ?? action;
          if (drill) return rehearse({ containment, previewer }, host, wanted, context, deps.now);
          const performed = await containment.perform(host, wanted, context);
          const done = { ...performed, ...(await machineNow(deps, effects, host, context)) };
          if (settled(action.kind, done.counts)) return done;
          await bestEffort(() => controls.activate(wanted, done, targetResults(wanted, done), done.endedAt));
          throw new NotAsMeant('VERIFY_FAILED', exceptionsInWords(done), done);
        });
        const effects = deps.effects(confirmed);
        return recorded(confirmed, acted, scope, () =>
          recordDone(effects, input.incident, acted.result, scope, drill ? undefined : wanted),
        );
      }),

    /**
     * Undoes one act: the row first, then the kernel (B14); what another incident still owns stays (C4). Throws DRIFT when
     * somebody changed on the host what the act left (C5), MACHINE_CHANGED when the host is another machine now.
     */
    undoAction: (input: ActInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const { action } = await findAction(input);
        const confirmed = await authority.toUndo(input, action.id, action.expiresAt);
        const act = { ...urgencyOf(input), action: action.id, kind: action.kind, host: action.host };
        return undo(confirmed, act, scope, () => {
          const host = hostOf(deps, action.host);
          return {
            held: () => heldOn(action.id, host),
            carryOut: ({ containment }, context) => containment.undo(host, action, context),
          };
        });
      }),

    /**
     * Unblocks those sources of one act that the order names, and nothing else: the rows first, so that the watch does not put
     * them back, then the kernel; what another incident owns stays (C4). Throws as `undoAction` does.
     *
     * @returns null when the act blocks none of them
     */
    unblockSources: (input: ActInput): Promise<UnblockOutput | null> =>
      activity(async (scope) => {
        const { action } = await findAction(input);
        const host = hostOf(deps, action.host);
        const confirmed = await authority.toUnblock(input, action);
        const targets = new Set(confirmed.order.targets);
        // By the plan, not by the rows: what the tables have missed is in force all the same, and a failed undo has released its rows.
        const sources = action.kind === 'block-sources' ? action.sources.filter((source) => targets.has(source)) : [];
        if (action.kind !== 'block-sources' || sources.length === 0) return null;
        // An id of its own: the rows of the act itself stay what they are.
        const id = actionId(input.incident, 'unblock', host.name, confirmed.grantId);
        let notInForce: readonly string[] = [];
        const what = { ...urgencyOf(input), action: id, host: host.name, verb: 'unblock' } as const;
        const { controls } = deps.effects(confirmed);
        const end = (): Promise<void> => controls.release(input.incident, action.id, deps.now().toISOString(), sources);
        const { result, missed } = await rowsFirst(confirmed, what, scope, action.id, end, {
          held: () => heldOn(action.id, host),
          carryOut: async ({ lifter }, context) => {
            const lifted = await lifter.lift(host, action, sources, context);
            ({ notInForce } = lifted);
            return { ...lifted.result, action: id };
          },
        });
        return {
          unblocked: result.counts.applied,
          notInForce: notInForce.length,
          notInForceTargets: notInForce.slice(0, TARGETS_IN_HISTORY),
          notes: result.notes,
          unrecorded: await sealLate(deps, confirmed.incident, { events: missed }),
        };
      }),

    /** Goes down the ladder of forced isolation (C6); `counts.failed` says that no rung holds. */
    forceIsolation: (input: HostInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const host = hostOf(deps, input.host);
        const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        const confirmed = await authority.toForce(input, action, host, input.planHash);
        const upstream = gateway === undefined ? {} : { gateway: gateway.name };
        const what = { ...urgencyOf(input), action, host: host.name, verb: 'perform', ...upstream } as const;
        const acted = await runAct(confirmed, what, scope, async (effects, context) => {
          const { forced } = effects;
          const done = await forced.force(host, gateway, action, forcedOrder(host, confirmed.order), context);
          const holder = holderOf(done.rung, host, gateway) ?? host;
          if (holds(done.counts)) return { ...done, ...(await machineNow(deps, effects, holder, context)) };
          throw new NotAsMeant('VERIFY_FAILED', { cause: 'no-rung-holds', host: host.name }, done);
        });
        const effects = deps.effects(confirmed);
        const control = forcedControl(action, host.name, forcedIsolationEnds(confirmed.order));
        return recorded(confirmed, acted, scope, () =>
          recordDone(effects, input.incident, acted.result, scope, control),
        );
      }),

    /** Undoes what `forceIsolation` put in force; the rung that held must be off for certain (B14, C6). */
    liftForcedIsolation: (input: HostInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const action = actionId(input.incident, 'forced-isolation', input.host);
        const confirmed = await authority.toUndo(input, action, undefined);
        const rung = await deps.controls.rungOf(action);
        const act = { ...urgencyOf(input), action, kind: 'forced-isolation', host: input.host } as const;
        return undo(confirmed, act, scope, () => {
          const host = hostOf(deps, input.host);
          const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
          return {
            held: () => machinesOfForced(deps, action, rung, host, gateway),
            carryOut: ({ forced }, context) => forced.lift(host, gateway, action, rung, context),
          };
        });
      }),

    /** What has to be undone to release the incident exactly, newest first (LIFO). */
    listUndo: (input: { readonly incident: IncidentId; readonly authority: Authority }): Promise<readonly UndoItem[]> =>
      activity(async () => {
        await authority.toRecord(input, 'list-undo');
        const rows = await deps.controls.active({ incident: input.incident });
        const byAction = new Map(rows.map((row) => [row.action as string, row]));
        const inForce = [...byAction.values()]
          .sort((a, b) => (a.since < b.since ? 1 : a.since > b.since ? -1 : 0))
          .map((row): UndoItem => ({
            actionId: row.action,
            kind: row.kind,
            host: row.host,
            expiresAt: row.expiresAt,
          }));
        return [...(await doubtfulActs(deps, input.incident, new Set(byAction.keys()))), ...inForce];
      }),
  };
}

/** By the signed order: the host is told the same end as the tables. */
function forcedOrder(host: Host, order: RespondOrder): ForcedIsolationOrder {
  return { management: host.management, expiresAt: forcedIsolationEnds(order) };
}

/** How the turn on the host is served; what is no word of ours comes last. */
function urgencyOf(input: { readonly severity: Severity; readonly type: IncidentType }): {
  readonly severity: Severity;
  readonly type: IncidentType;
} {
  return {
    severity: SEVERITIES.find((word) => word === input.severity) ?? 'medium',
    type: INCIDENT_TYPES.find((word) => word === input.type) ?? 'unknown',
  };
}
