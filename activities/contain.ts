import { FirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { IncidentId } from '../src/domain/ids';
import { actionId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { ActionResult, PlannedAction } from '../src/domain/plan';
import { holds, settled } from '../src/domain/plan';
import type { IncidentType, Severity } from '../src/domain/words';
import type { Act, Actor } from './act';
import { actor, NotAsMeant } from './act';
import type { Authority } from './authority';
import { actAuthority } from './authority';
import type { UndoItem } from './doubtful-acts';
import { doubtfulActs } from './doubtful-acts';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { activity } from './failure';
import { forcedControl, forHistory, recordDone, targetResults } from './record';

/** Which act of which plan; the targets are loaded from the store. */
export interface ActInput {
  readonly incident: IncidentId;
  readonly planHash: string;
  readonly actionId: string;
  readonly severity: Severity;
  readonly type: IncidentType;
  readonly operator: string;
  readonly drill: boolean;
  /** The order it rests on; an undo without one is only of what has expired. */
  readonly authority?: Authority;
  readonly approval?: Authority;
}

export interface ActOutput {
  readonly result: ActionResult;
  /** Events that the ledger does not hold yet (L1). */
  readonly unrecorded: readonly AuditEvent[];
  /** False when the tables could not be written; `recordLate` does it then. */
  readonly recorded: boolean;
}

/** What became of the sources of one act that were to be let go. */
export interface UnblockOutput {
  /** Were in force and are gone. */
  readonly unblocked: number;
  readonly notInForce: number;
  /** The first of those. */
  readonly notInForceTargets: readonly string[];
  readonly notes: readonly string[];
  readonly unrecorded: readonly AuditEvent[];
}

export interface HostInput {
  readonly incident: IncidentId;
  readonly host: string;
  readonly severity: Severity;
  readonly type: IncidentType;
  readonly operator: string;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
  readonly authority?: Authority;
  readonly approval?: Authority;
}

/** Sources that history carries in words. */
const TARGETS_IN_HISTORY = 50;

function hostOf(deps: ActivityDeps, name: string): Host {
  const host = deps.site.hosts.get(name);
  if (host === undefined) throw new FirebreakError('UNKNOWN_HOST', name);
  return host;
}

async function findAction(
  deps: ActivityDeps,
  input: Pick<ActInput, 'incident' | 'planHash' | 'actionId'>,
): Promise<PlannedAction> {
  const plan = await deps.plans.load(input.incident, input.planHash);
  const action = plan.actions.find((candidate) => candidate.id === input.actionId);
  if (action === undefined)
    throw new FirebreakError('PLAN_CHANGED', `no act ${input.actionId} in plan ${input.planHash.slice(0, 12)}`);
  return action;
}

/** Acts on hosts; the queue `contain`. Every act writes its intent first and is idempotent by action id (C5, L1). */
export function containActivities(deps: ActivityDeps, act: Actor = actor(deps)) {
  const authority = actAuthority(deps);

  async function bestEffort(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch {
      return false;
    }
  }

  async function recordUndone(incident: IncidentId, result: ActionResult, attempt: number): Promise<void> {
    const { action, host, kind, endedAt: at } = result;
    await deps.responses.record({ action, incident, host, kind, attempt, state: 'undone', result, at });
  }

  return {
    /** Stages and checks the isolation rules, so that the fallback is a single exec (C6). */
    stageForcedIsolation: (input: HostInput): Promise<void> =>
      activity(async ({ signal, attempt }) => {
        const host = hostOf(deps, input.host);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        await authority.toStage(input, action, host);
        await deps.forced.stage(host, action, host.management, {
          incident: input.incident,
          signal,
          attempt,
          onProgress: () => undefined,
        });
      }),

    /** Performs one planned act; throws VERIFY_FAILED when a target does not hold afterwards (C2). In a drill it only checks. */
    performAction: (input: ActInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const action = await findAction(deps, input);
        const host = hostOf(deps, action.host);
        const { drill } = await authority.toPerform(input, action, host);
        const what: Act = { ...input, action: action.id, host: host.name, verb: 'perform' };
        const { result, unrecorded } = await act(what, scope, async (context) => {
          if (drill) return deps.containment.verify(host, action, context);
          const done = await deps.containment.perform(host, action, context);
          if (settled(action.kind, done.counts)) return done;
          await bestEffort(() => deps.controls.activate(action, done.rung, targetResults(action, done), done.endedAt));
          throw new FirebreakError('VERIFY_FAILED', countsInWords(done));
        });
        const recorded = await bestEffort(() =>
          recordDone(deps, input.incident, result, scope.attempt, drill ? undefined : action),
        );
        return { result: forHistory(result, recorded), unrecorded, recorded };
      }),

    /**
     * Undoes one act: the row first, then the kernel (B14); what another incident still owns stays (C4). Throws DRIFT when
     * somebody changed on the host what the act left (C5).
     */
    undoAction: (input: ActInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const action = await findAction(deps, input);
        const host = hostOf(deps, action.host);
        await authority.toUndo(input, action.id);
        await deps.controls.release(input.incident, action.id, deps.now().toISOString());
        const what: Act = { ...input, action: action.id, host: host.name, verb: 'undo' };
        const { result, unrecorded } = await act(what, scope, async (context) =>
          undone(await deps.containment.undo(host, action, context)),
        );
        await recordUndone(input.incident, result, scope.attempt);
        return { result: forHistory(result, true), unrecorded, recorded: true };
      }),

    /**
     * Lets go of those sources of one act that the order names, and of nothing else: the rows first, so that the watch does not put
     * them back, then the kernel; what another incident owns stays (C4). Throws as `undoAction` does.
     *
     * @returns null when the act blocks none of them
     */
    unblockSources: (input: ActInput): Promise<UnblockOutput | null> =>
      activity(async (scope) => {
        const action = await findAction(deps, input);
        const host = hostOf(deps, action.host);
        const targets = new Set(await authority.toUnblock(input, action));
        // By the plan, not by the rows: what the tables have missed is in force all the same, and a failed lift has released its rows.
        const sources = action.kind === 'block-sources' ? action.sources.filter((source) => targets.has(source)) : [];
        if (action.kind !== 'block-sources' || sources.length === 0) return null;
        await deps.controls.release(input.incident, action.id, deps.now().toISOString(), sources);
        // An id of its own: the rows of the act itself stay what they are.
        const id = actionId(input.incident, 'unblock', host.name, input.authority?.grantId);
        let notInForce: readonly string[] = [];
        const what: Act = { ...input, action: id, host: host.name, verb: 'unblock' };
        const { result, unrecorded } = await act(what, scope, async (context) => {
          const lifted = await deps.lifter.lift(host, action, sources, context);
          ({ notInForce } = lifted);
          return { ...undone(lifted.result), action: id };
        });
        await recordUndone(input.incident, result, scope.attempt);
        return {
          unblocked: result.counts.applied,
          notInForce: notInForce.length,
          notInForceTargets: notInForce.slice(0, TARGETS_IN_HISTORY),
          notes: result.notes,
          unrecorded,
        };
      }),

    /** Goes down the ladder of forced isolation (C6); `counts.failed` says that no rung holds. */
    forceIsolation: (input: HostInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const host = hostOf(deps, input.host);
        const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        await authority.toForce(input, action, host);
        const { result, unrecorded } = await act({ ...input, action, verb: 'perform' }, scope, async (context) => {
          const done = await deps.forced.force(host, gateway, action, host.management, context);
          if (holds(done.counts)) return done;
          throw new NotAsMeant('VERIFY_FAILED', `no rung of forced isolation holds on ${host.name}`, done);
        });
        const control = forcedControl(action, host.name, input.expiresAt);
        const recorded = await bestEffort(() => recordDone(deps, input.incident, result, scope.attempt, control));
        return { result, unrecorded, recorded };
      }),

    /** Lifts what `forceIsolation` put in force; the rung that held must be off for certain (B14, C6). */
    liftForcedIsolation: (input: HostInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const host = hostOf(deps, input.host);
        const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        await authority.toUndo(input, action);
        await deps.controls.release(input.incident, action, deps.now().toISOString());
        const held = await deps.controls.rungOf(action);
        const { result, unrecorded } = await act({ ...input, action, verb: 'undo' }, scope, async (context) =>
          undone(await deps.forced.lift(host, gateway, action, held, context)),
        );
        await recordUndone(input.incident, result, scope.attempt);
        return { result, unrecorded, recorded: true };
      }),

    /** What has to be undone to release the incident exactly, newest first (LIFO). */
    listUndo: (input: { readonly incident: IncidentId }): Promise<readonly UndoItem[]> =>
      activity(async () => {
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

/** An undo that left something in force is a failure, so that it is told and can be ordered again (B5, C5). */
function undone(result: ActionResult): ActionResult {
  const { unknown, failed, refused } = result.counts;
  if (unknown + failed > 0) throw new FirebreakError('VERIFY_FAILED', countsInWords(result));
  if (refused > 0) throw new FirebreakError('DRIFT', driftInWords(result));
  return result;
}

function driftInWords(result: ActionResult): string {
  const left = result.exceptions.filter(({ outcome }) => outcome === 'refused').slice(0, 3);
  return `${result.host}: ${left.map(({ target, detail }) => (detail === undefined ? target : `${target} (${detail})`)).join(', ')}.`;
}

function countsInWords(result: ActionResult): string {
  const { counts } = result;
  return `${result.host}: ${counts.applied} applied, ${counts.already} already, ${counts.missing} missing, ${counts.unknown} unknown, ${counts.failed} failed.`;
}
