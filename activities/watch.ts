import { ensureFirebreakError, FirebreakError, HOST_NOT_ASKED } from '../src/domain/errors';
import type { UnheldProblem } from '../src/domain/fact';
import { faultOfError, type Fault } from '../src/domain/fault';
import type { Host } from '../src/domain/host';
import type { IncidentId } from '../src/domain/ids';
import type { IncidentOrder } from '../src/domain/incident';
import type { MachineRecord, MachineSeen } from '../src/domain/machine';
import type { ActionKind, ActionResult, Drift, PlannedAction } from '../src/domain/plan';
import { holds, settled } from '../src/domain/plan';
import type { SecurityReading } from '../src/domain/security-state';
import { stateOfHosts } from '../src/domain/security-state';
import type { SecurityState } from '../src/domain/words';
import type { ActContext } from '../src/ports/containment';
import type { ControlRow } from '../src/ports/repositories';
import type { Authority, Caller } from './caller';
import { authorities, forcedIsolationEnds } from './authority';
import { doubtfulActs } from './doubtful-acts';
import type { Scope } from './failure';
import { activity } from './failure';
import type { Confirmed, Effects, GuardedDeps, RespondOrder } from './guarded';
import { loadIncident } from './incident-record';
import type { RunAct } from './run-act';
import { createRunAct } from './run-act';
import { demandSameMachine, holderOf } from './same-machine';
import type { OpenedPlan } from './sealed-plan';
import { readSecurity } from './reading';
import { sameSources, stillWanted } from './wanted';

/** A host that hangs must not cost the others their look: reading the state comes after it, in the same minute. */
const LOOK_AT_HOST_MS = 40_000;

const OUTLASTS_BOOT: ReadonlySet<ControlRow['kind']> = new Set<ControlRow['kind']>([
  'disable-account',
  'emergency-access',
  'heighten-monitoring',
]);

/** A control that is lost and could not be put back, or that cannot be looked at. */
export interface UnheldControl {
  readonly actionId: string;
  readonly host: string;
  readonly kind: ControlRow['kind'];
  readonly problem: UnheldProblem;
  readonly fault?: Fault;
}

export interface WatchRound {
  /** Controls of the incident that are still wanted, and acts that may be in force without one. */
  readonly active: number;
  /** Acts whose time is over and which the caller has to undo. */
  readonly expired: readonly {
    readonly actionId: string;
    readonly kind: ActionKind | 'forced-isolation';
    readonly host: string;
    readonly expiresAt: string;
  }[];
  readonly drift: readonly Drift[];
  readonly reasserted: number;
  /** Absent in rounds of earlier versions. */
  readonly unheld?: readonly UnheldControl[];
  readonly readings: readonly SecurityReading[];
  /** Of all hosts together, as it is on record now; absent in rounds of earlier versions. */
  readonly state?: SecurityState;
  readonly unreachable: readonly string[];
}

/** What one look at one host found. */
interface Look {
  readonly drift: Drift[];
  readonly unheld: UnheldControl[];
  reasserted: number;
  reachable: boolean;
}

/** How one control is looked at and put back. */
interface Watched {
  readonly row: ControlRow;
  /** The machine that holds it; undefined when the inventory names none. */
  readonly holder: Host | undefined;
  readonly verify: (context: ActContext) => Promise<ActionResult>;
  /** Confirms what the act itself needed, approval included (H1). */
  readonly confirm: () => Promise<Confirmed<RespondOrder>>;
  readonly reassert: (effects: Effects, context: ActContext) => Promise<ActionResult>;
}

export interface WatchRoundInput {
  readonly incident: IncidentId;
  readonly planHash: string;
  readonly authority: Authority;
  /** The approval of the plan, where people gave one. */
  readonly approval?: Authority;
}

/** One look at every host of an incident: what the kernel lost is put back, what it has too much is reported (B14). */
export function watchActivities(deps: GuardedDeps, runAct: RunAct = createRunAct(deps)) {
  const authority = authorities(deps);

  function watched(
    caller: Caller,
    { containment, forced }: Effects,
    host: Host,
    row: ControlRow,
    opened: OpenedPlan,
    order: RespondOrder,
  ): Watched | undefined {
    if (row.kind === 'forced-isolation') {
      const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
      return {
        row,
        holder: holderOf(row.rung, host, gateway),
        verify: (context) => forced.verify(host, gateway, row.action, row.rung, context),
        confirm: () => authority.toReapplyForced(caller, row.action, host, opened.plan.planHash),
        reassert: (effects, context) =>
          effects.forced.reassert(host, gateway, row.action, row.rung, forcedIsolationEnds(order), context),
      };
    }
    const action = opened.plan.actions.find((candidate) => candidate.id === row.action);
    return (
      action && {
        row,
        holder: host,
        verify: (context) => verifyWanted(containment, host, action, context),
        confirm: () => authority.toPerform(caller, opened, action, host, 'reapply'),
        // Asked in the host's turn: what is unblocked waits for it.
        reassert: async (effects, context) =>
          effects.containment.reassert(host, await stillWanted(deps, action), context),
      }
    );
  }

  /** What is let go while the host is looked at is not lost: its row was released before the host was touched. */
  async function verifyWanted(
    containment: Effects['containment'],
    host: Host,
    action: PlannedAction,
    context: ActContext,
  ): Promise<ActionResult> {
    let wanted = await stillWanted(deps, action);
    for (;;) {
      const state = await containment.verify(host, wanted, context);
      if (state.verified || holds(state.counts)) return state;
      const now = await stillWanted(deps, action);
      if (sameSources(wanted, now)) return state;
      wanted = now;
    }
  }

  /** Puts back what is lost, in the host's turn and with an entry in the ledger, like every act (B9, L1). */
  async function putBack(
    { row, confirm, reassert }: Watched,
    order: IncidentOrder,
    scope: Scope,
    look: Look,
  ): Promise<void> {
    const { severity, type } = order;
    const what = { action: row.action, host: row.host, by: 'firebreak', severity, type } as const;
    try {
      const { result } = await runAct(await confirm(), { ...what, verb: 'reassert' }, scope, reassert);
      look.reasserted += result.counts.applied;
      if (!settled(row.kind, result.counts)) look.unheld.push(unheld(row, 'lost-again'));
    } catch (thrown) {
      look.unheld.push(unheld(row, 'not-put-back', thrown));
    }
  }

  async function lookAt(
    host: Host,
    controls: readonly Watched[],
    { machines }: Effects,
    order: IncidentOrder,
    scope: Scope,
  ): Promise<Look> {
    const look: Look = { drift: [], unheld: [], reasserted: 0, reachable: true };
    const inTime = { ...scope, signal: AbortSignal.any([scope.signal, AbortSignal.timeout(LOOK_AT_HOST_MS)]) };
    const { signal, attempt } = inTime;
    const context: ActContext = { incident: order.incident, signal, attempt, onProgress: () => undefined };
    const acts = controls.map(({ row }) => row.action);
    const seen = new Map<string, Promise<MachineSeen>>();
    const seenOn = (holder: Host): Promise<MachineSeen> => {
      const looking = seen.get(holder.name) ?? machines.look(holder, acts, context);
      seen.set(holder.name, looking);
      return looking;
    };
    for (const control of controls) {
      // Forced isolation may be held by another machine, which answers.
      if (!look.reachable && control.row.kind !== 'forced-isolation') continue;
      try {
        const { row, holder } = control;
        const machine =
          holder && (await demandSameMachine(deps, holder, recordIn(row), row.action, () => seenOn(holder)));
        if (machine !== undefined && isJournalLost(row, machine)) {
          look.unheld.push(unheld(row, 'journal-lost', new FirebreakError('JOURNAL_LOST')));
          // An account that gets in again is disabled all the same.
          if (row.kind !== 'disable-account') continue;
        }
        const state = await control.verify(context);
        if (state.verified || holds(state.counts)) continue;
        if (state.counts.unknown > 0) {
          look.unheld.push(unheld(control.row, 'unreadable'));
          continue;
        }
        const lost = state.exceptions.slice(0, 20);
        look.drift.push(...lost.map(({ target }): Drift => ({ host: host.name, target, kind: 'wanted-but-missing' })));
      } catch (thrown) {
        if (scope.signal.aborted) throw thrown;
        const error = ensureFirebreakError(thrown);
        if (signal.aborted || error.code === 'OUTCOME_UNKNOWN' || HOST_NOT_ASKED.has(error.code))
          look.reachable = false;
        else if (error.code === 'MACHINE_CHANGED') look.unheld.push(unheld(control.row, 'another-machine', error));
        else look.unheld.push(unheld(control.row, 'not-looked-at', error));
        continue;
      }
      await putBack(control, order, inTime, look);
    }
    return look;
  }

  return {
    watchRound: (input: WatchRoundInput): Promise<WatchRound> =>
      activity(async (scope) => {
        const confirmed = await authority.toWatch(input);
        const opened = await authority.openPlan(input, input.planHash);
        const effects = deps.effects(confirmed);
        const now = deps.now().toISOString();
        const rows = await deps.controls.active({ incident: input.incident });
        const byAction = new Map(rows.map((row) => [row.action, row]));
        const due = [...byAction.values()].filter((row) => row.expiresAt <= now);
        const wanted = [...byAction.values()].filter((row) => row.expiresAt > now);
        const doubtful = await doubtfulActs(deps, input.incident, new Set<string>(byAction.keys()));
        const { order } = await loadIncident(deps, input.incident);
        // A row can be made by others; no host is looked at because a row says so.
        const meant = new Set([...confirmed.order.hosts, ...opened.plan.actions.map((action) => action.host)]);
        const hosts = [...new Set(wanted.map((row) => row.host))]
          .filter((name) => meant.has(name))
          .flatMap((name) => deps.site.hosts.get(name) ?? []);
        const looks = await Promise.all(
          hosts.map(async (host) => {
            const controls = wanted
              .filter((row) => row.host === host.name)
              .flatMap((row) => watched(input, effects, host, row, opened, confirmed.order) ?? []);
            return { host: host.name, ...(await lookAt(host, controls, effects, order, scope)) };
          }),
        );
        const unreachable = looks.filter((look) => !look.reachable).map((look) => look.host);
        const drift = looks.flatMap((look) => look.drift);
        const looked = await Promise.all(
          hosts
            .filter(({ name }) => !unreachable.includes(name))
            .map((host) => {
              const missing = drift.filter((item) => item.host === host.name).length;
              const look = { incident: input.incident, host, stage: 'watch', drift: missing } as const;
              return readSecurity(deps, effects, look, scope.signal).catch(() => undefined);
            }),
        );
        const readings = looked.flatMap((reading) => reading ?? []);
        const unheldControls = looks.flatMap((look) => look.unheld);
        const { before } = await deps.responses.readings(input.incident);
        const isUnsure = readings.length < hosts.length || unheldControls.length > 0;
        const state = stateOfHosts(before, readings, isUnsure);
        // `status` reads it here: whoever sends the incident a signal has no say in it (H1).
        await effects.incidents.update(input.incident, { securityState: state });
        return {
          active: wanted.length + doubtful.filter((act) => act.expiresAt > now).length,
          expired: [
            ...due.map((row) => ({ actionId: row.action, kind: row.kind, host: row.host, expiresAt: row.expiresAt })),
            ...doubtful.filter((act) => act.expiresAt <= now),
          ],
          drift: drift.slice(0, 100),
          reasserted: looks.reduce((sum, look) => sum + look.reasserted, 0),
          unheld: unheldControls,
          readings,
          state,
          unreachable,
        };
      }),
  };
}

/** What lies on the host's disk outlasts a boot, which takes a journal in memory along; with it goes what was before the act. */
function isJournalLost({ kind, action }: ControlRow, { journals }: MachineSeen): boolean {
  return OUTLASTS_BOOT.has(kind) && !journals.has(action);
}

function recordIn({ machine }: ControlRow): MachineRecord {
  return machine === null ? { known: 'in-force' } : { known: 'machine', machine };
}

function unheld(row: ControlRow, problem: UnheldProblem, thrown?: unknown): UnheldControl {
  const control = { actionId: row.action, host: row.host, kind: row.kind, problem };
  if (thrown === undefined) return control;
  return { ...control, fault: faultOfError(ensureFirebreakError(thrown)) };
}
