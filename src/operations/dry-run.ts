import type { Assessment } from '../domain/assessment';
import { assess } from '../domain/assessment';
import { ensureFirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import type { BlockSources, ResponsePlan } from '../domain/plan';
import { planResponse } from '../domain/planning';
import { protectedFor } from '../domain/site';
import type { ActContext, BlockPreview, HostFacts } from '../ports/containment';
import type { OperationsDeps } from './deps';
import type { RawTrigger } from './intake';
import { acceptTrigger } from './intake';

export interface HostPreview {
  readonly host: string;
  readonly facts: HostFacts | null;
  /** What the block would do there; null when the plan blocks nothing on the host. */
  readonly block: BlockPreview | null;
  readonly error: string | null;
}

export interface DryRun {
  readonly assessment: Assessment;
  readonly plan: ResponsePlan;
  readonly hosts: readonly HostPreview[];
}

/** Names no incident: nothing is stored under it. */
const NO_INCIDENT = 'INC-00000000-2222' as IncidentId;
const LIMIT_MS = 30_000;

/**
 * What a response would do, without doing or storing anything (C12): the same validation, assessment and planning; each host checks
 * the rules of its block, counts overlaps and the sessions that would end. Needs no authority, because nothing changes.
 */
export async function dryRun(
  deps: Pick<OperationsDeps, 'site' | 'inspector' | 'previewer' | 'now'>,
  raw: RawTrigger,
  operator: { readonly name: string; readonly address?: string },
): Promise<DryRun> {
  const trigger = acceptTrigger(raw);
  const { site } = deps;
  const type = trigger.types[0] ?? 'unknown';
  const assessment = assess({ type, severity: trigger.severity }, trigger.document);
  const plan = planResponse({
    order: {
      incident: NO_INCIDENT,
      type,
      severity: trigger.severity,
      mode: trigger.mode,
      trigger: 'operator',
      operator: operator.name,
      ...(trigger.reason === undefined ? {} : { reason: trigger.reason }),
      drill: false,
      documentSha256: trigger.documentSha256,
      hosts: trigger.document.hosts,
      limits: trigger.limits,
      declaredAt: deps.now().toISOString(),
    },
    document: trigger.document,
    assessment,
    inventory: site.hosts,
    segments: site.segments,
    protectedRanges: protectedFor(site, operator.address),
    widths: site.widths,
    policy: site.policy,
    detectorMaximum: site.detectorMaximum,
    emergency: site.emergency,
    ownAccounts: site.ownAccounts,
    drift: [],
  });
  return { assessment, plan, hosts: await Promise.all(trigger.document.hosts.map((name) => lookAt(deps, name, plan))) };
}

async function lookAt(
  deps: Pick<OperationsDeps, 'site' | 'inspector' | 'previewer'>,
  name: string,
  plan: ResponsePlan,
): Promise<HostPreview> {
  const host = deps.site.hosts.get(name);
  if (host === undefined) return { host: name, facts: null, block: null, error: 'not in the inventory' };
  const context: ActContext = {
    incident: NO_INCIDENT,
    signal: AbortSignal.timeout(LIMIT_MS),
    attempt: 1,
    onProgress: () => undefined,
  };
  try {
    const facts = await deps.inspector.facts(host, context);
    const block = plan.actions.find(
      (action): action is BlockSources => action.kind === 'block-sources' && action.host === name,
    );
    return {
      host: name,
      facts,
      block: block === undefined ? null : await deps.previewer.preview(host, block, context),
      error: null,
    };
  } catch (thrown) {
    return { host: name, facts: null, block: null, error: ensureFirebreakError(thrown).message };
  }
}
