import type { Assessment } from '../src/domain/assessment';
import { assess } from '../src/domain/assessment';
import { canonicalJson } from '../src/domain/hash';
import type { IncidentId } from '../src/domain/ids';
import { isIncidentId } from '../src/domain/ids';
import type { IncidentDocument, IncidentOrder } from '../src/domain/incident';
import type { AuditEvent } from '../src/domain/ledger';
import { AUTHORISED } from '../src/domain/ledger';
import type { Order, SignedRequest } from '../src/domain/order';
import { incidentOfUse, namesItsType, respondOrder } from '../src/domain/order';
import type { ActionResult, Drift, PlannedAction, ResponsePlan } from '../src/domain/plan';
import { blockDrift } from '../src/domain/drift';
import { planResponse } from '../src/domain/planning';
import type { Site } from '../src/domain/site';
import { protectedFor } from '../src/domain/site';
import type { TimelineEntry } from '../src/domain/report';
import { FirebreakError } from '../src/domain/errors';
import type { Act } from '../src/domain/fact';
import { FORCED_ISOLATION_MS } from '../src/domain/numbers';
import type { ResponseMode } from '../src/domain/words';
import type { IncidentPatch, IncidentRow } from '../src/ports/repositories';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { demandIndependentApproval } from './independent-approval';
import { activity } from './failure';
import { forcedControl, recordDone } from './record';

/** An act of the plan as the workflow needs it: enough to order, describe and decide; the targets stay in the store. */
export interface PlanStep extends Act {
  readonly id: string;
  readonly approval: 'none' | 'required';
}

export interface PlanSummary {
  readonly planHash: string;
  readonly mode: ResponseMode;
  readonly steps: readonly PlanStep[];
  readonly hosts: readonly PlannedHost[];
  readonly refused: number;
  readonly refusedWords: readonly string[];
  readonly drift: number;
  readonly deviations: readonly string[];
}

export interface PlannedHost {
  readonly name: string;
  readonly isolation: 'allowed' | 'approval' | 'never';
}

export interface ProgressNote {
  readonly incident: IncidentId;
  readonly key: string;
  readonly patch?: IncidentPatch;
  readonly entry?: TimelineEntry;
  readonly audit?: Omit<AuditEvent, 'at' | 'incident'>;
}

export async function loadIncident(deps: Pick<ActivityDeps, 'incidents'>, incident: IncidentId): Promise<IncidentRow> {
  const row = await deps.incidents.find(incident);
  if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', incident);
  return row;
}

export async function loadDocument(
  deps: Pick<ActivityDeps, 'incidents'>,
  incident: IncidentId,
): Promise<IncidentDocument> {
  return JSON.parse((await deps.incidents.document(incident)).toString('utf8')) as IncidentDocument;
}

/** Key of the note by which an incident says that its start was refused. */
const START_REFUSED = 'refused';

/** A refused start closes what had not begun; one that somebody forged in the name of another incident leaves that one alone (B15). */
async function mayPatch(deps: ActivityDeps, incident: IncidentId, key: string): Promise<boolean> {
  return key !== START_REFUSED || (await deps.incidents.find(incident))?.phase === 'declared';
}

/** One dead host must not use up the time that planning for the others has. */
const LOOK_FOR_DRIFT_MS = 6_000;

/** Orders, assessment, plan and the record of progress; the queue `flow`. */
export function flowActivities(deps: ActivityDeps) {
  return {
    /**
     * Verifies a grant against the order that is about to be carried out and uses it up (B15). An order to respond must also be the
     * one that was declared. Throws the GRANT_*, OTP_* … codes, INCIDENT_CLOSED.
     */
    authorise: (input: {
      readonly grantId: string;
      readonly expected: Order;
      readonly use: string;
    }): Promise<SignedRequest> =>
      activity(async () => {
        const declared = input.expected.action === 'respond' ? await declaredOrder(deps, input) : undefined;
        const signed = await deps.authorisation.verify(input.grantId, input.expected, input.use);
        if (declared !== undefined && declared.operator !== signed.operator)
          throw new FirebreakError('GRANT_MISMATCH', `declared by ${declared.operator}, signed by ${signed.operator}`);
        // Known by a worker: the command line cannot take the declaration back any more.
        if (declared !== undefined)
          await deps.incidents.update(declared.incident, { runId: input.use.slice(declared.incident.length + 1) });
        await demandIndependentApproval(deps, signed, input);
        await deps.ledger.append([orderEvent(input, signed, deps.now().toISOString())]);
        return signed;
      }),

    /** Reads the stored document and applies the decision table (B3). */
    assessIncident: (input: { readonly incident: IncidentId }): Promise<Assessment> =>
      activity(async () => {
        const { order } = await loadIncident(deps, input.incident);
        const assessment = assess(
          { type: order.type, severity: order.severity },
          await loadDocument(deps, input.incident),
        );
        await deps.incidents.update(input.incident, { assessment });
        return assessment;
      }),

    /** Policy, inventory, protected set, tables and kernels → a stored plan (B4). */
    decidePlan: (input: { readonly incident: IncidentId; readonly assessment: Assessment }): Promise<PlanSummary> =>
      activity(async ({ signal, attempt }) => {
        const { order } = await loadIncident(deps, input.incident);
        const document = await loadDocument(deps, input.incident);
        const { site } = deps;
        const plan = planResponse({
          order,
          document,
          assessment: input.assessment,
          inventory: site.hosts,
          segments: site.segments,
          protectedRanges: protectedFor(site, order.operatorAddress),
          widths: site.widths,
          policy: site.policy,
          detectorMaximum: site.detectorMaximum,
          emergency: site.emergency,
          ownAccounts: site.ownAccounts,
          drift: await findDrift(deps, order.hosts, { incident: input.incident, signal, attempt }),
        });
        await deps.plans.save(plan);
        await deps.incidents.update(input.incident, { assessment: input.assessment, planHash: plan.planHash });
        return planSummary(plan, site);
      }),

    /** Writes phases, timeline and audit of some moments of the run, in their order; harmless when repeated. */
    recordProgress: (input: {
      readonly incident: IncidentId;
      readonly notes: readonly ProgressNote[];
    }): Promise<void> =>
      activity(async () => {
        if (input.notes.some((note) => note.audit?.result === AUTHORISED))
          throw new FirebreakError('NOT_AUTHORISED', 'a note is no order.');
        for (const note of input.notes) {
          if (note.patch !== undefined && (await mayPatch(deps, input.incident, note.key)))
            await deps.incidents.update(input.incident, note.patch);
          if (note.entry !== undefined) await deps.responses.recordTimeline(input.incident, note.key, note.entry);
        }
        const events = input.notes.flatMap((note) =>
          note.audit === undefined
            ? []
            : [{ ...note.audit, incident: input.incident, at: note.entry?.at ?? deps.now().toISOString() }],
        );
        if (events.length > 0) await deps.ledger.append(events);
      }),

    /**
     * Writes what tables and ledger missed while they were unreachable: controls first, so that the watch and a release know of them
     * (B5, B11), then results and events (L1: marked late). Harmless when repeated. Throws NOT_AUTHORISED for events that are none of
     * acts: orders are not written late, people wait for the ledger (L1).
     */
    recordLate: (input: {
      readonly incident: IncidentId;
      readonly events: readonly AuditEvent[];
      readonly results: readonly ActionResult[];
    }): Promise<void> =>
      activity(async () => {
        if (input.events.some(({ stage }) => stage !== 'intent' && stage !== 'result'))
          throw new FirebreakError('NOT_AUTHORISED', 'only the events of acts may come late.');
        if (input.results.length > 0) await recordResults(deps, input.incident, input.results);
        const { incident } = input;
        if (input.events.length > 0)
          await deps.ledger.append(input.events.map((event) => ({ ...event, incident, late: true })));
      }),
  };
}

async function recordResults(
  deps: ActivityDeps,
  incident: IncidentId,
  results: readonly ActionResult[],
): Promise<void> {
  const { order, planHash } = await loadIncident(deps, incident);
  const plan = planHash === null ? undefined : await deps.plans.load(incident, planHash);
  const forcedUntil = new Date(Date.parse(order.declaredAt) + FORCED_ISOLATION_MS).toISOString();
  for (const result of results) {
    const { action, host, kind } = result;
    const control =
      kind === 'forced-isolation'
        ? forcedControl(action, host, forcedUntil)
        : plan?.actions.find((candidate) => candidate.id === action);
    // A drill only checked, and puts nothing in force.
    await recordDone(deps, incident, result, 1, order.drill ? undefined : control);
  }
}

/** Plan, evidence and report are made from the row: it must say what was signed. */
async function declaredOrder(
  deps: Pick<ActivityDeps, 'incidents'>,
  { expected, use }: { readonly expected: Order; readonly use: string },
): Promise<IncidentOrder> {
  const incident = incidentOfUse(use) ?? '';
  if (!isIncidentId(incident)) throw new FirebreakError('GRANT_MISMATCH', `${use} is no start of an incident`);
  const { order, phase } = await loadIncident(deps, incident);
  if (phase === 'closed') throw new FirebreakError('INCIDENT_CLOSED', incident);
  if (canonicalJson(respondOrder(order)) !== canonicalJson(expected) || !namesItsType(order))
    throw new FirebreakError('GRANT_MISMATCH', `${incident} was declared with another order`);
  return order;
}

function orderEvent(
  input: { readonly grantId: string; readonly expected: Order; readonly use: string },
  signed: SignedRequest,
  at: string,
): AuditEvent {
  const { order } = signed;
  return {
    key: `order:${input.grantId}:${input.use}`,
    level: 'AUDIT',
    ...('incident' in order ? { incident: order.incident } : {}),
    actor: signed.operator,
    stage: 'event',
    action: order.action,
    subject: input.use,
    ...('reason' in order ? { reason: order.reason } : {}),
    result: AUTHORISED,
    ...('planHash' in order ? { detail: { planHash: order.planHash } } : {}),
    ...('targets' in order ? { detail: { targets: order.targets.join(' '), hosts: order.hosts.join(' ') } } : {}),
    at,
  };
}

/** A stored plan as the workflow needs it. */
export function planSummary(plan: ResponsePlan, site: Site): PlanSummary {
  const acted = new Set(plan.actions.map((action) => action.host));
  return {
    planHash: plan.planHash,
    mode: plan.mode,
    steps: plan.actions.map(planStep),
    hosts: [...acted].map((name) => ({ name, isolation: site.hosts.get(name)?.isolation ?? 'never' })),
    refused: plan.refused.length,
    refusedWords: plan.refused.slice(0, 10).map((refused) => `${refused.target}: ${refused.detail}`),
    drift: plan.drift.length,
    deviations: plan.deviations,
  };
}

function planStep(action: PlannedAction): PlanStep {
  const base = { id: action.id, kind: action.kind, host: action.host, approval: action.approval };
  switch (action.kind) {
    case 'block-sources':
      return {
        ...base,
        targets: action.sources.length,
        ...(action.direction === 'both' ? { bothWays: true } : {}),
        words: `${action.host}: block ${action.sources.length} sources${action.direction === 'both' ? ', both directions' : ''}`,
      };
    case 'disable-account':
      return {
        ...base,
        targets: 1,
        target: action.account,
        words: `${action.host}: disable account ${action.account}, end its sessions`,
      };
    case 'isolate-host':
      return { ...base, targets: 1, words: `${action.host}: isolate, management stays open` };
    case 'isolate-segment':
      return {
        ...base,
        targets: action.prefixes.length,
        target: action.segment,
        words: `${action.host}: isolate segment ${action.segment}`,
      };
    case 'emergency-access':
      return {
        ...base,
        targets: 1,
        target: action.account,
        words: `${action.host}: emergency access ${action.account}`,
      };
    case 'heighten-monitoring':
      return { ...base, targets: 1, words: `${action.host}: heighten monitoring` };
  }
}

/** Where tables and kernels disagree; a host that does not answer is left to the acts themselves. */
async function findDrift(
  deps: ActivityDeps,
  hosts: readonly string[],
  context: { readonly incident: IncidentId; readonly signal: AbortSignal; readonly attempt: number },
): Promise<Drift[]> {
  const known = hosts.flatMap((name) => deps.site.hosts.get(name) ?? []);
  const perHost = await Promise.all(
    known.map(async (host) => {
      try {
        const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_FOR_DRIFT_MS)]);
        const facts = await deps.inspector.facts(host, { ...context, signal, onProgress: () => undefined });
        return blockDrift(host.name, await deps.controls.active({ host: host.name }), facts.blocks);
      } catch {
        return [];
      }
    }),
  );
  return perHost.flat().slice(0, 1_000);
}
