import type { Assessment } from '../domain/assessment';
import { assess } from '../domain/assessment';
import { contains, parseRange } from '../domain/addresses';
import { ensureFirebreakError } from '../domain/errors';
import type { Trigger as TriggeredBy } from '../domain/incident';
import type { Drift, PlannedAction, ResponsePlan } from '../domain/plan';
import { blockDrift } from '../domain/drift';
import { planResponse } from '../domain/planning';
import { protectedFor } from '../domain/site';
import type { IncidentType } from '../domain/words';
import type { AccountPreview, BlockPreview, HostFacts, IsolationPreview } from '../ports/containment';
import type { OperationsDeps } from './deps';
import type { RawTrigger, Trigger } from './intake';
import { acceptTrigger } from './intake';
import { NO_INCIDENT, lookingOnly } from './looking-only';

export interface HostPreview {
  readonly host: string;
  readonly facts: HostFacts | null;
  /** What the block would do there; null when the plan blocks nothing on the host. */
  readonly block: BlockPreview | null;
  /** What isolating the host, or on a gateway a segment, would do. */
  readonly isolations: readonly (IsolationPreview & {
    readonly target: string;
    /** Whether management holds the operator's own address; null when that is not known. */
    readonly keepsOperator: boolean | null;
  })[];
  readonly accounts: readonly (AccountPreview & { readonly account: string })[];
  readonly error: string | null;
}

/** The preview of one incident. */
export interface DryRun {
  readonly assessment: Assessment;
  readonly plan: ResponsePlan;
  /** False when the tables could not be asked, so that the plan's drift says nothing. */
  readonly driftKnown: boolean;
  readonly hosts: readonly HostPreview[];
}

export interface DryRunOptions {
  readonly name: string;
  readonly address?: string;
  readonly trigger: TriggeredBy;
}

type Deps = Pick<OperationsDeps, 'site' | 'inspector' | 'previewer' | 'controls' | 'now'>;
type Look = { readonly facts: HostFacts } | { readonly error: string };

/** Names no incident: nothing is stored under it. */
const LIMIT_MS = 30_000;

/**
 * What a response would do, without doing or storing anything (C12): the same validation, assessment and planning, once per incident type;
 * each host checks the rules of its block and isolation and counts overlaps and the sessions that would end; management is compared with
 * where Firebreak and the operator come from. Needs no authority, because nothing changes, and works without PostgreSQL.
 * @returns one preview per type, most urgent first
 */
export async function dryRun(deps: Deps, raw: RawTrigger, options: DryRunOptions): Promise<readonly DryRun[]> {
  const trigger = acceptTrigger(raw);
  const looks = new Map<string, Promise<Look>>();
  const look = (name: string): Promise<Look> => {
    const known = looks.get(name) ?? lookAt(deps, name);
    looks.set(name, known);
    return known;
  };
  const drift = await driftOn(deps, trigger.document.hosts, look);
  return Promise.all(
    trigger.types.map(async (type) => {
      const assessment = assess({ type, severity: trigger.severity }, trigger.document);
      const plan = planFor(deps, trigger, { type, assessment, drift: drift ?? [], options });
      const names = [...new Set([...trigger.document.hosts, ...plan.actions.map((action) => action.host)])];
      const hosts = await Promise.all(
        names.map(async (name) => previewHost(deps, name, plan, await look(name), options.address)),
      );
      return { assessment, plan, driftKnown: drift !== undefined, hosts };
    }),
  );
}

function planFor(
  { site, now }: Deps,
  trigger: Trigger,
  given: {
    readonly type: IncidentType;
    readonly assessment: Assessment;
    readonly drift: readonly Drift[];
    readonly options: DryRunOptions;
  },
): ResponsePlan {
  const { type, assessment, drift, options } = given;
  return planResponse({
    order: {
      incident: NO_INCIDENT,
      type,
      severity: trigger.severity,
      mode: trigger.mode,
      trigger: options.trigger,
      operator: options.name,
      ...(trigger.reason === undefined ? {} : { reason: trigger.reason }),
      drill: false,
      documentSha256: trigger.documentSha256,
      hosts: trigger.document.hosts,
      limits: trigger.limits,
      declaredAt: now().toISOString(),
    },
    document: trigger.document,
    assessment,
    inventory: site.hosts,
    segments: site.segments,
    protectedRanges: protectedFor(site, options.address),
    widths: site.widths,
    policy: site.policy,
    detectorMaximum: site.detectorMaximum,
    emergency: site.emergency,
    ownAccounts: site.ownAccounts,
    drift,
  });
}

async function lookAt(deps: Deps, name: string): Promise<Look> {
  const host = deps.site.hosts.get(name);
  if (host === undefined) return { error: 'not in the inventory' };
  try {
    return { facts: await deps.inspector.facts(host, lookingOnly(AbortSignal.timeout(LIMIT_MS))) };
  } catch (thrown) {
    return { error: ensureFirebreakError(thrown).message };
  }
}

/** Where tables and kernels disagree on hosts that answer (B4); undefined when the tables cannot be read. */
async function driftOn(
  deps: Deps,
  hosts: readonly string[],
  look: (name: string) => Promise<Look>,
): Promise<Drift[] | undefined> {
  try {
    const perHost = await Promise.all(
      hosts.map(async (name) => {
        const seen = await look(name);
        if ('error' in seen) return [];
        return blockDrift(name, await deps.controls.active({ host: name }), seen.facts.blocks);
      }),
    );
    return perHost.flat();
  } catch {
    return undefined;
  }
}

async function previewHost(
  deps: Deps,
  name: string,
  plan: ResponsePlan,
  look: Look,
  operator: string | undefined,
): Promise<HostPreview> {
  const nothing = { host: name, facts: null, block: null, isolations: [], accounts: [], error: null };
  if ('error' in look) return { ...nothing, error: look.error };
  const host = deps.site.hosts.get(name);
  if (host === undefined) return { ...nothing, error: 'not in the inventory' };
  const acts = plan.actions.filter((action) => action.host === name);
  const { previewer } = deps;
  try {
    const block = acts.find((action) => action.kind === 'block-sources');
    const isolating = acts.filter((action) => action.kind === 'isolate-host' || action.kind === 'isolate-segment');
    const accounts = acts.filter((action) => action.kind === 'disable-account');
    return {
      ...nothing,
      facts: look.facts,
      block:
        block === undefined ? null : await previewer.preview(host, block, lookingOnly(AbortSignal.timeout(LIMIT_MS))),
      isolations: await Promise.all(
        isolating.map(async (action) => ({
          target: action.kind === 'isolate-host' ? action.host : action.segment,
          ...(await previewer.isolation(host, action, lookingOnly(AbortSignal.timeout(LIMIT_MS)))),
          keepsOperator: operator === undefined ? null : holdsAddress(action, operator),
        })),
      ),
      accounts: await Promise.all(
        accounts.map(async (action) => ({
          account: action.account,
          ...(await previewer.account(host, action, lookingOnly(AbortSignal.timeout(LIMIT_MS)))),
        })),
      ),
    };
  } catch (thrown) {
    return { ...nothing, facts: look.facts, error: ensureFirebreakError(thrown).message };
  }
}

function holdsAddress(
  action: Extract<PlannedAction, { readonly management: readonly string[] }>,
  text: string,
): boolean {
  const address = parseRange(text);
  return action.management.some((prefix) => {
    const range = parseRange(prefix);
    return range !== undefined && address !== undefined && contains(range, address);
  });
}
