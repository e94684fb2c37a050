import type { Unauthorised } from '../src/domain/cause';
import { ERRORS, FirebreakError, ensureFirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { ActionId, IncidentId } from '../src/domain/ids';
import { incidentOf } from '../src/domain/ids';
import { FORCED_ISOLATION_MS } from '../src/domain/numbers';
import type { EvidenceOrder, Order } from '../src/domain/order';
import { dependence, evidenceUse, incidentOfUse, isEvidenceAction } from '../src/domain/order';
import type { PlannedAction } from '../src/domain/plan';
import type { IncidentType } from '../src/domain/words';
import type { ConfirmPurpose } from '../src/ports/authorisation';
import type { Authority, Caller } from './caller';
import { CLOCKS_DIFFER_MS, demandActing, demandWanted } from './acts-over';
import { isClosed } from './closing';
import { demandForced, demandControlFailed } from './control-failed';
import type { Confirmed, GuardedDeps, MayRefuse, RespondOrder } from './guarded';
import { markConfirmed, markRefusable } from './guarded';
import { isIncidentItself, isRunOf } from './incident-itself';
import { loadIncident } from './incident-record';
import type { LateContent, LateRecord } from './late-record';
import { openLate } from './late-record';
import { ordersOf } from './orders-on-record';
import type { OpenedPlan } from './sealed-plan';
import { openPlan } from './sealed-plan';
import { alertRefusedAct, ExpectedRefusal } from './refused-act';
import { unlessAway } from './unless-away';
import { withinMode } from './within-mode';

type UnblockOrder = Extract<Order, { readonly action: 'unblock' }>;

const NOBODYS: Authority = { grantId: '', use: '' };

/**
 * What every activity asks before anything else: does a signed order stand behind it (B15, H1)? Whoever reaches the Temporal server can
 * call for an activity from a workflow of their own. So nothing counts but the grant, which only a worker can have found good, and what
 * workers have sealed. An activity without a fitting grant does nothing but alert.
 */
export function authorities(deps: GuardedDeps) {
  const forgedClosings = new Set<IncidentId>();

  async function signedBy(
    incident: IncidentId,
    authority: Authority | undefined,
    purpose: ConfirmPurpose = 'act',
  ): Promise<Confirmed> {
    if (authority === undefined || authority === null) throw refused('no-order');
    const { grantId, use } = authority;
    const { order, operator, ...proof } = await deps.authorisation.confirm(String(grantId), String(use), purpose);
    return markConfirmed({
      incident,
      grantId: String(grantId),
      operator,
      order,
      proof,
    });
  }

  /** The order that the incident was started with. */
  async function startedBy(caller: Caller, purpose: ConfirmPurpose = 'act'): Promise<Confirmed<RespondOrder>> {
    const confirmed = await signedBy(caller.incident, caller.authority, purpose);
    if (!isRespond(confirmed) || incidentOfUse(String(caller.authority.use)) !== caller.incident)
      throw refused('other-order', caller.incident);
    demandOperator(caller, confirmed);
    return confirmed;
  }

  /** The order that the incident was started with; nothing is begun with it when the incident is closed. */
  async function openedBy(caller: Caller, purpose: ConfirmPurpose = 'act'): Promise<Confirmed<RespondOrder>> {
    const confirmed = await startedBy(caller, purpose);
    const row = await unlessAway(loadIncident(deps, caller.incident));
    if (row?.phase !== 'closed') return confirmed;
    if (await isClosed(deps, row)) throw refused('closed', caller.incident);
    // Somebody who is no worker has written it: people hear of it, and the response goes on.
    if (!forgedClosings.has(caller.incident)) {
      forgedClosings.add(caller.incident);
      await alertRefusedAct(deps, caller, `close:${caller.incident}`, refused('forged-closing'));
    }
    return confirmed;
  }

  /** Somebody else than the requester has approved this plan (N5). */
  async function demandApproval(caller: Caller, requester: Confirmed, planHash: string): Promise<void> {
    const { order, operator, proof } = await signedBy(caller.incident, caller.approval);
    const fits = order.action === 'approve' && order.incident === caller.incident && order.planHash === planHash;
    if (!fits) throw refused('other-approval');
    const wrong = dependence({ operator, ...proof }, { operator: requester.operator, ...requester.proof });
    if (wrong !== undefined) throw new FirebreakError('NOT_AUTHORISED', wrong);
  }

  function demandForceable({ order }: Confirmed<RespondOrder>, host: Host): void {
    if (!order.hosts.includes(host.name)) throw refused('host-not-named', host.name);
    if (host.isolation === 'never') throw refused('must-stay-up', host.name);
    if (order.mode === 'monitor' || order.drill) throw refused('only-watch');
  }

  async function demandPlanned(
    caller: Caller,
    confirmed: Confirmed<RespondOrder>,
    opened: OpenedPlan,
    action: PlannedAction,
    host: Host,
  ): Promise<void> {
    const { order } = confirmed;
    demandOwn(confirmed, opened);
    if (incidentOf(action.id) !== caller.incident) throw refused('other-incident', action.id);
    if (!withinMode(order.mode, action.kind)) throw refused('beyond-mode', action.id);
    // The gateway of a segment that is cut off is no host of the order.
    if (!order.hosts.includes(host.name) && action.kind !== 'isolate-segment')
      throw refused('host-not-named', host.name);
    if (action.kind === 'isolate-host' && host.isolation === 'never') throw refused('must-stay-up', host.name);
    const asks = action.approval === 'required' || (action.kind === 'isolate-host' && host.isolation === 'approval');
    if (asks && !order.drill) await demandApproval(caller, confirmed, opened.plan.planHash);
  }

  /** Hosts that may be looked at: those of the order, and gateways, whose logs and state belong to their hosts' (E2, B13). */
  function demandInSight({ order }: Confirmed<RespondOrder>, host: Host): void {
    if (order.hosts.includes(host.name)) return;
    const behind = order.hosts.map((name) => deps.site.hosts.get(name)?.gateway);
    if (host.role !== 'gateway' && !behind.includes(host.name)) throw refused('host-not-named', host.name);
  }

  /** Lets `check` decide; a refusal is an alert. */
  async function orAlert<T>(caller: Caller, act: string, check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      const isAlert = !ERRORS[error.code].retryable && !(error instanceof ExpectedRefusal);
      if (isAlert) await alertRefusedAct(deps, caller, act, error);
      throw error;
    }
  }

  return {
    /**
     * A plan with its seal opened. One that no worker has derived is an alert.
     * @param planHash empty: the plan on record
     */
    openPlan: async (caller: Caller, planHash: string): Promise<OpenedPlan> => {
      try {
        const named = planHash === '' ? (await loadIncident(deps, caller.incident)).planHash : planHash;
        return await openPlan(deps, caller.incident, named ?? '');
      } catch (thrown) {
        if (ensureFirebreakError(thrown).code !== 'NOT_AUTHORISED') throw thrown;
        return orAlert(caller, `plan:${String(planHash).slice(0, 64)}`, () => Promise.reject(thrown as Error));
      }
    },

    /** Before the incident's controls are looked at. */
    toWatch: (caller: Caller): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `watch:${String(caller.incident)}`, () => openedBy(caller, 'record')),

    /** Before assessment and plan are derived, and the evidence bag is opened. */
    toRespond: (caller: Caller, what: string): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `${what}:${String(caller.incident)}`, () => openedBy(caller)),

    /** What a person has classified the incident as, if the caller names the order. */
    classification: (
      caller: Caller,
      classification: Authority | undefined,
    ): Promise<{ readonly type: Exclude<IncidentType, 'unknown'>; readonly by: string } | undefined> =>
      orAlert(caller, `classify:${String(caller.incident)}`, async () => {
        const given = (await classifiedOnRecord(deps, caller.incident)) ?? classification;
        if (given === undefined) return undefined;
        const { order, operator } = await signedBy(caller.incident, given);
        if (order.action !== 'classify' || order.incident !== caller.incident)
          throw refused('not-classifying', caller.incident);
        return { type: order.type, by: operator };
      }),

    /** Before a planned act, and before the watch puts it back (B14): that needs what the act itself needed. */
    toPerform: (
      caller: Caller,
      opened: OpenedPlan,
      action: PlannedAction,
      host: Host,
      again?: 'reapply',
    ): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, again === undefined ? action.id : `${again}:${action.id}`, async () => {
        const confirmed = await openedBy(caller);
        await demandPlanned(caller, confirmed, opened, action, host);
        if (again === undefined) await demandActing(deps, confirmed);
        else await demandWanted(deps, confirmed, action.expiresAt);
        return confirmed;
      }),

    /** Before forced isolation is staged. */
    toStage: (caller: Caller, act: ActionId, host: Host): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, act, async () => {
        const confirmed = await openedBy(caller);
        demandForceable(confirmed, host);
        await demandActing(deps, confirmed);
        return confirmed;
      }),

    /**
     * Before forced isolation: access control must have failed on the host, as the ledger tells it (B2, B4).
     * @param planHash of the plan whose acts failed
     */
    toForce: (caller: Caller, act: ActionId, host: Host, planHash: string): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, act, async () => {
        const confirmed = await openedBy(caller);
        demandForceable(confirmed, host);
        const isApproved = caller.approval !== undefined || host.isolation === 'approval';
        if (isApproved) await demandApproval(caller, confirmed, planHash);
        await demandActing(deps, confirmed);
        const opened = await unlessAway(openPlan(deps, caller.incident, planHash));
        if (opened === undefined) return confirmed;
        demandOwn(confirmed, opened);
        await demandControlFailed(deps, confirmed, host.name, opened, isApproved);
        return confirmed;
      }),

    /** Before the watch puts back forced isolation: a worker must have carried it out before, as the ledger tells it. */
    toReapplyForced: (caller: Caller, act: ActionId, host: Host, planHash: string): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `reapply:${act}`, async () => {
        const confirmed = await openedBy(caller);
        demandForceable(confirmed, host);
        if (host.isolation === 'approval') await demandApproval(caller, confirmed, planHash);
        await demandForced(deps, caller.incident, act);
        await demandWanted(deps, confirmed, forcedIsolationEnds(confirmed.order));
        return confirmed;
      }),

    /** Before a host is looked at, or something of it is put into the evidence bag. */
    toCollect: (caller: Caller, what: string, host: Host): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `${what}:${host.name}`, async () => {
        const confirmed = await openedBy(caller);
        demandInSight(confirmed, host);
        return confirmed;
      }),

    /** Before something of the incident itself is written: its evidence bag, its report, its progress. */
    toRecord: (caller: Caller, what: string): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `${what}:${String(caller.incident)}`, () => startedBy(caller, 'record')),

    /** Before the bag is sealed: whoever else knows the grant must not close it to what a response still collects. */
    toSeal: (caller: Caller): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `seal:${String(caller.incident)}`, () => {
        if (!isRunOf(caller.incident)) throw refused('not-its-run', caller.incident);
        return startedBy(caller, 'record');
      }),

    /** Before the supplement bag that ends an incident: it cites what is sealed, so nobody else may have it made early (E7). */
    toSupplement: (caller: Caller): Promise<Confirmed<RespondOrder>> =>
      orAlert(caller, `supplement:${String(caller.incident)}`, () => {
        if (!isIncidentItself(caller.incident)) throw refused('not-its-workflow', caller.incident);
        return startedBy(caller, 'record');
      }),

    /**
     * Before sealed evidence is added to, handed over or disposed of: by an order of its own, also when the incident is closed (E7).
     * @returns that order, and the one that the incident was started with
     */
    toKeepEvidence: (
      incident: IncidentId,
      grantId: string,
    ): Promise<{ readonly confirmed: Confirmed<EvidenceOrder>; readonly started: Confirmed<RespondOrder> }> => {
      const by: Authority = { grantId, use: evidenceUse(grantId) };
      return orAlert({ incident, authority: by }, `evidence:${String(incident)}`, async () => {
        const confirmed = await signedBy(incident, by);
        if (!isAboutEvidence(confirmed) || confirmed.order.incident !== incident)
          throw refused('not-about-evidence', incident);
        const begun = (await ordersOf(deps, incident)).find(({ action }) => action === 'respond');
        if (begun === undefined) throw refused('never-started', incident);
        return { confirmed, started: await startedBy({ incident, authority: begun }, 'record') };
      });
    },

    /** What workers have sealed for later. A record that no worker has sealed is an alert. */
    openLate: (caller: Caller, records: readonly LateRecord[]): Promise<readonly LateContent[]> =>
      Promise.all(
        records.map((record) =>
          // One that was slipped in does not hold up the others.
          orAlert(caller, `record-late:${String(caller.incident)}`, () =>
            openLate(deps, caller.incident, record),
          ).catch((thrown: unknown) => {
            if (ensureFirebreakError(thrown).code !== 'NOT_AUTHORISED') throw thrown;
            return { events: [] };
          }),
        ),
      ),

    /** Before an incident is closed because its start was refused: no worker may have found its order good. */
    toRefuse: (incident: IncidentId): Promise<MayRefuse> =>
      orAlert({ incident, authority: NOBODYS }, `refuse-start:${String(incident)}`, async () => {
        // Only the incident's own run is refused; anybody could say so of another.
        if (!isIncidentItself(incident)) throw refused('not-its-workflow', incident);
        const { phase } = await loadIncident(deps, incident);
        const started = (await ordersOf(deps, incident)).some(({ action }) => action === 'respond');
        if (phase !== 'declared' || started) throw refused('started-well', incident);
        return markRefusable();
      }),

    /** Before single sources are unblocked. The order says which, whatever the caller says. */
    toUnblock: (caller: Caller, action: PlannedAction): Promise<Confirmed<UnblockOrder>> =>
      orAlert(caller, action.id, async () => {
        const confirmed = await signedBy(caller.incident, caller.authority);
        const { incident } = caller;
        if (!isUnblock(confirmed) || confirmed.order.incident !== incident || incidentOf(action.id) !== incident)
          throw refused('not-unblocking', incident);
        demandOperator(caller, confirmed);
        const { hosts } = confirmed.order;
        if (hosts.length > 0 && !hosts.includes(action.host)) throw refused('host-not-named', action.host);
        return confirmed;
      }),

    /**
     * Before an undo: somebody has ordered the end, or the time of the control is over (B14), by the sealed plan or the signed
     * order and by the tables. An act that failed may have no control in the tables; its time is then the plan's alone.
     * @param expiresAt ISO 8601 UTC; undefined: that of forced isolation, which counts from the declaration
     */
    toUndo: (caller: Caller, act: ActionId, expiresAt: string | undefined): Promise<Confirmed> =>
      orAlert(caller, act, async () => {
        const confirmed = await signedBy(caller.incident, caller.authority, 'record');
        const { order } = confirmed;
        if (incidentOf(act) !== caller.incident) throw refused('other-incident', act);
        if (order.action === 'release' || order.action === 'stand-down') {
          if (order.incident !== caller.incident) throw refused('not-ending', caller.incident);
          demandOperator(caller, confirmed);
          return confirmed;
        }
        const begun = await startedBy({ incident: caller.incident, authority: caller.authority }, 'record');
        const end = expiresAt ?? forcedIsolationEnds(begun.order);
        const over = Date.parse(end) - CLOCKS_DIFFER_MS <= deps.now().getTime();
        if (over && (await deps.controls.isOver(caller.incident, act, CLOCKS_DIFFER_MS)) !== false) return begun;
        throw refused('not-ordered');
      }),

    /** An order of the incident that `authorise` has found good, for words of a person in a notice. */
    orderOf: async (incident: IncidentId, authority: Authority): Promise<Confirmed> => {
      const confirmed = await signedBy(incident, authority);
      const { order } = confirmed;
      if (!('incident' in order) || order.incident !== incident) throw refused('not-of-incident', incident);
      return confirmed;
    },
  };
}

export type Authorities = ReturnType<typeof authorities>;

/** The order to classify that a worker has found good, whatever a caller names or leaves out; undefined also while nobody can look. */
async function classifiedOnRecord(
  deps: Pick<GuardedDeps, 'ledger' | 'authorisation' | 'seals'>,
  incident: IncidentId,
): Promise<Authority | undefined> {
  const orders = await ordersOf(deps, incident).catch((thrown: unknown) => {
    if (!ERRORS[ensureFirebreakError(thrown).code].retryable) throw thrown;
    return [];
  });
  return orders.find(({ action }) => action === 'classify');
}

/** When forced isolation ends by itself. @returns ISO 8601 UTC */
export function forcedIsolationEnds(order: Pick<RespondOrder, 'declaredAt'>): string {
  return new Date(Date.parse(order.declaredAt) + FORCED_ISOLATION_MS).toISOString();
}

function demandOperator({ operator }: Caller, confirmed: Confirmed): void {
  if (operator !== undefined && operator !== confirmed.operator) throw refused('other-operator', operator);
}

function demandOwn({ grantId, order }: Confirmed<RespondOrder>, opened: OpenedPlan): void {
  if (opened.grantId !== grantId || opened.documentSha256 !== order.documentSha256) throw refused('other-plan');
}

function isRespond(confirmed: Confirmed): confirmed is Confirmed<RespondOrder> {
  return confirmed.order.action === 'respond';
}

function isAboutEvidence(confirmed: Confirmed): confirmed is Confirmed<EvidenceOrder> {
  return isEvidenceAction(confirmed.order.action);
}

function isUnblock(confirmed: Confirmed): confirmed is Confirmed<UnblockOrder> {
  return confirmed.order.action === 'unblock';
}

function refused(why: Unauthorised, name?: string): FirebreakError {
  const of = name === undefined ? {} : { name: String(name) };
  return new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why, ...of });
}
