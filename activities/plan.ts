import type { Assessment } from '../src/domain/assessment';
import { assess, classified } from '../src/domain/assessment';
import type { Act, Recorded } from '../src/domain/fact';
import { inEnglish } from '../src/domain/fact-words';
import { hashOf } from '../src/domain/hash';
import type { IncidentId } from '../src/domain/ids';
import type { PlannedAction, ResponsePlan } from '../src/domain/plan';
import { actInWords } from '../src/domain/act-words';
import { leftOutOf } from '../src/domain/plan';
import { planResponse } from '../src/domain/planning';
import type { Site } from '../src/domain/site';
import { protectedFor } from '../src/domain/site';
import type { ResponseMode } from '../src/domain/words';
import type { Authority, Caller } from './caller';
import { authorities } from './authority';
import { activity } from './failure';
import { findDrift } from './find-drift';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { signedIncident } from './incident-record';
import { openPlanOrWhy, sealOf } from './sealed-plan';

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
  /** Of the refused, what the policy does not act on although it was named. Absent in plans of earlier versions. */
  readonly leftOut?: number;
  readonly drift: number;
  readonly deviations: readonly Recorded[];
}

export interface PlannedHost {
  readonly name: string;
  readonly isolation: 'allowed' | 'approval' | 'never';
}

export interface DecideInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  /** The order by which a person has classified the incident (B3). */
  readonly classification?: Authority;
}

/** Assessment and plan; the queue `flow`. Both are derived here from what was signed, never from what a caller says (H1). */
export function planActivities(deps: GuardedDeps) {
  const authority = authorities(deps);

  async function derived(caller: Caller, confirmed: Confirmed<RespondOrder>, classification: Authority | undefined) {
    const signed = await signedIncident(deps, confirmed);
    const { order, document } = signed;
    const found = assess({ type: order.type, severity: order.severity }, document);
    const named = await authority.classification(caller, classification);
    const byPerson = named !== undefined && named.type !== found.type;
    return { ...signed, assessment: byPerson ? classified(found, named.type, named.by) : found };
  }

  /** The stored plan, if a worker has derived it from this order. */
  async function ownPlan(
    { incident, grantId }: Confirmed<RespondOrder>,
    planHash: string | null,
  ): Promise<ResponsePlan | undefined> {
    if (planHash === null) return undefined;
    const found = await openPlanOrWhy(deps, incident, planHash);
    return 'plan' in found && found.grantId === grantId ? found.plan : undefined;
  }

  return {
    /** Applies the decision table to the signed document (B3). */
    assessIncident: (input: DecideInput): Promise<Assessment> =>
      activity(async () => {
        const confirmed = await authority.toRespond(input, 'assess');
        const { assessment } = await derived(input, confirmed, input.classification);
        await deps.effects(confirmed).incidents.update(input.incident, { assessment });
        return assessment;
      }),

    /**
     * Signed order, policy, inventory, protected set, tables and kernels → a plan that is sealed and stored (B4, H1). Asked again for the
     * same assessment it gives the plan that stands, so that nobody can take the plan from under the acts.
     */
    decidePlan: (input: DecideInput): Promise<PlanSummary> =>
      activity(async ({ signal, attempt }) => {
        const confirmed = await authority.toRespond(input, 'plan');
        const { order, document, assessment, row } = await derived(input, confirmed, input.classification);
        const { site } = deps;
        const effects = deps.effects(confirmed);
        const standing =
          hashOf(row.assessment) === hashOf(assessment) ? await ownPlan(confirmed, row.planHash) : undefined;
        if (standing !== undefined) return planSummary(standing, site);
        const plan = planResponse({
          order,
          document,
          assessment,
          inventory: site.hosts,
          segments: site.segments,
          protectedRanges: protectedFor(site, order.operatorAddress),
          widths: site.widths,
          policy: site.policy,
          detectorMaximum: site.detectorMaximum,
          emergency: site.emergency,
          ownAccounts: site.ownAccounts,
          drift: await findDrift(deps, effects, order.hosts, { incident: input.incident, signal, attempt }),
        });
        await effects.plans.save(plan, await sealOf(deps, plan, confirmed));
        await effects.incidents.update(input.incident, { assessment, planHash: plan.planHash });
        return planSummary(plan, site);
      }),
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
    refusedWords: plan.refused.slice(0, 10).map((refused) => `${refused.target}: ${inEnglish(refused.detail)}`),
    leftOut: leftOutOf(plan),
    drift: plan.drift.length,
    deviations: plan.deviations,
  };
}

function planStep(action: PlannedAction): PlanStep {
  const { id, kind, host, approval } = action;
  const base = { id, kind, host, approval, targets: 1, words: actInWords(action) };
  switch (action.kind) {
    case 'block-sources':
      return { ...base, targets: action.sources.length, ...(action.direction === 'both' ? { bothWays: true } : {}) };
    case 'disable-account':
    case 'emergency-access':
      return { ...base, target: action.account };
    case 'isolate-segment':
      return { ...base, targets: action.prefixes.length, target: action.segment };
    case 'isolate-host':
    case 'heighten-monitoring':
      return base;
  }
}
