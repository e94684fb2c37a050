import { Context } from '@temporalio/activity';
import { ERRORS, FirebreakError, ensureFirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { ActionId, IncidentId } from '../src/domain/ids';
import { incidentOf } from '../src/domain/ids';
import type { ConfirmedRequest, Order } from '../src/domain/order';
import { incidentOfUse } from '../src/domain/order';
import type { ActionKind, PlannedAction } from '../src/domain/plan';
import { MODE_BOUNDS } from '../src/domain/policy';
import type { Phase, ResponseMode } from '../src/domain/words';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { loadIncident } from './flow';

/** The order an act rests on: a grant, and what it was used up for. History carries no more of it (B15). */
export interface Authority {
  readonly grantId: string;
  readonly use: string;
}

/** What whoever calls for an act says of itself. */
interface Caller {
  readonly incident: IncidentId;
  readonly operator: string;
  readonly authority?: Authority;
  /** The approval, where the act needs one (N5). */
  readonly approval?: Authority;
}

type RespondOrder = Extract<Order, { readonly action: 'respond' }>;

/** The watch finds by its worker's clock that a time is over; the database's may be behind. */
const CLOCKS_DIFFER_MS = 30_000;

/** Signal to the incident: something was called for without authority. */
export const UNAUTHORISED_ACT_SIGNAL = 'unauthorised-act';

/**
 * What each act asks before anything else: does a signed order stand behind it (B15)? Whoever reaches the Temporal server can call
 * for an act from a workflow of their own, so nothing counts but the grant, which only a worker can have found good. An act without
 * one does nothing but alert.
 */
export function actAuthority(deps: Pick<ActivityDeps, 'authorisation' | 'incidents' | 'controls' | 'ledger' | 'now'>) {
  async function signedBy(authority: Authority | undefined): Promise<ConfirmedRequest> {
    if (authority === undefined) throw refused('it names no order');
    return deps.authorisation.confirm(String(authority.grantId), String(authority.use));
  }

  async function respondOrderOf(caller: Caller): Promise<{ readonly order: RespondOrder; readonly by: string }> {
    const { order, operator } = await signedBy(caller.authority);
    if (order.action !== 'respond' || incidentOfUse(caller.authority?.use ?? '') !== caller.incident)
      throw refused(`the order is not one to respond to ${caller.incident}`);
    if (operator !== caller.operator) throw refused(`the order is not ${caller.operator}’s`);
    await refuseClosed(caller.incident);
    return { order, by: operator };
  }

  /** A grant outlives its incident in history; nothing may be begun with it afterwards. */
  async function refuseClosed(incident: IncidentId): Promise<void> {
    let phase: Phase | undefined;
    try {
      ({ phase } = await loadIncident(deps, incident));
    } catch (thrown) {
      // The grant is known from memory then: an authorised run goes on without the tables (L1).
      if (ensureFirebreakError(thrown).code !== 'DATABASE_UNREACHABLE') throw thrown;
    }
    if (phase === 'closed') throw refused(`${incident} is closed`);
  }

  /** Somebody else than the requester has approved (N5). */
  async function demandApproval(caller: Caller, requester: string, planHash?: string): Promise<void> {
    const { order, operator, enrolledBy } = await signedBy(caller.approval);
    const fits =
      order.action === 'approve' &&
      order.incident === caller.incident &&
      (planHash === undefined || order.planHash === planHash);
    if (!fits) throw refused('the approval is not one of this act');
    if (operator === requester) throw refused('nobody approves their own request');
    if (enrolledBy.includes(requester)) throw refused(`${operator} was enrolled by ${requester}, whose request it is`);
  }

  async function demandRespondOn(caller: Caller, host: Host): ReturnType<typeof respondOrderOf> {
    const behind = await respondOrderOf(caller);
    const { order } = behind;
    if (!order.hosts.includes(host.name)) throw refused(`the order does not name ${host.name}`);
    if (host.isolation === 'never') throw refused(`${host.name} must stay up, says the inventory`);
    if (order.mode === 'monitor' || order.drill) throw refused('the order is only to watch');
    return behind;
  }

  /** Lets `check` decide; a refusal is an alert: in the ledger, and to people by way of the incident. */
  async function orAlert<T>(caller: Caller, act: string, check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      if (ERRORS[error.code].retryable) throw error;
      await Promise.all([record(caller, act, error), tellIncident(caller.incident, act, error)]);
      throw error;
    }
  }

  async function record(caller: Caller, act: string, error: FirebreakError): Promise<void> {
    const run = Context.current().info.workflowExecution;
    const event = {
      key: `unauthorised-act:${act}:${run?.workflowId ?? ''}:${run?.runId ?? ''}`.slice(0, 500),
      level: 'CRITICAL',
      incident: caller.incident,
      actor: String(caller.operator).slice(0, 100),
      stage: 'event',
      action: 'act.refused',
      subject: act,
      result: error.code,
      reason: error.message.slice(0, 500),
      at: deps.now().toISOString(),
    } as const;
    await deps.ledger.append([event]).catch(() => undefined);
  }

  return {
    /** Before a planned act. @returns whether the order is a drill, whatever the caller says */
    toPerform: (
      caller: Caller & { readonly planHash: string },
      action: PlannedAction,
      host: Host,
    ): Promise<{ readonly drill: boolean }> =>
      orAlert(caller, action.id, async () => {
        const { order, by } = await respondOrderOf(caller);
        if (incidentOf(action.id) !== caller.incident) throw refused(`${action.id} is of another incident`);
        if (!withinMode(order.mode, action.kind)) throw refused(`${action.kind} is beyond ${order.mode}`);
        // The gateway of a segment that is cut off is no host of the order.
        if (!order.hosts.includes(host.name) && action.kind !== 'isolate-segment')
          throw refused(`the order does not name ${host.name}`);
        if (action.kind === 'isolate-host' && host.isolation === 'never')
          throw refused(`${host.name} must stay up, says the inventory`);
        if (action.approval === 'required' && !order.drill) await demandApproval(caller, by, caller.planHash);
        return { drill: order.drill };
      }),

    /** Before forced isolation is staged. */
    toStage: (caller: Caller, act: ActionId, host: Host): Promise<void> =>
      orAlert(caller, act, async () => {
        await demandRespondOn(caller, host);
      }),

    /** Before forced isolation. */
    toForce: (caller: Caller, act: ActionId, host: Host): Promise<void> =>
      orAlert(caller, act, async () => {
        const { by } = await demandRespondOn(caller, host);
        if (host.isolation === 'approval') await demandApproval(caller, by);
      }),

    /** Before single sources are let go. @returns those that somebody has signed for, whatever the caller says */
    toUnblock: (caller: Caller, action: PlannedAction): Promise<readonly string[]> =>
      orAlert(caller, action.id, async () => {
        const { order, operator } = await signedBy(caller.authority);
        const { incident } = caller;
        if (order.action !== 'unblock' || order.incident !== incident || incidentOf(action.id) !== incident)
          throw refused(`the order lets nothing of ${incident} go`);
        if (operator !== caller.operator) throw refused(`the order is not ${caller.operator}’s`);
        if (order.hosts.length > 0 && !order.hosts.includes(action.host))
          throw refused(`the order does not name ${action.host}`);
        return order.targets;
      }),

    /** Before an undo: somebody has ordered it, or the time of the control is over (B14). */
    toUndo: (caller: Caller, act: ActionId): Promise<void> =>
      orAlert(caller, act, async () => {
        if (caller.authority === undefined) {
          if (await deps.controls.isOver(caller.incident, act, CLOCKS_DIFFER_MS)) return;
          throw refused('nobody has ordered it, and its time is not over');
        }
        const { order, operator } = await signedBy(caller.authority);
        const ends = order.action === 'release' || order.action === 'stand-down';
        if (!ends || order.incident !== caller.incident) throw refused(`the order does not end ${caller.incident}`);
        if (operator !== caller.operator) throw refused(`the order is not ${caller.operator}’s`);
      }),
  };
}

function refused(why: string): FirebreakError {
  return new FirebreakError('NOT_AUTHORISED', `${why}.`);
}

function withinMode(mode: ResponseMode, kind: ActionKind): boolean {
  switch (kind) {
    case 'heighten-monitoring':
      return true;
    case 'block-sources':
      return MODE_BOUNDS[mode].block;
    case 'disable-account':
      return MODE_BOUNDS[mode].accounts;
    case 'isolate-host':
    case 'isolate-segment':
    case 'emergency-access':
      return MODE_BOUNDS[mode].isolate;
  }
}

async function tellIncident(incident: IncidentId, act: string, error: FirebreakError): Promise<void> {
  try {
    await Context.current()
      .client.workflow.getHandle(incident)
      .signal(UNAUTHORISED_ACT_SIGNAL, { act, code: error.code });
  } catch {
    // Closed, or never started: the ledger has it.
    return;
  }
}
