import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { ActionId, IncidentId } from '../src/domain/ids';
import { actionId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { ActionResult, PlannedAction } from '../src/domain/plan';
import { holds, settled } from '../src/domain/plan';
import type { IncidentType, Severity } from '../src/domain/words';
import type { ActContext } from '../src/ports/containment';
import { ActAudit } from './audit';
import type { Authority } from './authority';
import { actAuthority } from './authority';
import type { UndoItem } from './doubtful-acts';
import { doubtfulActs } from './doubtful-acts';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { activity } from './failure';
import { recordResult, targetResults } from './record';

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
export function containActivities(deps: ActivityDeps) {
  const audit = new ActAudit(deps.ledger, deps.now);
  const authority = actAuthority(deps);

  interface Act {
    readonly incident: IncidentId;
    readonly action: ActionId;
    readonly host: string;
    readonly operator: string;
    readonly verb: 'perform' | 'undo' | 'stage';
    readonly severity: Severity;
    readonly type: IncidentType;
  }

  /** Intent → turn on the host → act → result; the act itself never waits longer than the ledger's patience. */
  async function act(
    what: Act,
    scope: { readonly signal: AbortSignal; readonly attempt: number },
    carryOut: (context: ActContext) => Promise<ActionResult>,
  ): Promise<{ readonly result: ActionResult; readonly unrecorded: readonly AuditEvent[] }> {
    const event = (stage: 'intent' | 'result', result?: string): AuditEvent => ({
      key: `${what.verb}:${what.action}:${scope.attempt}:${stage}`,
      level: result === undefined || result === 'done' ? 'AUDIT' : 'ERROR',
      incident: what.incident,
      actor: what.operator,
      stage,
      action: what.verb,
      subject: what.action,
      ...(result === undefined ? {} : { result }),
      at: deps.now().toISOString(),
    });
    const unrecorded = [...(await audit.append([event('intent')], scope.signal))];
    const context: ActContext = {
      incident: what.incident,
      signal: scope.signal,
      attempt: scope.attempt,
      onProgress: () => undefined,
    };
    try {
      const result = await deps.turns.withTurn(what.host, what.incident, what.severity, what.type, scope.signal, () =>
        carryOut(context),
      );
      unrecorded.push(...(await audit.append([event('result', 'done')], scope.signal)));
      return { result, unrecorded };
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      await audit.append([event('result', error.code)], scope.signal);
      await deps.responses
        .record({
          action: what.action,
          incident: what.incident,
          host: what.host,
          kind: what.verb,
          attempt: scope.attempt,
          state: 'failed',
          errorCode: error.code,
          detail: error.message.slice(0, 500),
          at: deps.now().toISOString(),
        })
        .catch(() => undefined);
      throw error;
    }
  }

  async function bestEffort(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch {
      return false;
    }
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
        const recorded = await bestEffort(async () => {
          await recordResult(deps, input.incident, result, scope.attempt);
          if (!drill && result.counts.applied + result.counts.already > 0) {
            await deps.controls.activate(action, result.rung, targetResults(action, result), result.endedAt);
          }
        });
        return { result, unrecorded, recorded };
      }),

    /** Undoes one act: the row first, then the kernel (B14); what another incident still owns stays (C4). */
    undoAction: (input: ActInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const action = await findAction(deps, input);
        const host = hostOf(deps, action.host);
        await authority.toUndo(input, action.id);
        await deps.controls.release(input.incident, action.id, deps.now().toISOString());
        const what: Act = { ...input, action: action.id, host: host.name, verb: 'undo' };
        const { result, unrecorded } = await act(what, scope, (context) =>
          deps.containment.undo(host, action, context),
        );
        if (result.counts.unknown + result.counts.failed > 0)
          throw new FirebreakError('VERIFY_FAILED', countsInWords(result));
        await deps.responses.record({
          action: action.id,
          incident: input.incident,
          host: host.name,
          kind: action.kind,
          attempt: scope.attempt,
          state: 'undone',
          result,
          at: result.endedAt,
        });
        return { result, unrecorded, recorded: true };
      }),

    /** Goes down the ladder of forced isolation (C6); `counts.failed` says that no rung holds. */
    forceIsolation: (input: HostInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const host = hostOf(deps, input.host);
        const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        await authority.toForce(input, action, host);
        const { result, unrecorded } = await act({ ...input, action, verb: 'perform' }, scope, (context) =>
          deps.forced.force(host, gateway, action, host.management, context),
        );
        const recorded = await bestEffort(async () => {
          await recordResult(deps, input.incident, result, scope.attempt);
          if (holds(result.counts)) {
            await deps.controls.activate(
              { id: action, kind: 'forced-isolation', host: host.name, expiresAt: input.expiresAt },
              result.rung,
              [{ target: host.name, outcome: 'applied' }],
              result.endedAt,
            );
          }
        });
        if (!holds(result.counts))
          throw new FirebreakError('VERIFY_FAILED', `no rung of forced isolation holds on ${host.name}`);
        return { result, unrecorded, recorded };
      }),

    liftForcedIsolation: (input: HostInput): Promise<ActOutput> =>
      activity(async (scope) => {
        const host = hostOf(deps, input.host);
        const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
        const action = actionId(input.incident, 'forced-isolation', host.name);
        await authority.toUndo(input, action);
        await deps.controls.release(input.incident, action, deps.now().toISOString());
        const { result, unrecorded } = await act({ ...input, action, verb: 'undo' }, scope, (context) =>
          deps.forced.lift(host, gateway, action, context),
        );
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

function countsInWords(result: ActionResult): string {
  const { counts } = result;
  return `${result.host}: ${counts.applied} applied, ${counts.already} already, ${counts.missing} missing, ${counts.unknown} unknown, ${counts.failed} failed.`;
}
